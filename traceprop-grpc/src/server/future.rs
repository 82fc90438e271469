//! The response's future, which hands the call on to the body.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::Response;
use http_body::Body;
use pin_project_lite::pin_project;
use tonic::Code;
use traceprop_core::call::{Call, InCall, Outcome};

use crate::body::ResponseBody;
use crate::ending::{self, Ending};
use crate::status;

pin_project! {
    /// The future of [`Server`](super::Server).
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        inner: InCall<F>,
        ending: Ending,
    }

    impl<F> PinnedDrop for ResponseFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if let Some(call) = this.inner.close() {
                this.ending.dropped(call);
            }
        }
    }
}

impl<F> ResponseFuture<F> {
    pub(super) fn new(inner: F, call: Call, ending: Ending) -> Self {
        Self {
            inner: InCall::new(inner, call),
            ending,
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
        let mut this = self.project();
        let result = ready!(this.inner.as_mut().poll(cx));
        let Some(call) = this.inner.take_call() else {
            return Poll::Ready(result.map(|response| response.map(ResponseBody::untraced)));
        };
        Poll::Ready(match result {
            Ok(response) => Ok(respond(response, call, *this.ending)),
            Err(error) => {
                call.finish(Outcome::failed(std::any::type_name::<E>()));
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
