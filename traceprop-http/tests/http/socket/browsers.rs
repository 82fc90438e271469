//! Browser callers: the order with tower-http's `CorsLayer`, and the headers of both directions.

use axum::Router;
use axum::routing::get;
use http::HeaderValue;
use tower_http::cors::CorsLayer;
use traceprop_http::{ServerLayer, TraceResponse};

use super::{exchange, serve};
use crate::support::{REMOTE, Watched};

const PAGE: &str = "https://page.example";

fn cors(trace: &ServerLayer) -> CorsLayer {
    CorsLayer::new()
        .allow_origin(HeaderValue::from_static(PAGE))
        .allow_headers(trace.request_header_names())
        .expose_headers(trace.response_header_names())
}

fn routes() -> Router {
    Router::new().route("/orders", get(|| async { "orders" }))
}

fn preflight() -> String {
    format!(
        "OPTIONS /orders HTTP/1.1\r\nhost: shop\r\norigin: {PAGE}\r\naccess-control-request-method: GET\r\n\
         access-control-request-headers: traceparent,tracestate,baggage\r\nconnection: close\r\n\r\n"
    )
}

fn request() -> String {
    format!(
        "GET /orders HTTP/1.1\r\nhost: shop\r\norigin: {PAGE}\r\ntraceparent: {REMOTE}\r\nconnection: close\r\n\r\n"
    )
}

/// The value of a header of the answer, in lower case.
fn header(answer: &str, name: &str) -> String {
    let answer = answer.to_ascii_lowercase();
    let lines = answer.lines().filter_map(|line| line.split_once(": "));
    let values: Vec<_> = lines
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| value)
        .collect();
    values.join(",")
}

#[tokio::test]
async fn cors_outside_answers_preflights_and_lets_the_trace_through() {
    let watched = Watched::new();
    let trace = watched.layer().trace_response(TraceResponse::TraceResponse);
    let cors = cors(&trace);
    let address = serve(routes().layer(trace).layer(cors)).await;

    let answer = exchange(address, &preflight()).await;
    let allowed = header(&answer, "access-control-allow-headers");
    for name in ["traceparent", "tracestate", "baggage"] {
        assert!(
            allowed.split(',').any(|it| it == name),
            "{name} in {allowed}"
        );
    }
    assert_eq!(watched.calls.started(), 0, "a preflight is no call");

    let answer = exchange(address, &request()).await;
    assert_eq!(header(&answer, "access-control-allow-origin"), PAGE);
    assert_eq!(
        header(&answer, "access-control-expose-headers"),
        "traceresponse"
    );
    let (span, _) = watched.only().await;
    assert_eq!(span.trace_id.to_string(), &REMOTE[3..35]);
    let want = format!("00-{}-{}-01", span.trace_id, span.span_id);
    assert_eq!(header(&answer, "traceresponse"), want);
}

#[tokio::test]
async fn cors_inside_leaves_preflights_to_the_filter() {
    for (skips, calls) in [(true, 0), (false, 1)] {
        let watched = Watched::new();
        let trace = watched.layer().trace_response(TraceResponse::ServerTiming);
        let cors = cors(&trace);
        let trace = if skips {
            trace.skip_preflights()
        } else {
            trace
        };
        let address = serve(routes().layer(cors).layer(trace)).await;
        let answer = exchange(address, &preflight()).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        assert_eq!(watched.calls.started(), calls);
        if skips {
            let answer = exchange(address, &request()).await;
            let (span, _) = watched.only().await;
            let want = format!(
                "traceparent;desc=\"00-{}-{}-01\"",
                span.trace_id, span.span_id
            );
            assert_eq!(header(&answer, "server-timing"), want);
            assert_eq!(
                header(&answer, "access-control-expose-headers"),
                "server-timing"
            );
        }
    }
}
