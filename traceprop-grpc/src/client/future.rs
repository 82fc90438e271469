//! The response's future, which hands the call on to the body.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::Response;
use http_body::Body;
use pin_project_lite::pin_project;
use traceprop_core::call::{Call, InCall};

use super::BoxError;
use crate::body::ResponseBody;
use crate::ending::Ending;
use crate::status;

pin_project! {
    /// The future of [`Client`](super::Client).
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
    E: Into<BoxError>,
    R: Body,
    R::Error: 'static,
{
    type Output = Result<Response<ResponseBody<R>>, BoxError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let result = ready!(this.inner.as_mut().poll(cx)).map_err(Into::into);
        let Some(call) = this.inner.take_call() else {
            return Poll::Ready(result.map(|response| response.map(ResponseBody::untraced)));
        };
        Poll::Ready(match result {
            Ok(response) => Ok(match status::in_head(&response) {
                Some(code) => {
                    this.ending.finish(call, code);
                    response.map(ResponseBody::untraced)
                }
                None => response.map(|body| ResponseBody::new(body, call, *this.ending)),
            }),
            Err(error) => {
                this.ending
                    .finish(call, status::of_client_error(error.as_ref()));
                Err(error)
            }
        })
    }
}
