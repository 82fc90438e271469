//! How requests fail, and what the failure is called.

use std::io;

use http::Request;
use http_body_util::Empty;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tower::{Layer, ServiceExt, service_fn};
use traceprop_http::ClientLayer;

use super::senders::{PATIENCE, senders};
use super::wire::{Step, Wire};
use crate::support::Watched;

#[tokio::test]
async fn statuses() {
    #[rustfmt::skip]
    let table = [
        ("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",                  None),
        ("HTTP/1.1 304 Not Modified\r\n\r\n",                             None),
        ("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n",           Some("404")),
        ("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n", Some("503")),
        ("HTTP/1.1 799 Odd\r\ncontent-length: 0\r\n\r\n",                 None),
    ];
    for (response, error_type) in table {
        let watched = Watched::new();
        for sender in senders!(watched, |layer| layer) {
            let wire = Wire::new(&[Step::Say(response)]).await;
            let answer = sender.get(&wire.url("/")).await;
            assert!(answer.is_some(), "{}", sender.name);
            let span = watched.otel.spans().pop().unwrap();
            let got = span.attribute("error.type").map(ToString::to_string);
            assert_eq!(got.as_deref(), error_type, "{} {response}", sender.name);
            assert_eq!(span.is_error(), error_type.is_some());
        }
    }
}

/// A port that nobody listens on.
async fn nobody() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}/", listener.local_addr().unwrap())
}

#[tokio::test]
async fn network_errors_are_named_by_their_kind() {
    let refused = nobody().await;
    let say = |text| Some(Step::Say(text));
    #[rustfmt::skip]
    let table = [
        // what the server does                        url                error.type
        (None,                                         refused.as_str(),  "connection_refused"),
        // The empty label makes it a name that no resolver needs to be asked about.
        (None,                                         "http://a..b/",    "dns"),
        (Some(Step::Close),                            "",                "connection_closed"),
        (Some(Step::Reset),                            "",                "connection_reset"),
        (say("HTTP/1.1 200"),                          "",                "connection_closed"),
        (say("no HTTP at all\r\n\r\n"),                "",                "protocol"),
        (say("HTTP/1.1 200 OK\r\nno header\r\n\r\n"),  "",                "protocol"),
    ];
    for (step, url, error_type) in table {
        let watched = Watched::new();
        for sender in senders!(watched, |layer| layer) {
            let wire = Wire::new(&[step.unwrap_or(Step::Close)]).await;
            let url = if url.is_empty() {
                wire.url("/")
            } else {
                url.to_owned()
            };
            assert_eq!(sender.get(&url).await, None, "{} {url}", sender.name);
            let span = watched.otel.spans().pop().unwrap();
            let got = span.attribute("error.type").map(ToString::to_string);
            assert_eq!(got.as_deref(), Some(error_type), "{} {url}", sender.name);
            assert!(span.is_error());
        }
        watched.calls.assert_idle();
    }
}

#[tokio::test]
async fn a_timeout_of_reqwest_s() {
    let watched = Watched::new();
    let [_, reqwest, middleware] = senders!(watched, |layer| layer);
    for sender in [reqwest, middleware] {
        let wire = Wire::new(&[Step::Hang]).await;
        assert_eq!(sender.get(&wire.url("/")).await, None);
        let span = watched.otel.spans().pop().unwrap();
        assert_eq!(span.attribute("error.type"), Some(&"timeout".into()));
    }
}

#[tokio::test]
async fn a_timeout_of_a_layer_inside_has_the_name_it_is_given() {
    let wire = Wire::new(&[Step::Hang]).await;
    let elapsed = |_: &tower::timeout::error::Elapsed| "timeout";
    for (layer, want) in [
        (ClientLayer::new(), "_OTHER"),
        (ClientLayer::new().name_errors(elapsed), "timeout"),
    ] {
        let watched = Watched::new();
        let layer = layer
            .tracer(watched.otel.tracer())
            .recorder(watched.recorder());
        let client = Client::builder(TokioExecutor::new()).build_http();
        let client = tower::timeout::Timeout::new(client, PATIENCE);
        let request = Request::get(wire.url("/")).body(Empty::<bytes::Bytes>::new());
        assert!(layer.layer(client).oneshot(request.unwrap()).await.is_err());
        assert_eq!(watched.ended().as_deref(), Some(want));
    }
}

#[tokio::test]
async fn errors_of_a_connector() {
    use io::ErrorKind as Kind;
    #[rustfmt::skip]
    let table = [
        (Kind::InvalidData,        "tls"),
        (Kind::TimedOut,           "timeout"),
        (Kind::HostUnreachable,    "unreachable"),
        (Kind::NetworkUnreachable, "unreachable"),
        (Kind::UnexpectedEof,      "connection_closed"),
        (Kind::PermissionDenied,   "connection"),
        (Kind::Other,              "connection"),
    ];
    for (kind, want) in table {
        let watched = Watched::new();
        let connector = service_fn(move |_: http::Uri| {
            let error = io::Error::new(kind, "timeout dns tls");
            std::future::ready(Err::<TokioIo<tokio::net::TcpStream>, _>(error))
        });
        let client = Client::builder(TokioExecutor::new()).build(connector);
        let layer = ClientLayer::new()
            .tracer(watched.otel.tracer())
            .recorder(watched.recorder());
        let request = Request::get("http://a.example/").body(Empty::<bytes::Bytes>::new());
        assert!(layer.layer(client).oneshot(request.unwrap()).await.is_err());
        assert_eq!(watched.ended().as_deref(), Some(want), "{kind:?}");
    }
}

#[tokio::test]
async fn a_request_that_nobody_waits_for_is_cancelled_and_no_error() {
    for at in 0..3 {
        let watched = Watched::new();
        let wire = Wire::new(&[Step::Hang]).await;
        let senders = senders!(watched, |layer| layer);
        let url = wire.url("/");
        let sent = senders[at].get(&url);
        let waited = tokio::time::timeout(PATIENCE / 3, sent).await;
        assert!(waited.is_err(), "{}", senders[at].name);
        assert_eq!(watched.ended().as_deref(), Some("cancelled"));
        assert!(!watched.otel.spans()[0].is_error());
    }
}
