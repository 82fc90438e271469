//! The response's future, which hands the call on to the body.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::Response;
use http_body::Body;
use pin_project_lite::pin_project;
use traceprop_core::call::{Call, InCall, Outcome};

use super::respond::Exchange;
use crate::body::ResponseBody;

pin_project! {
    /// The future of [`Server`](super::Server).
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        inner: InCall<F>,
        exchange: Option<Exchange>,
    }
}

impl<F> ResponseFuture<F> {
    pub(super) fn new(inner: F, call: Call, exchange: Exchange) -> Self {
        Self {
            inner: InCall::new(inner, call),
            exchange: Some(exchange),
        }
    }

    pub(super) fn untraced(inner: F) -> Self {
        Self {
            inner: InCall::without_call(inner),
            exchange: None,
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
        let call = this.inner.take_call();
        let call = call.zip(this.exchange.as_ref());
        Poll::Ready(match (result, call) {
            (Ok(response), Some((call, exchange))) => Ok(exchange.respond(response, call)),
            (Ok(response), None) => Ok(response.map(ResponseBody::untraced)),
            (Err(error), call) => {
                if let Some((call, exchange)) = call {
                    exchange.fail(call, Outcome::failed(std::any::type_name::<E>()));
                }
                Err(error)
            }
        })
    }
}
