//! What a client's span says, and what leaves with the request.

use std::convert::Infallible;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::Empty;
use opentelemetry::trace::{SpanKind, TraceContextExt, Tracer};
use tower::{Layer, Service};
use traceprop_http::ClientLayer;

use crate::support::Watched;

/// A request without a body.
type Plain = Request<Empty<Bytes>>;

fn layer(watched: &Watched) -> ClientLayer {
    ClientLayer::new()
        .tracer(watched.otel.tracer())
        .recorder(watched.recorder())
}

/// Sends `request` to a server that answers `status`; gives the headers that arrived there.
async fn arrive(watched: &Watched, request: Plain, status: StatusCode) -> HeaderMap {
    let (seen, mut arrived) = tokio::sync::mpsc::unbounded_channel();
    let mut client = layer(watched).layer(tower::service_fn(move |request: Plain| {
        seen.send(request.headers().clone())
            .expect("the test waits");
        let response = Response::builder()
            .status(status)
            .body(Empty::<Bytes>::new())
            .unwrap();
        async move { Ok::<_, Infallible>(response) }
    }));
    client.call(request).await.expect("never fails");
    arrived.recv().await.expect("it was sent")
}

#[tokio::test]
async fn one_context_leaves_and_nothing_stale_with_it() {
    let watched = Watched::new();
    let parent = watched.otel.tracer().start("caller");
    let parent = opentelemetry::Context::new().with_span(parent);
    let request = Request::get("http://user:pass@orders.internal:8080/orders/7?token=secret")
        .header("traceparent", "stale")
        .header("tracestate", "stale=1")
        .header("tracestate", "stale=2")
        .header("baggage", "stale=1")
        .header("accept", "*/*")
        .body(Empty::new())
        .unwrap();
    let headers = {
        let _guard = parent.clone().attach();
        arrive(&watched, request, StatusCode::OK).await
    };

    let span = watched.otel.spans().remove(0);
    let values: Vec<_> = headers.get_all("traceparent").iter().collect();
    assert_eq!(
        values,
        [format!("00-{}-{}-01", span.trace_id, span.span_id).as_str()]
    );
    assert!(!headers.contains_key("tracestate") && !headers.contains_key("baggage"));
    assert_eq!(headers["accept"], "*/*");
    assert_eq!(
        span.parent_span_id,
        Some(parent.span().span_context().span_id())
    );
    assert_eq!((span.name.as_ref(), &span.kind), ("GET", &SpanKind::Client));
    let mut attributes: Vec<_> = span
        .attributes
        .iter()
        .map(|kv| (kv.key.as_str(), kv.value.to_string()))
        .collect();
    attributes.sort();
    let want = [
        ("http.request.method", "GET"),
        ("http.response.status_code", "200"),
        ("network.protocol.version", "1.1"),
        ("server.address", "orders.internal"),
        ("server.port", "8080"),
        (
            "url.full",
            "http://REDACTED:REDACTED@orders.internal:8080/orders/7",
        ),
    ];
    assert_eq!(attributes, want.map(|(key, value)| (key, value.to_owned())));
}

#[tokio::test]
async fn failures_are_the_clients_too() {
    for (status, error_type) in [
        (200, None),
        (302, None),
        (404, Some("404")),
        (500, Some("500")),
    ] {
        let watched = Watched::new();
        let request = Request::get("http://a.example/")
            .body(Empty::new())
            .unwrap();
        arrive(&watched, request, StatusCode::from_u16(status).unwrap()).await;
        assert_eq!(watched.ended().as_deref(), error_type, "{status}");
        assert_eq!(
            watched.otel.spans()[0].is_error(),
            error_type.is_some(),
            "{status}"
        );
    }
}

#[tokio::test]
async fn an_error_and_a_lost_interest_end_the_call() {
    #[derive(Debug)]
    struct Refused;

    let watched = Watched::new();
    let mut client = layer(&watched).layer(tower::service_fn(|_: Plain| async {
        Err::<Response<Empty<Bytes>>, _>(Refused)
    }));
    assert!(client.call(Plain::new(Empty::new())).await.is_err());
    assert!(watched.ended().unwrap().ends_with("Refused"));

    let watched = Watched::new();
    let mut client = layer(&watched).layer(tower::service_fn(|_: Plain| {
        std::future::pending::<Result<Response<Empty<Bytes>>, Infallible>>()
    }));
    drop(client.call(Plain::new(Empty::new())));
    assert_eq!(watched.ended().as_deref(), Some("cancelled"));
    assert!(!watched.otel.spans()[0].is_error());
}
