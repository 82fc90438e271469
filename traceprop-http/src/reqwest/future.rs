//! The response's future.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;
use reqwest::Response;
use traceprop_core::call::{Call, InCall};

use super::response;
use crate::client::{ClientLayer, attributes};

pin_project! {
    /// The future of a [`Client`](crate::client::Client) over a `reqwest::Client`.
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        inner: InCall<F>,
        layer: Option<Arc<ClientLayer>>,
        is_head: bool,
    }
}

impl<F> ResponseFuture<F> {
    pub(super) fn new(inner: F, call: Call, layer: Arc<ClientLayer>, is_head: bool) -> Self {
        Self {
            inner: InCall::new(inner, call),
            layer: Some(layer),
            is_head,
        }
    }

    pub(super) fn untraced(inner: F) -> Self {
        Self {
            inner: InCall::without_call(inner),
            layer: None,
            is_head: false,
        }
    }
}

impl<F, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response, E>>,
    E: 'static,
{
    type Output = Result<Response, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let result = ready!(this.inner.as_mut().poll(cx));
        let (Some(call), Some(layer)) = (this.inner.take_call(), this.layer.take()) else {
            return Poll::Ready(result);
        };
        let settings = &layer.settings;
        Poll::Ready(match result {
            Ok(response) => Ok(response::respond(response, call, settings, *this.is_head)),
            Err(error) => {
                attributes::fail(call, settings, &error);
                Err(error)
            }
        })
    }
}
