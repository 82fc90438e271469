//! Where a status can be, and whose failure it is.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body::{Body, Frame};
use http_body_util::BodyExt;
use opentelemetry::trace::SpanKind;
use tonic::{Code, Status};
use tower::{Layer, Service};

use crate::support::{Watched, status};

/// Gives these frames, then ends.
pub(crate) struct Script(std::vec::IntoIter<Result<Frame<Bytes>, Status>>);

impl Body for Script {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        Poll::Ready(self.0.next())
    }
}

pub(crate) fn script(frames: Vec<Result<Frame<Bytes>, Status>>) -> Response<Script> {
    Response::new(Script(frames.into_iter()))
}

pub(crate) fn trailers(code: i32) -> Result<Frame<Bytes>, Status> {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", code.into());
    Ok(Frame::trailers(trailers))
}

fn data() -> Result<Frame<Bytes>, Status> {
    Ok(Frame::data(Bytes::from_static(b"a message")))
}

fn request() -> Request<()> {
    Request::post("/shop.v1.Payments/Verify").body(()).unwrap()
}

/// What both sides record of `response`, of which `frames` frames are read.
async fn record(make: impl Fn() -> Response<Script>, frames: usize) -> [(String, bool); 2] {
    let watched = Watched::new();
    let once = |response: Response<Script>| {
        let mut response = Some(response);
        tower::service_fn(move |_: Request<()>| {
            let response = response.take().expect("one request");
            async move { Ok::<_, Infallible>(response) }
        })
    };
    let served = watched.server().layer(once(make())).call(request()).await;
    let mut body = served.unwrap_or_else(|never| match never {}).into_body();
    for _ in 0..frames {
        body.frame().await;
    }
    drop(body);
    let answered = watched.client().layer(once(make())).call(request()).await;
    let mut body = answered.expect("a response").into_body();
    for _ in 0..frames {
        body.frame().await;
    }
    drop(body);

    watched.calls.assert_idle();
    assert_eq!(watched.calls.finished().len(), 2);
    [SpanKind::Server, SpanKind::Client].map(|kind| status(&watched.span(kind)))
}

#[tokio::test]
async fn the_order_of_truth() {
    let in_headers = |code: i32| {
        move || {
            let mut response = script(vec![]);
            response.headers_mut().insert("grpc-status", code.into());
            response
        }
    };
    let in_extensions = || {
        let mut response = script(vec![]);
        response
            .extensions_mut()
            .insert(Status::new(Code::Aborted, "no"));
        response
    };
    let from_a_proxy = || {
        let mut response = script(vec![]);
        *response.status_mut() = http::StatusCode::BAD_GATEWAY;
        response
    };
    let no_code = || {
        let mut trailers = HeaderMap::new();
        trailers.insert("grpc-status", "many".parse().unwrap());
        script(vec![Ok(Frame::trailers(trailers))])
    };
    type Make = Box<dyn Fn() -> Response<Script>>;
    #[rustfmt::skip]
    let table: Vec<(&str, Make, usize, &str, bool, bool)> = vec![
        // what it shows             response                                                    read status              server's, client's error
        ("trailers",                 Box::new(|| script(vec![data(), trailers(0)])),             2, "OK",                false, false),
        ("an ordinary failure",      Box::new(|| script(vec![trailers(5)])),                     1, "NOT_FOUND",         false, true),
        ("the server's own fault",   Box::new(|| script(vec![data(), trailers(13)])),            2, "INTERNAL",          true,  true),
        ("headers",                  Box::new(in_headers(7)),                                    0, "PERMISSION_DENIED", false, true),
        ("extensions",               Box::new(in_extensions),                                    0, "ABORTED",           false, true),
        ("a proxy's answer",         Box::new(from_a_proxy),                                     0, "UNAVAILABLE",       true,  true),
        ("trailers that say nothing", Box::new(no_code),                                         1, "UNKNOWN",           true,  true),
        ("an end without a status",  Box::new(|| script(vec![data()])),                          2, "UNKNOWN",           true,  true),
        ("an error in the stream",   Box::new(|| script(vec![data(), Err(Status::data_loss(""))])), 2, "DATA_LOSS",      true,  true),
        ("dropped",                  Box::new(|| script(vec![data(), trailers(0)])),             1, "CANCELLED",         false, true),
    ];
    for (name, make, frames, code, server, client) in table {
        let recorded = record(make, frames).await;
        assert_eq!(
            recorded,
            [(code.to_owned(), server), (code.to_owned(), client)],
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_call_that_is_dropped_after_its_deadline_exceeded_it() {
    for (timeout, code) in [("1n", "DEADLINE_EXCEEDED"), ("1H", "CANCELLED")] {
        let watched = Watched::new();
        let mut server = watched.server().layer(tower::service_fn(|_: Request<()>| {
            std::future::pending::<Result<Response<Script>, Infallible>>()
        }));
        let mut request = request();
        request
            .headers_mut()
            .insert("grpc-timeout", timeout.parse().unwrap());
        let future = server.call(request);
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        drop(future);
        assert_eq!(status(&watched.span(SpanKind::Server)).0, code);
    }
}

#[tokio::test]
async fn strangers_mint_no_names() {
    let watched = Watched::new();
    let mut server = watched
        .server()
        .layer(tower::service_fn(|_: Request<()>| async {
            let mut response = script(vec![]);
            response.headers_mut().insert("grpc-status", 12.into());
            Ok::<_, Infallible>(response)
        }));
    for path in ["/any.Thing/AtAll", "/not-grpc", "/a/b/c"] {
        server
            .call(Request::post(path).body(()).unwrap())
            .await
            .unwrap();
    }
    for span in watched.otel.spans() {
        assert_eq!(span.name, "grpc");
        assert_eq!(span.attribute("rpc.method"), Some(&"_OTHER".into()));
    }
    let facts = format!("{:?}", watched.calls.finished());
    assert!(
        !facts.contains("any.Thing") && !facts.contains("not-grpc"),
        "{facts}"
    );
}
