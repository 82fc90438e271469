//! The service: starts a call for each request.

use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Method, Request, Response};
use http_body::Body;
use tower_service::Service;
use traceprop_core::call::Call;

use super::attributes;
use super::future::ResponseFuture;
use super::layer::ServerLayer;
use crate::body::ResponseBody;
use crate::head::RequestHead;

/// The service that [`ServerLayer`] makes.
#[derive(Clone, Debug)]
pub struct Server<S> {
    inner: S,
    settings: Arc<ServerLayer>,
}

impl<S> Server<S> {
    pub(super) fn new(inner: S, settings: ServerLayer) -> Self {
        Self {
            inner,
            settings: Arc::new(settings),
        }
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
        let is_head = request.method() == Method::HEAD;
        let mut call = start(&self.settings, &head);
        let inner = {
            let _entered = call.enter();
            self.inner.call(request)
        };
        ResponseFuture::new(inner, call, is_head)
    }
}

fn start(settings: &ServerLayer, head: &RequestHead<'_>) -> Call {
    let parent = settings
        .options()
        .extract(&crate::HeaderExtractor::new(head.headers));
    let facts = attributes::facts(head, settings.route_of(head));
    let call = Call::server(attributes::name(&facts))
        .parent(parent)
        .attributes(attributes::for_sampler(head, &facts))
        .facts(facts.into())
        .start(settings.options());
    if call.is_recording() {
        call.set_attributes(attributes::for_record(head));
    }
    call
}
