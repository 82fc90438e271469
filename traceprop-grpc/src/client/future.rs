//! The response's future, which hands the call on to the body.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::Response;
use http_body::Body;
use pin_project_lite::pin_project;
use tonic::Code;
use traceprop_core::call::Call;

use super::BoxError;
use crate::body::{ResponseBody, respond};
use crate::ending::Ending;
use crate::error;
use crate::in_flight::InFlight;

pin_project! {
    /// The future of [`Client`](super::Client).
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        inner: InFlight<F>,
    }
}

impl<F: Future> ResponseFuture<F> {
    pub(super) fn new(inner: F, call: Call, ending: Ending) -> Self {
        Self {
            inner: InFlight::new(inner, call, ending),
        }
    }

    pub(super) fn untraced(inner: F) -> Self {
        Self {
            inner: InFlight::untraced(inner),
        }
    }
}

impl<F, R, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
    E: Into<BoxError>,
    R: Body,
    R::Error: 'static,
{
    type Output = Result<Response<ResponseBody<R>>, BoxError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (result, call) = ready!(self.project().inner.poll(cx));
        Poll::Ready(match (result.map_err(Into::into), call) {
            (Ok(response), Some((call, ending))) => Ok(respond(response, call, ending)),
            (Ok(response), None) => Ok(response.map(ResponseBody::untraced)),
            (Err(error), call) => {
                if let Some((call, ending)) = call {
                    let code = error::in_chain(error.as_ref());
                    ending.finish(call, code.unwrap_or(Code::Unknown));
                }
                Err(error)
            }
        })
    }
}
