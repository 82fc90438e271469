//! The response's future, which hands the call on to the body.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::Response;
use http_body::Body;
use opentelemetry::KeyValue;
use pin_project_lite::pin_project;
use traceprop_core::call::{Call, Facts, InCall, Outcome};
use traceprop_core::semconv as key;

use super::attributes;
use crate::body::{ResponseBody, content_length, has_no_body};

pin_project! {
    /// The future of [`Server`](super::Server).
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        inner: InCall<F>,
        is_head: bool,
    }
}

impl<F> ResponseFuture<F> {
    pub(super) fn new(inner: F, call: Call, is_head: bool) -> Self {
        Self {
            inner: InCall::new(inner, call),
            is_head,
        }
    }

    pub(super) fn untraced(inner: F) -> Self {
        Self {
            inner: InCall::without_call(inner),
            is_head: false,
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
        Poll::Ready(match (result, call) {
            (Ok(response), Some(call)) => Ok(respond(response, call, *this.is_head)),
            (Ok(response), None) => Ok(response.map(ResponseBody::untraced)),
            (Err(error), call) => {
                if let Some(call) = call {
                    call.finish(Outcome::failed(std::any::type_name::<E>()));
                }
                Err(error)
            }
        })
    }
}

/// Notes the status, and ends the call here where there is no body to wait for.
fn respond<R: Body>(
    response: Response<R>,
    mut call: Call,
    is_head: bool,
) -> Response<ResponseBody<R>> {
    let status = response.status();
    if let Facts::Http(http) = call.facts_mut() {
        http.status = Some(status.as_u16());
    }
    let code = i64::from(status.as_u16());
    call.set_attribute(KeyValue::new(key::HTTP_RESPONSE_STATUS_CODE, code));
    let outcome = attributes::outcome(status);
    let length = content_length(response.headers());
    if has_no_body(is_head, status) || length == Some(0) || response.body().is_end_stream() {
        call.finish(outcome);
        return response.map(ResponseBody::untraced);
    }
    response.map(|body| ResponseBody::new(body, call, outcome, length))
}
