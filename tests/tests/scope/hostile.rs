//! Headers come from strangers: each request is served, and starts a trace of its own.

use axum::Router;
use axum::routing::get as route;
use traceprop_core::testing::TestOtel;
use traceprop_tests::{REMOTE, adopting_subscriber, get, server_layer};

#[tokio::test]
async fn a_broken_context_starts_a_new_trace() {
    let other = REMOTE.replace('b', "c");
    let long = "k=v,".repeat(10_000);
    type Headers<'a> = &'a [(&'a str, &'a [u8])];
    let table: [(&str, Headers<'_>, bool); 7] = [
        // what it shows, headers, whether the remote trace goes on
        ("none", &[], false),
        ("garbage", &[("traceparent", b"garbage")], false),
        ("no text", &[("traceparent", b"\xff\xfe")], false),
        (
            "two",
            &[
                ("traceparent", REMOTE.as_bytes()),
                ("traceparent", other.as_bytes()),
            ],
            false,
        ),
        (
            "the same twice",
            &[
                ("traceparent", REMOTE.as_bytes()),
                ("traceparent", REMOTE.as_bytes()),
            ],
            false,
        ),
        ("good", &[("traceparent", REMOTE.as_bytes())], true),
        (
            "10,000 members of tracestate",
            &[
                ("traceparent", REMOTE.as_bytes()),
                ("tracestate", long.as_bytes()),
            ],
            true,
        ),
    ];
    for (name, headers, goes_on) in table {
        let otel = TestOtel::new("orders");
        let _guard = tracing::subscriber::set_default(adopting_subscriber(&otel));
        let app = Router::new()
            .route("/", route(|| async { "served" }))
            .layer(server_layer(&otel));

        let response = get(&app, "/", headers).await;

        assert_eq!(response.body(), "served", "{name}");
        let spans = otel.spans();
        assert_eq!(spans.len(), 1, "{name}");
        assert_eq!(
            spans[0].trace_id.to_string() == REMOTE[3..35],
            goes_on,
            "{name}"
        );
        assert_eq!(spans[0].parent_span_id.is_some(), goes_on, "{name}");
    }
}
