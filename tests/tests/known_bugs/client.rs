//! What leaves a client.

use std::sync::{Arc, Mutex};

use http::{Extensions, HeaderMap};
use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{FutureExt, TraceContextExt, Tracer};
use reqwest::{Request, Response};
use reqwest_middleware::{ClientBuilder, Middleware, Next};
use traceprop_core::propagation::from_names;
use traceprop_core::testing::TestOtel;
use traceprop_http::HeaderExtractor;
use traceprop_http::reqwest::TraceMiddleware;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Layer, SubscriberExt};

/// Keeps what left, and answers.
#[derive(Clone, Default)]
struct Answer(Arc<Mutex<HeaderMap>>);

impl Middleware for Answer {
    fn handle<'this, 'extensions, 'next, 'sending>(
        &'this self,
        request: Request,
        _: &'extensions mut Extensions,
        _: Next<'next>,
    ) -> std::pin::Pin<
        Box<dyn Future<Output = reqwest_middleware::Result<Response>> + Send + 'sending>,
    >
    where
        Self: 'sending,
        'this: 'sending,
        'extensions: 'sending,
        'next: 'sending,
    {
        *self.0.lock().unwrap() = request.headers().clone();
        Box::pin(async { Ok(Response::from(http::Response::new(""))) })
    }
}

/// What leaves with a request that is sent in this context.
async fn left(otel: &TestOtel, caller: Context) -> HeaderMap {
    let answer = Answer::default();
    let layer = TraceMiddleware::new()
        .tracer(otel.tracer())
        .propagator(from_names("tracecontext,baggage").unwrap());
    let client = ClientBuilder::new(reqwest::Client::new())
        .with(layer)
        .with(answer.clone())
        .build();
    let sent = client.get("http://orders.internal/orders/7").send();
    sent.with_context(caller).await.unwrap();
    answer.0.lock().unwrap().clone()
}

/// The context that came in with a property of baggage that decodes to a line feed.
fn hostile() -> Context {
    let mut headers = HeaderMap::new();
    headers.insert("traceparent", traceprop_tests::REMOTE.parse().unwrap());
    headers.insert("baggage", "a=b;p=one%0Atwo".parse().unwrap());
    let propagator = from_names("tracecontext,baggage").unwrap();
    propagator.extract_with_context(&Context::new(), &HeaderExtractor::new(&headers))
}

#[tokio::test]
async fn a_stranger_s_baggage_does_not_panic_the_client_that_passes_it_on() {
    let headers = left(&TestOtel::new("ours"), hostile()).await;
    assert!(headers.contains_key("traceparent"));
}

#[tokio::test]
async fn one_bad_property_does_not_cost_the_baggage() {
    let headers = left(&TestOtel::new("ours"), hostile()).await;
    let baggage = headers["baggage"].to_str().unwrap();
    assert!(baggage.starts_with("a=b"), "{baggage}");
}

#[tokio::test]
async fn a_log_filter_does_not_stop_the_context() {
    let otel = TestOtel::new("ours");
    let layer = traceprop_core::layer(otel.tracer()).with_filter(LevelFilter::WARN);
    let subscriber = tracing_subscriber::registry().with(layer);
    let _guard = tracing::subscriber::set_default(subscriber);
    let caller = Context::new().with_span(otel.tracer().start("caller"));
    let trace_id = caller.span().span_context().trace_id().to_string();
    let headers = left(&otel, caller).await;
    assert!(headers["traceparent"].to_str().unwrap().contains(&trace_id));
}

#[tokio::test]
async fn the_context_of_the_current_opentelemetry_leaves() {
    let otel = TestOtel::new("ours");
    let caller = Context::new().with_span(otel.tracer().start("caller"));
    let trace_id = caller.span().span_context().trace_id().to_string();
    let headers = left(&otel, caller).await;
    assert!(headers["traceparent"].to_str().unwrap().contains(&trace_id));
}
