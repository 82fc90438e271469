//! What the spans of all clients say.

use http::Request;
use opentelemetry::KeyValue;
use opentelemetry::trace::SpanKind;
use traceprop_core::call::Facts;
use traceprop_core::tree::Span;
use traceprop_http::HeaderCapture;
use traceprop_http::client::UrlTemplate;

use super::senders::senders;
use super::wire::{Step, Wire};
use crate::support::Watched;

const OK: Step = Step::Say("HTTP/1.1 200 OK\r\ncontent-length: 5\r\nx-cache: hit\r\n\r\nhello");

fn sorted(span: &Span) -> Vec<(String, String)> {
    let pairs = span.attributes.iter();
    let mut pairs: Vec<_> = pairs
        .map(|kv| (kv.key.to_string(), kv.value.to_string()))
        .collect();
    pairs.sort();
    pairs
}

#[tokio::test]
async fn by_default() {
    let watched = Watched::new();
    for sender in senders!(watched, |layer| layer) {
        let wire = Wire::new(&[OK]).await;
        let port = wire.address.port();
        let url = format!("http://user:pass@127.0.0.1:{port}/orders/7?token=secret&sig=1");
        let answer = sender.get(&url).await;
        assert_eq!(
            answer,
            Some((200, Ok("hello".to_owned()))),
            "{}",
            sender.name
        );

        let span = watched.otel.spans().pop().unwrap();
        assert_eq!((span.name.as_ref(), &span.kind), ("GET", &SpanKind::Client));
        let want = [
            ("http.request.method", "GET"),
            ("http.response.status_code", "200"),
            ("network.peer.address", "127.0.0.1"),
            ("network.peer.port", &port.to_string()),
            ("network.protocol.version", "1.1"),
            ("server.address", "127.0.0.1"),
            ("server.port", &port.to_string()),
            (
                "url.full",
                &format!("http://REDACTED:REDACTED@127.0.0.1:{port}/orders/7"),
            ),
        ];
        let want = want.map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(sorted(&span), want, "{}", sender.name);
        assert_eq!(
            span.attribute("server.port"),
            Some(&i64::from(port).into()),
            "a number"
        );
    }
}

#[tokio::test]
async fn what_is_asked_for() {
    let watched = Watched::new();
    let all = senders!(watched, |layer| layer
        .record_query_and_user_agent(true)
        .record_body_sizes(true)
        .url_template(|head| head
            .uri
            .path()
            .starts_with("/orders/")
            .then(|| "/orders/{id}".into())));
    for sender in all {
        let wire = Wire::new(&[OK]).await;
        let request = Request::post(wire.url("/orders/7?a=1&sig=s3cret"))
            .header("user-agent", "agent/1")
            .body("12345678")
            .unwrap();
        sender.send(request).await;

        let span = watched.otel.spans().pop().unwrap();
        assert_eq!(span.name, "POST /orders/{id}", "{}", sender.name);
        #[rustfmt::skip]
        let want: [KeyValue; 5] = [
            KeyValue::new("http.request.body.size", 8),
            KeyValue::new("http.response.body.size", 5),
            KeyValue::new("url.full", wire.url("/orders/7?a=1&sig=REDACTED")),
            KeyValue::new("url.template", "/orders/{id}"),
            KeyValue::new("user_agent.original", "agent/1"),
        ];
        for KeyValue { key, value, .. } in want {
            assert_eq!(
                span.attribute(key.as_str()),
                Some(&value),
                "{}",
                sender.name
            );
        }
    }
}

