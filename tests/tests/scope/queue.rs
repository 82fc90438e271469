//! A processor that cannot keep up must not hold a request.

use std::cell::Cell;
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::get as route;
use http::Request;
use http_body::Frame;
use http_body_util::BodyExt;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider, SpanData, SpanExporter,
};
use tower::ServiceExt;
use traceprop_http::ServerLayer;
use traceprop_tests::get;
use tracing_subscriber::layer::SubscriberExt;

/// Never finishes an export.
#[derive(Debug)]
struct Stuck;

impl SpanExporter for Stuck {
    fn export(&self, _batch: Vec<SpanData>) -> impl Future<Output = OTelSdkResult> + Send {
        std::future::pending()
    }
}

/// A router whose processor has room for four spans and never sends one.
fn stuck_app() -> (Router, SdkTracerProvider, tracing::subscriber::DefaultGuard) {
    let config = BatchConfigBuilder::default()
        .with_max_queue_size(4)
        .with_max_export_batch_size(1)
        .build();
    let processor = BatchSpanProcessor::builder(Stuck)
        .with_batch_config(config)
        .build();
    let provider = SdkTracerProvider::builder()
        .with_span_processor(processor)
        .build();
    let tracer = provider.tracer("orders");
    // The queue's warning is a `tracing` event, made under the lock of the span that ends.
    let subscriber = tracing_subscriber::registry().with(traceprop_core::layer(tracer.clone()));
    let guard = tracing::subscriber::set_default(subscriber);
    let app = Router::new()
        .route("/", route(|| async { tracing::info!("served") }))
        .route(
            "/span",
            route(|| async { Body::new(WithSpan(tracing::Span::current())) }),
        )
        .layer(ServerLayer::new().tracer(tracer));
    (app, provider, guard)
}

/// An endless body, and the span of the call that it belongs to.
struct WithSpan(tracing::Span);

impl http_body::Body for WithSpan {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _cx: &mut TaskContext<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        // The body is polled on the test's thread.
        SPAN.set(Some(self.0.clone()));
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"more")))))
    }
}

thread_local! {
    static SPAN: Cell<Option<tracing::Span>> = const { Cell::new(None) };
}

/// Runs `test` on a thread and a runtime of its own: what hangs there fails here.
fn within_twenty_seconds(test: impl AsyncFnOnce(&Router) + Send + 'static) {
    let (done, all_done) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("a runtime");
        let (app, provider, _guard) = stuck_app();
        runtime.block_on(test(&app));
        // Its drop would wait for the exporter.
        std::mem::forget(provider);
        done.send(())
    });
    all_done
        .recv_timeout(Duration::from_secs(20))
        .expect("all calls return");
}

#[test]
fn a_full_queue_and_a_stuck_exporter_hold_no_request() {
    within_twenty_seconds(async |app: &Router| {
        for _ in 0..20 {
            assert_eq!(get(app, "/", &[]).await.status(), 200);
        }
    });
}

#[test]
fn nor_does_a_call_that_ends_inside_of_its_own_scope() {
    within_twenty_seconds(async |app: &Router| {
        for _ in 0..20 {
            let request = Request::get("/span")
                .body(Body::empty())
                .expect("a request");
            let mut response = app.clone().oneshot(request).await.expect("never fails");
            response
                .body_mut()
                .frame()
                .await
                .expect("a frame")
                .expect("never fails");
            let span = SPAN.take().expect("the call's span");
            span.in_scope(|| drop(response));
        }
    });
}
