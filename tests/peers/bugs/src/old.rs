//! reqwest-tracing, which works with the version of OpenTelemetry before ours.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use http::{Extensions, HeaderMap};
use old_opentelemetry::propagation::{TextMapCompositePropagator, TextMapPropagator};
use old_opentelemetry::trace::TracerProvider;
use old_opentelemetry::{Context, Value, global};
use old_opentelemetry_sdk::error::OTelSdkResult;
use old_opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use old_opentelemetry_sdk::trace::{SdkTracerProvider, Span, SpanData, SpanProcessor};
use reqwest::{Request, Response};
use reqwest_middleware::{ClientBuilder, Middleware, Next};
use reqwest_tracing::TracingMiddleware;
use tracing::{Dispatch, dispatcher};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Layer, SubscriberExt};

use crate::world::NUMBERS;

#[derive(Clone, Debug, Default)]
struct Keep(Arc<Mutex<Vec<SpanData>>>);

impl SpanProcessor for Keep {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        self.0.lock().expect("not poisoned").push(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// Keeps what left with the request, and answers.
#[derive(Clone, Default)]
pub struct Answer(pub Arc<Mutex<HeaderMap>>);

#[async_trait::async_trait]
impl Middleware for Answer {
    async fn handle(
        &self,
        request: Request,
        _: &mut Extensions,
        _: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        *self.0.lock().expect("not poisoned") = request.headers().clone();
        Ok(Response::from(http::Response::new("")))
    }
}

/// Sends a request through reqwest-tracing, in the context that these headers came with. Gives what left,
/// unless it panicked, and whether a number was recorded as text.
pub fn send(inbound: &[(&str, &str)], level: LevelFilter) -> (Option<HeaderMap>, bool) {
    let kept = Keep::default();
    let provider = SdkTracerProvider::builder()
        .with_span_processor(kept.clone())
        .build();
    let propagator = TextMapCompositePropagator::new(vec![
        Box::new(TraceContextPropagator::new()),
        Box::new(BaggagePropagator::new()),
    ]);
    let inbound: std::collections::HashMap<String, String> = inbound
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let caller = propagator.extract_with_context(&Context::new(), &inbound);
    global::set_text_map_propagator(propagator);
    let layer = old_tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("peer"))
        .with_filter(level);
    let within = Dispatch::new(tracing_subscriber::registry().with(layer));

    let answer = Answer::default();
    let left = dispatcher::with_default(&within, || {
        let _guard = caller.attach();
        catch_unwind(AssertUnwindSafe(|| {
            let client = ClientBuilder::new(reqwest::Client::new())
                .with(TracingMiddleware::default())
                .with(answer.clone())
                .build();
            let sent = client.get("http://orders.internal:8080/orders/7").send();
            drop(sent.now_or_never());
        }))
    });
    let headers = answer.0.lock().expect("not poisoned").clone();
    let spans = kept.0.lock().expect("not poisoned");
    let mut attributes = spans.iter().flat_map(|span| &span.attributes);
    let as_text = attributes
        .any(|kv| NUMBERS.contains(&kv.key.as_str()) && matches!(kv.value, Value::String(_)));
    (left.ok().map(|()| headers), as_text)
}
