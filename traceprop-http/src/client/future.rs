//! The response's future.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::Response;
use http_body::Body;
use pin_project_lite::pin_project;
use traceprop_core::call::{Call, InCall};

use super::attributes;
use super::end;
use super::layer::ClientLayer;
use crate::body::{ResponseBody, content_length, has_no_body};
use crate::head::ResponseHead;

pin_project! {
    /// The future of [`Client`](super::Client).
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        inner: InCall<F>,
        traced: Option<Traced>,
    }
}

/// What is known of a request that is traced, beside its call.
#[derive(Debug)]
struct Traced {
    layer: Arc<ClientLayer>,
    is_head: bool,
}

impl<F> ResponseFuture<F> {
    pub(super) fn new(inner: F, call: Call, layer: Arc<ClientLayer>, is_head: bool) -> Self {
        Self {
            inner: InCall::new(inner, call),
            traced: Some(Traced { layer, is_head }),
        }
    }

    pub(super) fn untraced(inner: F) -> Self {
        Self {
            inner: InCall::without_call(inner),
            traced: None,
        }
    }
}

impl<F, R, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
    R: Body,
    E: 'static,
{
    type Output = Result<Response<ResponseBody<R>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let result = ready!(this.inner.as_mut().poll(cx));
        let (Some(call), Some(traced)) = (this.inner.take_call(), this.traced.take()) else {
            return Poll::Ready(result.map(|response| response.map(ResponseBody::untraced)));
        };
        Poll::Ready(match result {
            Ok(response) => Ok(traced.respond(response, call)),
            Err(error) => {
                attributes::fail(call, &traced.layer.settings, &error);
                Err(error)
            }
        })
    }
}

impl Traced {
    /// Ends the call here, or hands it on to the body.
    fn respond<R: Body>(self, response: Response<R>, mut call: Call) -> Response<ResponseBody<R>> {
        let settings = &self.layer.settings;
        let head = ResponseHead::of(&response);
        let outcome = attributes::respond(&mut call, settings, &head);
        let has_no_body = has_no_body(self.is_head, head.status) || response.body().is_end_stream();
        if end::is_here(&mut call, settings, &head, has_no_body) {
            call.finish(outcome);
            return response.map(ResponseBody::untraced);
        }
        let length = content_length(response.headers());
        response.map(|body| end::hand_on(call, settings, outcome, (body, length)))
    }
}
