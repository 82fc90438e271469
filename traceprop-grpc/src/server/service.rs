//! The service: starts a call for each request.

use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Method, Request, Response, header};
use http_body::Body;
use tower_service::Service;

use super::future::ResponseFuture;
use super::layer::Settings;
use super::start::start;
use crate::body::ResponseBody;
use crate::ending::Ending;
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

/// tonic's server asks its services for their name.
impl<S: tonic::server::NamedService> tonic::server::NamedService for Server<S> {
    const NAME: &'static str = S::NAME;
}

impl<S, B, R> Service<Request<B>> for Server<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Error: 'static,
    R: Body,
    R::Error: 'static,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let head = RequestHead::of(&request);
        let settings = &self.settings;
        if !is_grpc(&request) || !settings.common.traces(&head) {
            return ResponseFuture::untraced(self.inner.call(request));
        }
        let mut call = start(settings, &head);
        let ending = Ending::new(settings.side(), &settings.common, head.headers);
        let inner = {
            let _entered = call.enter();
            self.inner.call(request)
        };
        ResponseFuture::new(inner, call, ending)
    }
}

/// Whether a request may be one of gRPC's. tonic does not insist on a content type, so neither do we;
/// but one of something else says what it is.
fn is_grpc<B>(request: &Request<B>) -> bool {
    let content_type = request.headers().get(header::CONTENT_TYPE);
    request.method() == Method::POST
        && content_type.is_none_or(|it| it.as_bytes().starts_with(b"application/grpc"))
}