#[tokio::test]
async fn headers_that_are_listed() {
    let watched = Watched::new();
    let all = senders!(watched, |layer| layer
        .capture_request_headers(HeaderCapture::new(["x-tenant"]).unwrap())
        .capture_response_headers(HeaderCapture::new(["x-cache"]).unwrap()));
    for sender in all {
        let wire = Wire::new(&[OK]).await;
        let request = Request::get(wire.url("/"))
            .header("x-tenant", "acme")
            .header("x-tenant", "other")
            .header("authorization", "Bearer secret");
        sender.send(request.body("").unwrap()).await;
        let span = watched.otel.spans().pop().unwrap();
        let got = |key| span.attribute(key).map(ToString::to_string);
        let tenants = got("http.request.header.x-tenant");
        assert_eq!(
            tenants.as_deref(),
            Some(r#"["acme","other"]"#),
            "{}",
            sender.name
        );
        let cache = got("http.response.header.x-cache");
        assert_eq!(cache.as_deref(), Some(r#"["hit"]"#), "{}", sender.name);
        let headers = span
            .attributes
            .iter()
            .filter(|kv| kv.key.as_str().contains(".header."));
        assert_eq!(headers.count(), 2, "{}", sender.name);
    }
}

#[tokio::test]
async fn own_methods() {
    let watched = Watched::new();
    for sender in senders!(watched, |layer| layer.known_methods(["BREW"])) {
        for (method, name) in [("BREW", "BREW"), ("GET", "HTTP")] {
            let wire = Wire::new(&[OK]).await;
            let request = Request::builder().method(method).uri(wire.url("/pot"));
            sender.send(request.body("").unwrap()).await;
            assert_eq!(
                watched.otel.spans().pop().unwrap().name,
                name,
                "{}",
                sender.name
            );
        }
    }
}

#[tokio::test]
async fn own_secret_keys() {
    let watched = Watched::new();
    let all = senders!(watched, |layer| layer
        .record_query_and_user_agent(true)
        .redacted_query_keys(["token"]));
    for sender in all {
        let wire = Wire::new(&[OK]).await;
        sender.get(&wire.url("/?token=1&sig=2")).await;
        let span = watched.otel.spans().pop().unwrap();
        let want = wire.url("/?token=REDACTED&sig=2");
        assert_eq!(
            span.attribute("url.full"),
            Some(&want.into()),
            "{}",
            sender.name
        );
    }
}

#[tokio::test]
async fn a_template_in_the_request_comes_first() {
    let watched = Watched::new();
    let all = senders!(watched, |layer| layer.url_template(|_| Some("/*".into())));
    for sender in all {
        let wire = Wire::new(&[OK]).await;
        let request = Request::get(wire.url("/items/7"))
            .extension(UrlTemplate::new("/items/{id}"))
            .body("")
            .unwrap();
        sender.send(request).await;
        // A request of reqwest's has no extensions that others can read.
        let want = match sender.name {
            "reqwest" => "GET /*",
            _ => "GET /items/{id}",
        };
        assert_eq!(watched.otel.spans().pop().unwrap().name, want);
    }
}

#[tokio::test]
async fn a_method_that_is_not_known() {
    let watched = Watched::new();
    for sender in senders!(watched, |layer| layer) {
        let wire = Wire::new(&[OK]).await;
        let request = Request::builder().method("BREW").uri(wire.url("/pot"));
        sender.send(request.body("").unwrap()).await;
        let span = watched.otel.spans().pop().unwrap();
        assert_eq!(span.name, "HTTP", "{}", sender.name);
        let method = span.attribute("http.request.method");
        assert_eq!(method, Some(&"_OTHER".into()));
        let original = span.attribute("http.request.method_original");
        assert_eq!(original, Some(&"BREW".into()));
    }
}

#[tokio::test]
async fn hooks_see_both_heads() {
    let watched = Watched::new();
    let all = senders!(watched, |layer| layer
        .on_request(|call, head| {
            let length = i64::try_from(head.uri.path().len()).unwrap();
            call.set_attribute(KeyValue::new("path.length", length));
            call.set_label("tier", "gold");
        })
        .on_response(|call, response, outcome| {
            let cached = response.and_then(|response| response.headers.get("x-cache"));
            let cached = cached.map(|value| value.to_str().unwrap().to_owned());
            call.set_attribute(KeyValue::new("cached", cached.unwrap_or_default()));
            call.set_attribute(KeyValue::new("failed", outcome.error_type().is_some()));
        }));
    for sender in all {
        let wire = Wire::new(&[OK]).await;
        sender.get(&wire.url("/12")).await;
        let span = watched.otel.spans().pop().unwrap();
        assert_eq!(span.attribute("path.length"), Some(&3.into()));
        assert_eq!(span.attribute("cached"), Some(&"hit".into()));
        assert_eq!(span.attribute("failed"), Some(&false.into()));

        let wire = Wire::new(&[Step::Close]).await;
        sender.get(&wire.url("/")).await;
        let span = watched.otel.spans().pop().unwrap();
        assert_eq!(
            span.attribute("cached"),
            Some(&"".into()),
            "{}",
            sender.name
        );
        assert_eq!(span.attribute("failed"), Some(&true.into()));
    }
}

#[tokio::test]
async fn what_a_filter_refuses_goes_out_as_it_is() {
    let watched = Watched::new();
    let all = senders!(watched, |layer| layer
        .filter(|head| head.uri.path() != "/health"));
    for sender in all {
        let wire = Wire::new(&[OK]).await;
        let request = Request::get(wire.url("/health")).header("traceparent", "theirs");
        sender.send(request.body("").unwrap()).await;
        assert_eq!(wire.header("traceparent"), ["theirs"], "{}", sender.name);
    }
    assert_eq!(watched.calls.started(), 0);
    assert!(watched.otel.spans().is_empty());
}

#[tokio::test]
async fn facts_for_metrics() {
    let watched = Watched::new();
    let all = senders!(watched, |layer| layer
        .url_template(|_| Some("/orders/{id}".into())));
    for sender in all {
        let wire = Wire::new(&[OK]).await;
        let request = Request::post(wire.url("/orders/7")).body("123").unwrap();
        sender.send(request).await;
        let call = watched.calls.finished().pop().unwrap();
        let Facts::Http(facts) = call.facts else {
            panic!("no facts of HTTP");
        };
        assert_eq!((facts.method, facts.scheme), ("POST", "http"));
        assert_eq!(facts.status, Some(200));
        assert_eq!(facts.protocol_version, Some("1.1"));
        assert_eq!(facts.server_address.as_deref(), Some("127.0.0.1"));
        assert_eq!(facts.server_port, Some(wire.address.port()));
        assert_eq!(facts.url_template.as_deref(), Some("/orders/{id}"));
        let sizes = (facts.request_body_size, facts.response_body_size);
        assert_eq!(sizes, (Some(3), Some(5)), "{}", sender.name);
    }
    watched.calls.assert_idle();
}
