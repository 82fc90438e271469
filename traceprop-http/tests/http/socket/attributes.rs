//! Every attribute, over a real socket: what is there by default, and what the settings add.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Bytes;
use axum::routing::any;
use opentelemetry::Value;
use traceprop_core::call::{Facts, Wanted};
use traceprop_core::testing::CallRecorder;
use traceprop_core::tree::Span;
use traceprop_http::{HeaderCapture, ServerLayer, TrustedProxies};

use super::{exchange, serve};
use crate::support::{REMOTE, Watched};

async fn handler(body: Bytes) -> ([(&'static str, &'static str); 2], String) {
    (
        [("x-cache", "hit"), ("set-cookie", "id=1")],
        format!("{} bytes", body.len()),
    )
}

/// A request with everything that there is to record, and more than may be.
fn request(method: &str) -> String {
    format!(
        "{method} /orders/7?token=s3cret&sig=abc HTTP/1.1\r\nhost: shop.example:81\r\nuser-agent: curl/8\r\n\
         authorization: Bearer s3cret\r\ncookie: id=1\r\nx-tenant: acme\r\nx-tenant: other\r\n\
         forwarded: for=6.6.6.6;host=evil.example, for=\"[2001:db8::7]:99\";proto=https;host=outside.example\r\n\
         x-forwarded-for: 6.6.6.6, 10.1.2.3\r\nx-forwarded-proto: https\r\nx-forwarded-host: x.example:444\r\n\
         traceparent: {REMOTE}\r\ncontent-length: 5\r\nconnection: close\r\n\r\nabcde"
    )
}

async fn span_of(watched: &Watched, layer: ServerLayer, method: &str) -> Span {
    let app = Router::new()
        .route("/orders/{id}", any(handler))
        .layer(layer);
    let address = serve(app).await;
    let answer = exchange(address, &request(method)).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    watched.only().await.0
}

/// All attributes as text, without the one that differs from run to run.
fn attributes(span: &Span) -> BTreeMap<String, String> {
    let text = |value: &Value| match value {
        Value::I64(number) => format!("{number} as an integer"),
        other => other.to_string(),
    };
    let pairs = span
        .attributes
        .iter()
        .map(|it| (it.key.to_string(), text(&it.value)));
    let all: Vec<_> = pairs.collect();
    let map: BTreeMap<_, _> = all.iter().cloned().collect();
    assert_eq!(map.len(), all.len(), "no key twice: {all:?}");
    let port = "network.peer.port";
    assert!(
        map.get(port)
            .is_some_and(|port| port.ends_with(" as an integer"))
    );
    map.into_iter().filter(|(key, _)| key != port).collect()
}

fn table<const N: usize>(rows: [(&str, &str); N]) -> BTreeMap<String, String> {
    rows.map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into()
}

#[tokio::test]
async fn by_default_nothing_private_is_recorded() {
    let watched = Watched::new();
    let span = span_of(&watched, watched.layer(), "POST").await;
    let want = table([
        ("client.address", "127.0.0.1"),
        ("http.request.method", "POST"),
        ("http.response.status_code", "200 as an integer"),
        ("http.route", "/orders/{id}"),
        ("network.peer.address", "127.0.0.1"),
        ("network.protocol.version", "1.1"),
        ("server.address", "shop.example"),
        ("server.port", "81 as an integer"),
        ("url.path", "/orders/7"),
        ("url.scheme", "http"),
    ]);
    assert_eq!(attributes(&span), want);
    assert_eq!(span.trace_id.to_string(), &REMOTE[3..35]);
}

#[tokio::test]
async fn all_that_can_be_switched_on() {
    let watched = Watched::new();
    let layer = watched
        .layer()
        .trusted_proxies(TrustedProxies::forwarded(1))
        .record_query_and_user_agent(true)
        .record_body_sizes(true)
        .capture_request_headers(
            HeaderCapture::with_secrets(["x-tenant", "cookie"], ["cookie"]).unwrap(),
        )
        .capture_response_headers(HeaderCapture::new(["x-cache", "x-absent"]).unwrap());
    let span = span_of(&watched, layer, "BREW").await;
    let want = table([
        ("client.address", "2001:db8::7"),
        ("http.request.body.size", "5 as an integer"),
        ("http.request.header.cookie", "[\"id=1\"]"),
        ("http.request.header.x-tenant", "[\"acme\",\"other\"]"),
        ("http.request.method", "_OTHER"),
        ("http.request.method_original", "BREW"),
        ("http.response.body.size", "7 as an integer"),
        ("http.response.header.x-cache", "[\"hit\"]"),
        ("http.response.status_code", "200 as an integer"),
        ("http.route", "/orders/{id}"),
        ("network.peer.address", "127.0.0.1"),
        ("network.protocol.version", "1.1"),
        ("server.address", "outside.example"),
        ("url.path", "/orders/7"),
        ("url.query", "token=s3cret&sig=REDACTED"),
        ("url.scheme", "https"),
        ("user_agent.original", "curl/8"),
    ]);
    assert_eq!(attributes(&span), want);
    assert_eq!(span.name, "HTTP /orders/{id}");
}

#[tokio::test]
async fn the_other_form_of_forwarded_headers_and_own_keys() {
    let watched = Watched::new();
    let layer = watched
        .layer()
        .trusted_proxies(TrustedProxies::x_forwarded(1))
        .record_query_and_user_agent(true)
        .redacted_query_keys(["token"])
        .known_methods(["BREW"]);
    let span = span_of(&watched, layer, "BREW").await;
    let attributes = attributes(&span);
    for (key, want) in [
        ("client.address", "10.1.2.3"),
        ("server.address", "x.example"),
        ("server.port", "444 as an integer"),
        ("url.scheme", "https"),
        ("url.query", "token=REDACTED&sig=abc"),
        ("http.request.method", "BREW"),
    ] {
        assert_eq!(attributes[key], want, "{key}");
    }
    assert!(!attributes.contains_key("http.request.method_original"));
}

#[tokio::test]
async fn a_server_that_speaks_tls_says_so() {
    let watched = Watched::new();
    let span = span_of(&watched, watched.layer().https(), "GET").await;
    assert_eq!(attributes(&span)["url.scheme"], "https");
}

#[tokio::test]
async fn what_a_recorder_wants_is_for_the_metrics_alone() {
    let wanted = Wanted {
        body_sizes: true,
        server_address: true,
        ..Wanted::default()
    };
    let watched = Watched {
        calls: CallRecorder::wanting(wanted),
        ..Watched::new()
    };
    let span = span_of(&watched, watched.layer(), "POST").await;
    assert!(!attributes(&span).contains_key("http.response.body.size"));
    let Facts::Http(facts) = &watched.calls.finished()[0].facts else {
        panic!("an HTTP call");
    };
    assert_eq!(
        (facts.request_body_size, facts.response_body_size),
        (Some(5), Some(7))
    );
    assert_eq!(facts.server_address.as_deref(), Some("shop.example"));
    assert_eq!((facts.server_port, facts.status), (Some(81), Some(200)));
    assert_eq!((facts.method, facts.scheme), ("POST", "http"));
    assert_eq!(
        (facts.route.as_deref(), facts.protocol_version),
        (Some("/orders/{id}"), Some("1.1"))
    );
}
