//! The service: starts a call for each request and injects its context.

use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use http_body::Body;
use opentelemetry::KeyValue;
use tower_service::Service;
use traceprop_core::call::{Call, RpcFacts};
use traceprop_core::semconv as key;

use super::BoxError;
use super::future::ResponseFuture;
use super::layer::Settings;
use crate::body::ResponseBody;
use crate::ending::{Ending, Side};
use crate::head::RequestHead;
use crate::{carrier, method};

/// The service that [`ClientLayer`](super::ClientLayer) makes.
#[derive(Clone, Debug)]
pub struct Client<S> {
    inner: S,
    settings: Arc<Settings>,
}

impl<S> Client<S> {
    pub(super) fn new(inner: S, settings: Arc<Settings>) -> Self {
        Self { inner, settings }
    }
}

impl<S, B, R> Service<Request<B>> for Client<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Error: Into<BoxError>,
    R: Body,
    R::Error: 'static,
{
    type Response = Response<ResponseBody<R>>;
    type Error = BoxError;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let head = RequestHead::of(&request);
        let common = &self.settings.common;
        if !common.traces(&head) {
            return ResponseFuture::untraced(self.inner.call(request));
        }
        let mut call = start(&self.settings, &head);
        let ending = Ending::new(Side::Client, common, head.headers);
        carrier::replace(&common.options, call.context(), request.headers_mut());
        let inner = {
            let _entered = call.enter();
            self.inner.call(request)
        };
        ResponseFuture::new(inner, call, ending)
    }
}

fn start(settings: &Settings, head: &RequestHead<'_>) -> Call {
    let method = method::of(head.uri.path());
    let (server_address, server_port) = settings.server_of(head.uri);
    let mut attributes = Vec::with_capacity(4);
    attributes.push(KeyValue::new(key::RPC_SYSTEM_NAME, "grpc"));
    attributes.push(KeyValue::new(key::RPC_METHOD, method.clone()));
    if let Some(address) = &server_address {
        attributes.push(KeyValue::new(key::SERVER_ADDRESS, Arc::clone(address)));
    }
    if let Some(port) = server_port {
        attributes.push(KeyValue::new(key::SERVER_PORT, i64::from(port)));
    }
    let name = method::span_name(method.clone());
    let facts = RpcFacts {
        system: "grpc",
        method,
        server_address,
        server_port,
        ..RpcFacts::default()
    };
    let mut call = Call::client(name)
        .attributes(attributes)
        .facts(facts.into())
        .start(&settings.common.options);
    settings.common.started(&mut call, head);
    call
}
