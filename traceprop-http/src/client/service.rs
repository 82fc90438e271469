//! The service: starts a call for each request and injects its context.

use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use http_body::Body;
use tower_service::Service;
use traceprop_core::call::Call;

use super::attempts::Attempts;
use super::attributes::Outgoing;
use super::future::ResponseFuture;
use super::layer::ClientLayer;
use super::target::Target;
use crate::body::ResponseBody;
use crate::carrier::HeaderInjector;
use crate::head::RequestHead;

/// The service that [`ClientLayer`] makes.
#[derive(Clone, Debug)]
pub struct Client<S> {
    pub(crate) inner: S,
    pub(crate) layer: Arc<ClientLayer>,
}

impl<S> Client<S> {
    pub(super) fn new(inner: S, layer: ClientLayer) -> Self {
        Self {
            inner,
            layer: Arc::new(layer),
        }
    }
}

impl<S, B, R> Service<Request<B>> for Client<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Error: 'static,
    B: Body,
    R: Body,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let Some(mut call) = start(&self.layer, &mut request) else {
            return ResponseFuture::untraced(self.inner.call(request));
        };
        let is_head = request.method() == http::Method::HEAD;
        let inner = {
            let _entered = call.enter();
            self.inner.call(request)
        };
        ResponseFuture::new(inner, call, Arc::clone(&self.layer), is_head)
    }
}

/// Starts the call of a request, unless a filter refuses it, and gives its context to the headers.
fn start<B: Body>(layer: &ClientLayer, request: &mut Request<B>) -> Option<Call> {
    let ClientLayer { options, settings } = layer;
    let head = RequestHead::of(request);
    if !settings.traces(&head) {
        return None;
    }
    let target = Target::of(head.uri, head.headers);
    let call = Outgoing {
        head,
        target,
        body_size: request.body().size_hint().exact(),
        resends: Attempts::next(head.extensions),
    }
    .start(options, settings);
    if settings.propagates_to(target.host) {
        HeaderInjector::replace(options, call.context(), request.headers_mut());
    } else {
        HeaderInjector::remove(options, request.headers_mut());
    }
    Some(call)
}
