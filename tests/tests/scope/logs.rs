//! Subscribers with no OpenTelemetry layer, or with a filter: only the log lines depend on them.

use axum::Router;
use axum::routing::get as route;
use traceprop_core::testing::TestOtel;
use traceprop_tests::{Lines, get, server_layer};
use tracing_subscriber::layer::SubscriberExt;

fn app(otel: &TestOtel) -> Router {
    Router::new()
        .route("/orders/{id}", route(|| async { tracing::info!("served") }))
        .layer(server_layer(otel))
}

#[tokio::test]
async fn without_any_layer_the_scope_serves_the_log_lines() {
    let (otel, lines) = (TestOtel::new("orders"), Lines::default());
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(lines.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    get(&app(&otel), "/orders/1", &[]).await;

    let spans = otel.spans();
    let prefix = format!(
        "http{{trace_id={} method=GET route=/orders/{{id}}}}",
        spans[0].trace_id
    );
    assert!(lines.text().contains(&prefix), "{}", lines.text());
    assert!(spans[0].events.is_empty());
}

#[tokio::test]
async fn a_filter_that_disables_the_scope_ends_nothing_else() {
    let (otel, lines) = (TestOtel::new("orders"), Lines::default());
    let filter = tracing_subscriber::EnvFilter::new("off");
    let fmt = tracing_subscriber::fmt::layer().with_writer(lines.clone());
    let subscriber = tracing_subscriber::registry()
        .with(filter)
        .with(fmt)
        .with(traceprop_core::layer(otel.tracer()));
    let _guard = tracing::subscriber::set_default(subscriber);

    get(&app(&otel), "/orders/1", &[]).await;

    assert_eq!(otel.spans().len(), 1);
    assert_eq!(lines.text(), "");
}
