//! The service: starts a call for each request and injects its context.

use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use super::attributes::{self, Target};
use super::future::ResponseFuture;
use super::layer::ClientLayer;
use crate::body::ResponseBody;
use crate::carrier::HeaderInjector;
use crate::head::RequestHead;

/// The service that [`ClientLayer`] makes.
#[derive(Clone, Debug)]
pub struct Client<S> {
    inner: S,
    settings: Arc<ClientLayer>,
}

impl<S> Client<S> {
    pub(super) fn new(inner: S, settings: ClientLayer) -> Self {
        Self {
            inner,
            settings: Arc::new(settings),
        }
    }
}

impl<S, B, R> Service<Request<B>> for Client<S>
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

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let head = RequestHead::of(&request);
        if !self.settings.traces(&head) {
            return ResponseFuture::untraced(self.inner.call(request));
        }
        let options = self.settings.options();
        let mut call = attributes::start(options, head.method, Target::of_uri(head.uri));
        HeaderInjector::replace(options, call.context(), request.headers_mut());
        let inner = {
            let _entered = call.enter();
            self.inner.call(request)
        };
        ResponseFuture::new(inner, call)
    }
}
