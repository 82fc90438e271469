//! An OpenTelemetry layer that does not adopt: nothing is recorded twice, and one warning says why.
//!
//! A binary of its own: what is known of the layers, and the warning, are the whole process's.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use axum::Router;
use axum::routing::get as route;
use traceprop_core::testing::TestOtel;
use traceprop_tests::{Lines, get, server_layer};
use tracing_subscriber::layer::SubscriberExt;

#[tokio::test]
async fn a_layer_that_does_not_adopt_gets_no_scope() {
    let (otel, lines) = (TestOtel::new("orders"), Lines::default());
    let fmt = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(lines.clone());
    let foreign = tracing_opentelemetry::layer().with_tracer(otel.tracer());
    let _guard =
        tracing::subscriber::set_default(tracing_subscriber::registry().with(foreign).with(fmt));
    let app = Router::new()
        .route("/orders/{id}", route(|| async { tracing::info!("served") }))
        .layer(server_layer(&otel));

    get(&app, "/orders/1", &[]).await;
    get(&app, "/orders/2", &[]).await;

    let names: Vec<_> = otel
        .spans()
        .iter()
        .map(|span| span.name.to_string())
        .collect();
    assert_eq!(names, ["GET /orders/{id}", "GET /orders/{id}"]);
    let warnings = lines.text().matches("traceprop_core::adopting").count();
    assert_eq!(warnings, 1, "{}", lines.text());
    assert!(!lines.text().contains("trace_id="), "there is no scope");
}
