//! Calls that last until the response's body has been read.

use std::time::Duration;

use http::Request;
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use reqwest_middleware::ClientBuilder;
use tower::{Layer, ServiceExt};
use traceprop_http::ClientLayer;
use traceprop_http::reqwest::TraceMiddleware;

use super::senders::{client, senders};
use super::wire::{Step, Wire};
use crate::support::Watched;

const LATER: Step = Step::SayLater(
    "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello",
    "world",
);
const CUT: Step = Step::SayLater("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello", "");
const CHUNKS: Step = Step::SayLater(
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
    "5\r\nworld\r\n0\r\n\r\n",
);

/// What the server waits between the two halves of a body, and a little less.
const HALF: Duration = Duration::from_millis(45);

#[tokio::test]
async fn the_headers_end_a_call_by_default() {
    let watched = Watched::new();
    for sender in senders!(watched, |layer| layer) {
        for step in [LATER, CHUNKS, CUT] {
            let wire = Wire::new(&[step]).await;
            let answer = sender.get(&wire.url("/")).await;
            assert!(answer.is_some(), "{}", sender.name);
            let call = watched.calls.finished().pop().unwrap();
            assert!(call.duration < HALF, "{} {:?}", sender.name, call.duration);
            assert_eq!(call.outcome.error_type(), None, "{}", sender.name);
        }
    }
}

#[tokio::test]
async fn the_body_ends_it_on_request() {
    let watched = Watched::new();
    for sender in senders!(watched, |layer| layer.until_body_end(true)) {
        for step in [LATER, CHUNKS] {
            let wire = Wire::new(&[step]).await;
            let answer = sender.get(&wire.url("/")).await;
            assert_eq!(answer, Some((200, Ok("helloworld".to_owned()))));
            let call = watched.calls.finished().pop().unwrap();
            assert!(call.duration >= HALF, "{} {:?}", sender.name, call.duration);
            assert_eq!(call.outcome.error_type(), None, "{}", sender.name);
        }
    }
    watched.calls.assert_idle();
}

#[tokio::test]
async fn a_body_that_breaks_off_fails_it() {
    let watched = Watched::new();
    for sender in senders!(watched, |layer| layer.until_body_end(true)) {
        let wire = Wire::new(&[CUT]).await;
        let answer = sender.get(&wire.url("/")).await;
        assert_eq!(answer, Some((200, Err(()))), "{}", sender.name);
        let span = watched.otel.spans().pop().unwrap();
        assert!(span.is_error(), "{}", sender.name);
        let error_type = span.attribute("error.type");
        assert_eq!(
            error_type,
            Some(&"connection_closed".into()),
            "{}",
            sender.name
        );
    }
    watched.calls.assert_idle();
}

#[tokio::test]
async fn the_bytes_that_were_read_are_counted() {
    let watched = Watched::new();
    let all = senders!(watched, |layer| layer
        .until_body_end(true)
        .record_body_sizes(true));
    for sender in all {
        #[rustfmt::skip]
        let table = [
            (LATER,                                                             10),
            (CHUNKS,                                                            10),
            (CUT,                                                               5),
            (Step::Say("HTTP/1.1 304 Not Modified\r\ncontent-length: 10\r\n\r\n"), 0),
        ];
        for (step, want) in table {
            let wire = Wire::new(&[step]).await;
            sender.get(&wire.url("/")).await;
            let span = watched.otel.spans().pop().unwrap();
            let sizes = span.attributes.iter();
            let sizes = sizes.filter(|kv| kv.key.as_str() == "http.response.body.size");
            let sizes: Vec<_> = sizes.map(|kv| kv.value.to_string()).collect();
            assert_eq!(sizes, [want.to_string()], "{}", sender.name);
        }
    }
}

#[tokio::test]
async fn a_body_that_is_dropped_cancels_it() {
    let watched = Watched::new();
    let wire = Wire::new(&[LATER]).await;
    let layer = ClientLayer::new()
        .tracer(watched.otel.tracer())
        .recorder(watched.recorder())
        .until_body_end(true);
    let hyper = Client::builder(TokioExecutor::new()).build_http();
    let request = Request::get(wire.url("/")).body(Empty::<bytes::Bytes>::new());
    let response = layer.layer(hyper).oneshot(request.unwrap()).await.unwrap();
    let mut body = response.into_body();
    assert!(body.frame().await.is_some_and(|frame| frame.is_ok()));
    assert_eq!(watched.calls.in_flight(), 1);
    drop(body);
    assert_eq!(watched.ended().as_deref(), Some("cancelled"));
    assert!(!watched.otel.spans()[0].is_error());
}

#[tokio::test]
async fn a_response_of_reqwest_s_keeps_what_it_knows() {
    let watched = Watched::new();
    let wire = Wire::new(&[LATER]).await;
    let layer = TraceMiddleware::new()
        .tracer(watched.otel.tracer())
        .recorder(watched.recorder())
        .until_body_end(true);
    let client = ClientBuilder::new(client()).with(layer).build();
    let url = wire.url("/orders?a=1");
    let response = client.get(&url).send().await.expect("an answer");

    assert_eq!(response.url().as_str(), url);
    assert_eq!(response.remote_addr(), Some(wire.address));
    assert_eq!(response.content_length(), Some(10));
    assert_eq!(response.version(), http::Version::HTTP_11);
    assert_eq!(watched.calls.in_flight(), 1);
    assert_eq!(response.text().await.expect("a body"), "helloworld");
    assert_eq!(watched.ended(), None);
}

#[tokio::test]
async fn a_response_without_a_body_ends_it_at_once() {
    let watched = Watched::new();
    for sender in senders!(watched, |layer| layer.until_body_end(true)) {
        #[rustfmt::skip]
        let table = [
            ("HEAD", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n"),
            ("GET",  "HTTP/1.1 204 No Content\r\n\r\n"),
            ("GET",  "HTTP/1.1 304 Not Modified\r\ncontent-length: 10\r\n\r\n"),
            ("GET",  "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"),
        ];
        for (method, response) in table {
            let wire = Wire::new(&[Step::Say(response)]).await;
            let request = Request::builder().method(method).uri(wire.url("/"));
            let answer = sender.send(request.body("").unwrap()).await;
            assert!(answer.is_some(), "{} {response}", sender.name);
            let call = watched.calls.finished().pop().unwrap();
            assert_eq!(
                call.outcome.error_type(),
                None,
                "{} {response}",
                sender.name
            );
        }
    }
    watched.calls.assert_idle();
}
