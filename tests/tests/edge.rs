//! The untrusted edge as a user sets it: on an adapter's layer.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use axum::Router;
use axum::routing::get as route;
use opentelemetry::baggage::BaggageExt;
use traceprop_core::call::Edge;
use traceprop_core::testing::TestOtel;
use traceprop_tests::{REMOTE, get, server_layer};

#[tokio::test]
async fn a_stranger_is_linked_and_brings_no_baggage() {
    let otel = TestOtel::new("orders");
    let handler = || async {
        opentelemetry::Context::current()
            .baggage()
            .len()
            .to_string()
    };
    let app = Router::new()
        .route("/", route(handler))
        .layer(server_layer(&otel).edge(Edge::NewTrace));
    let headers: [(&str, &[u8]); 2] = [("traceparent", REMOTE.as_bytes()), ("baggage", b"a=1")];
    assert_eq!(get(&app, "/", &headers).await.body(), "0");

    let spans = otel.spans();
    let [span] = &spans[..] else {
        panic!("{spans:?}");
    };
    assert_eq!(span.parent_span_id, None);
    let linked = span.links[0].span_context.trace_id().to_string();
    assert_eq!(linked, REMOTE[3..35]);
    assert_ne!(span.trace_id.to_string(), linked);
}
