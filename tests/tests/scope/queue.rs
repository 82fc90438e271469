//! A processor that cannot keep up must not hold a request.

use std::future::Future;
use std::time::Duration;

use axum::Router;
use axum::routing::get as route;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider, SpanData, SpanExporter,
};
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

#[tokio::test]
async fn a_full_queue_and_a_stuck_exporter_hold_no_request() {
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
    let _guard = tracing::subscriber::set_default(subscriber);
    let app = Router::new()
        .route("/", route(|| async { tracing::info!("served") }))
        .layer(ServerLayer::new().tracer(tracer));

    let twenty = async {
        for _ in 0..20 {
            assert_eq!(get(&app, "/", &[]).await.status(), 200);
        }
    };
    tokio::time::timeout(Duration::from_secs(20), twenty)
        .await
        .expect("all return");
    // Its drop would wait for the exporter.
    std::mem::forget(provider);
}
