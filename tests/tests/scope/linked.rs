//! The call's span is `tracing`'s current span: once, and for everyone.

use axum::Router;
use axum::routing::get as route;
use opentelemetry::trace::{Status, TraceContextExt};
use traceprop_core::call::Scope;
use traceprop_core::testing::TestOtel;
use traceprop_tests::{REMOTE, adopting_subscriber, get, server_layer};
use tracing_opentelemetry::OpenTelemetrySpanExt;

#[tokio::test]
async fn what_a_handler_says_goes_to_the_server_span() {
    let otel = TestOtel::new("orders");
    let _guard = tracing::subscriber::set_default(adopting_subscriber(&otel));
    let app = Router::new()
        .route(
            "/orders/{id}",
            route(|| async {
                tracing::info!(order.id = 7, "looked up");
                let span = tracing::Span::current();
                span.set_attribute("order.items", 3);
                let seen = span.context().span().span_context().clone();
                let current = opentelemetry::Context::current()
                    .span()
                    .span_context()
                    .clone();
                assert_eq!(seen, current);
                format!("{} {}", seen.trace_id(), seen.span_id())
            }),
        )
        .layer(server_layer(&otel));

    let response = get(&app, "/orders/7", &[("traceparent", REMOTE.as_bytes())]).await;

    let spans = otel.spans();
    assert_eq!(spans.len(), 1, "nothing is recorded twice: {spans:#?}");
    let span = &spans[0];
    assert_eq!(
        *response.body(),
        format!("{} {}", span.trace_id, span.span_id)
    );
    assert_eq!(span.trace_id.to_string(), &REMOTE[3..35]);
    assert_eq!(span.parent_span_id.unwrap().to_string(), &REMOTE[36..52]);
    assert_eq!(span.name, "GET /orders/{id}");
    assert_eq!(span.attribute("order.items"), Some(&3_i64.into()));
    let event = span
        .events
        .iter()
        .find(|event| event.name == "looked up")
        .expect("an event");
    assert!(
        event
            .attributes
            .iter()
            .any(|kv| kv.key.as_str() == "order.id")
    );
    for key in [
        "trace_id",
        "method",
        "route",
        "code.file.path",
        "target",
        "busy_ns",
    ] {
        assert_eq!(span.attribute(key), None, "{key} is the scope's own");
    }
}

#[tokio::test]
async fn an_error_line_does_not_fail_a_call_that_succeeds() {
    let otel = TestOtel::new("orders");
    let _guard = tracing::subscriber::set_default(adopting_subscriber(&otel));
    let app = Router::new()
        .route("/", route(|| async { tracing::error!("only a line") }))
        .route(
            "/meant",
            route(|| async { tracing::Span::current().set_status(Status::error("meant")) }),
        )
        .layer(server_layer(&otel));

    get(&app, "/", &[]).await;
    get(&app, "/meant", &[]).await;

    let spans = otel.spans();
    assert_eq!(spans[0].status, Status::Unset);
    assert_eq!(spans[0].events.len(), 1);
    assert_eq!(spans[1].status, Status::error("meant"));
}

#[tokio::test]
async fn the_scope_is_off_where_it_is_switched_off() {
    let otel = TestOtel::new("orders");
    let _guard = tracing::subscriber::set_default(adopting_subscriber(&otel));
    let app = Router::new()
        .route(
            "/",
            route(|| async {
                assert!(tracing::Span::current().is_none());
                assert!(
                    opentelemetry::Context::current()
                        .span()
                        .span_context()
                        .is_valid()
                );
            }),
        )
        .layer(server_layer(&otel).scope(Scope::Off));

    assert_eq!(get(&app, "/", &[]).await.status(), 200);
    assert_eq!(otel.spans().len(), 1);
}

#[tokio::test]
async fn late_events_and_clones_do_not_keep_the_span_open() {
    let otel = TestOtel::new("orders");
    let _guard = tracing::subscriber::set_default(adopting_subscriber(&otel));
    let app = Router::new()
        .route(
            "/",
            route(|| async {
                let span = tracing::Span::current();
                tokio::spawn(async move {
                    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                    span.in_scope(|| tracing::info!("too late"));
                });
            }),
        )
        .layer(server_layer(&otel));

    get(&app, "/", &[]).await;
    assert_eq!(
        otel.spans().len(),
        1,
        "ended with the body, not with the last clone"
    );
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    let spans = otel.spans();
    assert_eq!(spans.len(), 1);
    assert!(spans[0].events.is_empty());
}
