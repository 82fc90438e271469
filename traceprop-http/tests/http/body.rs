//! When a call ends: with its body, however that ends.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll, Waker};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Empty, Full};

use crate::support::{Watched, read};

#[derive(Debug, PartialEq)]
struct Broken;

struct Script(std::vec::IntoIter<Result<Frame<Bytes>, Broken>>);

impl Script {
    fn new(frames: Vec<Result<Frame<Bytes>, Broken>>) -> Self {
        Self(frames.into_iter())
    }
}

impl Body for Script {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _cx: &mut TaskContext<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        Poll::Ready(self.0.next())
    }
}

fn data(text: &'static str) -> Result<Frame<Bytes>, Broken> {
    Ok(Frame::data(Bytes::from_static(text.as_bytes())))
}

fn request(method: Method) -> Request<()> {
    Request::builder()
        .method(method)
        .uri("/x")
        .body(())
        .unwrap()
}

#[tokio::test]
async fn the_call_ends_with_the_last_frame() {
    let watched = Watched::new();
    let script = Script::new(vec![data("a"), data("b")]);
    let response = watched
        .answer(request(Method::GET), Response::new(script))
        .await;
    let mut body = response.into_body();

    body.frame().await;
    body.frame().await;
    assert_eq!(watched.otel.spans().len(), 0, "the end has not been seen");
    assert!(body.frame().await.is_none());

    assert_eq!(watched.ended(), None);
}

#[tokio::test]
async fn trailers_are_the_last_frame() {
    let watched = Watched::new();
    let script = Script::new(vec![data("a"), Ok(Frame::trailers(HeaderMap::new()))]);
    let mut body = watched
        .answer(request(Method::GET), Response::new(script))
        .await
        .into_body();

    body.frame().await;
    body.frame().await;

    assert_eq!(
        watched.ended(),
        None,
        "nothing can follow, and servers stop polling here"
    );
}

#[tokio::test]
async fn the_bytes_of_content_length_are_the_end() {
    let watched = Watched::new();
    let script = Script::new(vec![data("ab"), data("c")]);
    let response = Response::builder()
        .header("content-length", 3)
        .body(script)
        .unwrap();
    let mut body = watched
        .answer(request(Method::GET), response)
        .await
        .into_body();

    body.frame().await;
    assert_eq!(watched.otel.spans().len(), 0);
    body.frame().await;
    drop(body);

    assert_eq!(watched.ended(), None);
}

#[tokio::test]
async fn a_body_that_is_at_its_end_ends_the_call() {
    let watched = Watched::new();
    let response = Response::new(Full::new(Bytes::from_static(b"abc")));
    let mut body = watched
        .answer(request(Method::GET), response)
        .await
        .into_body();
    assert_eq!(body.size_hint().exact(), Some(3), "hints pass through");

    body.frame().await;
    assert!(body.is_end_stream());
    drop(body);

    assert_eq!(watched.ended(), None);
}

#[tokio::test]
async fn responses_without_a_body_end_at_once() {
    let table = [
        (Method::HEAD, StatusCode::OK),
        (Method::GET, StatusCode::NO_CONTENT),
        (Method::GET, StatusCode::NOT_MODIFIED),
        (Method::GET, StatusCode::SWITCHING_PROTOCOLS),
    ];
    for (method, status) in table {
        let watched = Watched::new();
        let script = Script::new(vec![data("never sent")]);
        let response = Response::builder().status(status).body(script).unwrap();
        let response = watched.answer(request(method), response).await;
        assert_eq!(watched.ended(), None, "{status}");
        drop(response);
        assert_eq!(watched.ended(), None, "{status}");
    }
    let watched = Watched::new();
    let response = watched
        .answer(request(Method::GET), Response::new(Empty::<Bytes>::new()))
        .await;
    assert_eq!(watched.ended(), None, "an empty body");
    drop(response);
}

#[tokio::test]
async fn an_error_in_the_body_fails_the_call() {
    let watched = Watched::new();
    let script = Script::new(vec![data("a"), Err(Broken)]);
    let body = watched
        .answer(request(Method::GET), Response::new(script))
        .await
        .into_body();

    assert!(!read(body).await);

    assert!(watched.ended().unwrap().ends_with("Broken"));
    assert!(watched.otel.spans()[0].is_error());
}

#[tokio::test]
async fn a_body_that_is_dropped_is_cancelled_and_a_failure_stays_one() {
    let table = [
        (StatusCode::OK, "cancelled", false),
        (StatusCode::BAD_GATEWAY, "502", true),
    ];
    for (status, error_type, is_error) in table {
        let watched = Watched::new();
        let script = Script::new(vec![data("a"), data("b")]);
        let response = Response::builder().status(status).body(script).unwrap();
        let mut body = watched
            .answer(request(Method::GET), response)
            .await
            .into_body();
        body.frame().await;
        drop(body);
        assert_eq!(watched.ended().as_deref(), Some(error_type));
        assert_eq!(watched.otel.spans()[0].is_error(), is_error);
    }
}

#[tokio::test]
async fn a_future_that_is_dropped_is_cancelled_inside_its_call() {
    use opentelemetry::Context;
    use opentelemetry::trace::{SpanId, TraceContextExt};
    use std::sync::{Arc, Mutex};
    use tower::{Layer, Service};

    /// Notes whose span is current when it is dropped.
    struct Last(Arc<Mutex<SpanId>>);

    impl Drop for Last {
        fn drop(&mut self) {
            *self.0.lock().unwrap() = Context::current().span().span_context().span_id();
        }
    }

    let watched = Watched::new();
    let seen = Arc::new(Mutex::new(SpanId::INVALID));
    let last = Last(seen.clone());
    let mut last = Some(last);
    let mut service = watched
        .layer()
        .layer(tower::service_fn(move |_: Request<()>| {
            let last = last.take();
            async move {
                let _last = last;
                std::future::pending::<Result<Response<Empty<Bytes>>, Infallible>>().await
            }
        }));

    let mut future = Box::pin(service.call(request(Method::GET)));
    assert!(
        future
            .as_mut()
            .poll(&mut TaskContext::from_waker(Waker::noop()))
            .is_pending()
    );
    drop(future);

    assert_eq!(watched.ended().as_deref(), Some("cancelled"));
    assert_eq!(*seen.lock().unwrap(), watched.otel.spans()[0].span_id);
    assert!(!watched.otel.spans()[0].is_error());
}

#[tokio::test]
async fn a_panic_is_recorded_and_goes_on() {
    use tower::{Layer, Service};

    let watched = Watched::new();
    let mut service = watched
        .layer()
        .layer(tower::service_fn(|_: Request<()>| async {
            if true {
                panic!("a bug in the handler");
            }
            Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new()))
        }));

    let future = service.call(request(Method::GET));
    let joined = tokio::spawn(future).await;

    assert!(joined.is_err_and(|error| error.is_panic()));
    assert_eq!(watched.ended().as_deref(), Some("panic"));
    assert!(watched.otel.spans()[0].is_error());
}
