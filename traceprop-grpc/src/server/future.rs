//! The response's future, which hands the call on to the body.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::Response;
use http_body::Body;
use pin_project_lite::pin_project;
use tonic::Code;
use traceprop_core::call::{Call, Outcome};

use crate::body::ResponseBody;
use crate::ending::{self, Ending};
use crate::in_flight::InFlight;
use crate::status;

pin_project! {
    /// The future of [`Server`](super::Server).
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
}

impl<F, R, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
    R: Body,
    R::Error: 'static,
{
    type Output = Result<Response<ResponseBody<R>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (result, call) = ready!(self.project().inner.poll(cx));
        Poll::Ready(match (result, call) {
            (Ok(response), Some((call, ending))) => Ok(respond(response, call, ending)),
            (Ok(response), None) => Ok(response.map(ResponseBody::untraced)),
            (Err(error), call) => {
                if let Some((call, _)) = call {
                    call.finish(Outcome::failed(std::any::type_name::<E>()));
                }
                Err(error)
            }
        })
    }
}

/// Ends the call where the head holds the status; else the body does.
fn respond<R>(response: Response<R>, mut call: Call, ending: Ending) -> Response<ResponseBody<R>> {
    let Some(code) = status::in_head(&response) else {
        return response.map(|body| ResponseBody::new(body, call, ending));
    };
    if code == Code::Unimplemented {
        ending::forget_name(&mut call);
    }
    ending.finish(call, code);
    response.map(ResponseBody::untraced)
}
