//! The service, the call that it gets, and the layer that does nothing.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::FutureExt;
use http::{HeaderMap, HeaderValue, Request, Response, Version};
use http_body::{Body as _, Frame};
use tonic::body::Body;
use tower::{Layer, Service};

/// Answers with as many messages, and with trailers.
#[derive(Clone, Copy)]
pub struct Answer {
    pub messages: usize,
}

impl Service<Request<Body>> for Answer {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Body>) -> Self::Future {
        let frames = Frames {
            messages: self.messages,
            ended: false,
        };
        let mut response = Response::new(Body::new(frames));
        let content_type = HeaderValue::from_static("application/grpc");
        response.headers_mut().insert("content-type", content_type);
        ready(Ok(response))
    }
}

struct Frames {
    messages: usize,
    ended: bool,
}

impl http_body::Body for Frames {
    type Data = Bytes;
    type Error = tonic::Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, tonic::Status>>> {
        if let Some(rest) = self.messages.checked_sub(1) {
            self.messages = rest;
            return Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"\0\0\0\0\x01a")))));
        }
        if std::mem::replace(&mut self.ended, true) {
            return Poll::Ready(None);
        }
        let mut trailers = HeaderMap::new();
        trailers.insert("grpc-status", HeaderValue::from_static("0"));
        Poll::Ready(Some(Ok(Frame::trailers(trailers))))
    }

    fn is_end_stream(&self) -> bool {
        self.ended
    }
}

fn request() -> Request<Body> {
    Request::post("http://payments.internal:50051/shop.v1.Payments/Verify")
        .version(Version::HTTP_2)
        .header("te", "trailers")
        .header("content-type", "application/grpc")
        .header("user-agent", "tonic/0.14.9")
        .header("grpc-accept-encoding", "gzip")
        .header(
            "traceparent",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        )
        .body(Body::empty())
        .expect("a request")
}

/// Makes one call, and reads the response to its trailers; gives the number of frames.
pub fn send<S, B>(service: &mut S) -> usize
where
    S: Service<Request<Body>, Response = Response<B>, Error = Infallible>,
    B: http_body::Body<Data = Bytes, Error = tonic::Status> + Send + 'static,
{
    let response = service.call(request()).now_or_never();
    let Some(Ok(response)) = response else {
        unreachable!("the service answers at once");
    };
    // As tonic's server does with what comes out of its layers.
    let mut body = Body::new(response.into_body());
    let mut cx = Context::from_waker(std::task::Waker::noop());
    let mut frames = 0;
    while let Poll::Ready(Some(frame)) = Pin::new(&mut body).poll_frame(&mut cx) {
        frame.expect("a frame");
        frames += 1;
        if body.is_end_stream() {
            break;
        }
    }
    frames
}

/// The layer that does nothing.
#[derive(Clone, Copy)]
pub struct Nothing;

impl<S> Layer<S> for Nothing {
    type Service = S;

    fn layer(&self, inner: S) -> S {
        inner
    }
}
