//! The service: starts a call for each request and injects its context.

use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use http_body::Body;
use opentelemetry::KeyValue;
use tower_service::Service;
use traceprop_core::call::{Call, RpcFacts};
use traceprop_core::semconv as key;
use traceprop_http::HeaderInjector;

use super::BoxError;
use super::future::ResponseFuture;
use super::layer::ClientLayer;
use crate::body::ResponseBody;
use crate::ending::Ending;
use crate::{deadline, method};

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
        let mut call = start(&self.settings, &request);
        let ending = Ending {
            is_server: false,
            deadline: deadline::of(request.headers()),
        };
        HeaderInjector::replace(
            self.settings.options(),
            call.context(),
            request.headers_mut(),
        );
        let inner = {
            let _entered = call.enter();
            self.inner.call(request)
        };
        ResponseFuture::new(inner, call, ending)
    }
}

fn start<B>(settings: &ClientLayer, request: &Request<B>) -> Call {
    let method = method::of(request.uri());
    let (server_address, server_port) = settings.server_of(request.uri());
    let mut attributes = Vec::with_capacity(4);
    attributes.push(KeyValue::new(key::RPC_SYSTEM_NAME, "grpc"));
    attributes.push(KeyValue::new(key::RPC_METHOD, method.clone()));
    if let Some(address) = &server_address {
        attributes.push(KeyValue::new(key::SERVER_ADDRESS, Arc::clone(address)));
    }
    if let Some(port) = server_port {
        attributes.push(KeyValue::new(key::SERVER_PORT, i64::from(port)));
    }
    let name = method::span_name(&method);
    let facts = RpcFacts {
        system: "grpc",
        method,
        server_address,
        server_port,
        ..RpcFacts::default()
    };
    Call::client(name)
        .attributes(attributes)
        .facts(facts.into())
        .start(settings.options())
}
