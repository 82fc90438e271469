//! The response's future.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::Response;
use http_body::Body;
use pin_project_lite::pin_project;
use traceprop_core::call::{Call, InCall, Outcome};

use super::attributes;
use crate::body::ResponseBody;

pin_project! {
    /// The future of [`Client`](super::Client).
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        inner: InCall<F>,
    }
}

impl<F> ResponseFuture<F> {
    pub(super) fn new(inner: F, call: Call) -> Self {
        Self {
            inner: InCall::new(inner, call),
        }
    }

    pub(super) fn untraced(inner: F) -> Self {
        Self {
            inner: InCall::without_call(inner),
        }
    }
}

impl<F, R, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
    R: Body,
{
    type Output = Result<Response<ResponseBody<R>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let result = ready!(this.inner.as_mut().poll(cx));
        if let Some(call) = this.inner.take_call() {
            match &result {
                Ok(response) => attributes::respond(call, response.status()),
                Err(_) => call.finish(Outcome::failed(std::any::type_name::<E>())),
            }
        }
        Poll::Ready(result.map(|response| response.map(ResponseBody::untraced)))
    }
}
