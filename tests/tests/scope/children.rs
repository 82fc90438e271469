//! What a handler starts is a child of the call, whichever way it starts it.

use axum::Router;
use axum::routing::get as route;
use opentelemetry::trace::{Tracer, TracerProvider};
use traceprop_core::call::Scope;
use traceprop_core::testing::TestOtel;
use traceprop_tests::{adopting_subscriber, get, server_layer};
use tracing::Instrument;

#[tracing::instrument]
async fn inner() {
    tokio::task::yield_now().await;
    tracing::info!("inside");
}

#[tracing::instrument]
async fn outer() {
    tokio::task::yield_now().await;
    inner().await;
    // Carries the `tracing` span, and the layer attaches that span's context.
    tokio::spawn(inner().in_current_span())
        .await
        .expect("a task");
}

async fn handler(otel: TestOtel, scope: Scope) {
    outer().await;
    tokio::task::yield_now().await;
    if scope == Scope::Linked {
        // With the scope off there is no `tracing` span of the call to carry.
        tokio::spawn(inner().in_current_span())
            .await
            .expect("a task");
    }
    traceprop_core::spawn(inner()).await.expect("a task");
    traceprop_core::span::in_span("helper", inner()).await;
    // Spans of the OpenTelemetry API, by someone who knows nothing of `tracing`.
    let tracer = otel.provider().tracer("plain");
    tracer.in_span("plain", |_| ());
    let blocking = move || tracer.in_span("blocking", |_| ());
    traceprop_core::spawn_blocking(blocking)
        .await
        .expect("a thread");
}

async fn tree_of(scope: Scope) {
    let otel = TestOtel::new("orders");
    let _guard = tracing::subscriber::set_default(adopting_subscriber(&otel));
    let for_handler = otel.clone();
    let app = Router::new()
        .route("/", route(move || handler(for_handler.clone(), scope)))
        .layer(server_layer(&otel).scope(scope));

    get(&app, "/", &[]).await;

    let trace = otel.single_trace();
    trace.assert_connected();
    let parent_of = |name: &str| -> Vec<String> {
        let named = trace.spans().iter().filter(|span| span.name == name);
        let mut parents: Vec<_> = named
            .map(|span| {
                let parent = trace
                    .spans()
                    .iter()
                    .find(|p| Some(p.span_id) == span.parent_span_id);
                parent.map_or_else(|| "none".to_owned(), |parent| parent.name.to_string())
            })
            .collect();
        parents.sort();
        parents
    };
    assert_eq!(parent_of("GET /"), ["none"]);
    assert_eq!(parent_of("outer"), ["GET /"]);
    assert_eq!(parent_of("blocking"), ["GET /"]);
    assert_eq!(parent_of("plain"), ["GET /"]);
    // `in_span` uses the process's tracer, which no test installs: what it runs hangs on the call.
    let mut spawned = vec!["GET /", "GET /", "outer", "outer"];
    if scope == Scope::Linked {
        spawned.insert(0, "GET /");
    }
    assert_eq!(parent_of("inner"), spawned);
}

#[tokio::test]
async fn linked() {
    tree_of(Scope::Linked).await;
}

#[tokio::test]
async fn off() {
    tree_of(Scope::Off).await;
}
