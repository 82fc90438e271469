//! The service: starts a call for each request.

use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use super::future::ResponseFuture;
use super::respond::Exchange;
use super::settings::Settings;
use super::start::start;
use crate::body::ResponseBody;
use crate::head::RequestHead;

/// The service that [`ServerLayer`](super::ServerLayer) makes.
#[derive(Clone, Debug)]
pub struct Server<S> {
    inner: S,
    settings: Arc<Settings>,
}

impl<S> Server<S> {
    pub(super) fn new(inner: S, settings: Arc<Settings>) -> Self {
        Self { inner, settings }
    }
}

impl<S, B, R> Service<Request<B>> for Server<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: Body,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let head = RequestHead::of(&request);
        if !self.settings.traces(&head) {
            return ResponseFuture::untraced(self.inner.call(request));
        }
        let mut call = start(&self.settings, &head);
        let sees_responses = self.settings.sees_responses();
        let settings = sees_responses.then(|| Arc::clone(&self.settings));
        let exchange = Exchange::new(head.method, settings);
        let inner = {
            let _entered = call.enter();
            self.inner.call(request)
        };
        ResponseFuture::new(inner, call, exchange)
    }
}
