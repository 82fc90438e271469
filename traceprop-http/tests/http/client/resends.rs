//! One span for each attempt.

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use opentelemetry::trace::{FutureExt, TraceContextExt, Tracer};
use opentelemetry::{Context, Value};
use reqwest_middleware::ClientBuilder;
use reqwest_retry::RetryTransientMiddleware;
use reqwest_retry::policies::ExponentialBackoff;
use tower::{Layer, ServiceBuilder, ServiceExt};
use traceprop_core::tree::Span;
use traceprop_http::ClientLayer;
use traceprop_http::client::Attempts;
use traceprop_http::reqwest::TraceMiddleware;

use super::senders::client;
use super::wire::{Step, Wire, values};
use crate::support::Watched;

const BUSY: Step =
    Step::Say("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
const OK: Step = Step::Say("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");

fn caller(watched: &Watched) -> Context {
    Context::new().with_span(watched.otel.tracer().start("caller"))
}

/// Three attempts: busy, the connection lost, and an answer. Each is a child of the caller's.
fn assert_attempts(wire: &Wire, caller: &Context, spans: &[Span]) {
    let parent = caller.span().span_context().clone();
    let heads = wire.heads();
    assert_eq!((spans.len(), heads.len()), (3, 3), "{spans:#?}");
    #[rustfmt::skip]
    let table = [
        (None,                Some("503")),
        (Some(Value::I64(1)), Some("connection_closed")),
        (Some(Value::I64(2)), None),
    ];
    for ((span, head), (resends, error_type)) in spans.iter().zip(heads).zip(table) {
        assert_eq!(span.parent_span_id, Some(parent.span_id()));
        assert_eq!(
            span.attribute("http.request.resend_count"),
            resends.as_ref()
        );
        let got = span.attribute("error.type").map(ToString::to_string);
        assert_eq!(got.as_deref(), error_type);
        let traceparent = format!("00-{}-{}-01", parent.trace_id(), span.span_id);
        assert_eq!(values(&head, "traceparent"), [traceparent]);
    }
}

#[tokio::test]
async fn inside_of_reqwest_retry() {
    let watched = Watched::new();
    let wire = Wire::new(&[BUSY, Step::Close, OK]).await;
    let backoff = ExponentialBackoff::builder()
        .retry_bounds(
            std::time::Duration::ZERO,
            std::time::Duration::from_millis(1),
        )
        .build_with_max_retries(5);
    let client = ClientBuilder::new(client())
        .with(RetryTransientMiddleware::new_with_policy(backoff))
        .with(TraceMiddleware::new().tracer(watched.otel.tracer()))
        .build();
    let caller = caller(&watched);
    let sent = client.get(wire.url("/")).send();
    let response = sent.with_context(caller.clone()).await.expect("an answer");
    assert_eq!(response.status(), 200);
    assert_attempts(&wire, &caller, &watched.otel.spans());

    // The next request counts from the start.
    client.get(wire.url("/")).send().await.expect("an answer");
    let spans = watched.otel.spans();
    assert_eq!(spans.len(), 4);
    assert_eq!(spans[3].attribute("http.request.resend_count"), None);
}

#[tokio::test]
async fn inside_of_a_tower_retry() {
    /// Tries again until it is answered well.
    #[derive(Clone)]
    struct UntilOk;

    impl<Q: Clone, B, E> tower::retry::Policy<Q, Response<B>, E> for UntilOk {
        type Future = std::future::Ready<()>;

        fn retry(&mut self, _: &mut Q, sent: &mut Result<Response<B>, E>) -> Option<Self::Future> {
            let is_ok = sent.as_ref().is_ok_and(|response| response.status() == 200);
            (!is_ok).then(|| std::future::ready(()))
        }

        fn clone_request(&mut self, request: &Q) -> Option<Q> {
            Some(request.clone())
        }
    }

    let watched = Watched::new();
    let wire = Wire::new(&[BUSY, Step::Close, OK]).await;
    let layer = ClientLayer::new().tracer(watched.otel.tracer());
    let client = Client::builder(TokioExecutor::new()).build_http();
    let client = ServiceBuilder::new()
        .layer(tower::retry::RetryLayer::new(UntilOk))
        .service(layer.layer(client));
    let request = Request::get(wire.url("/"))
        .extension(Attempts::new())
        .body(Full::<Bytes>::default())
        .unwrap();
    let caller = caller(&watched);
    let response = client.oneshot(request).with_context(caller.clone()).await;
    assert_eq!(response.expect("an answer").status(), 200);
    assert_attempts(&wire, &caller, &watched.otel.spans());
}
