//! The service: starts a call for each request.

use std::sync::Arc;
use std::task::{Context, Poll};

use http::uri::Authority;
use http::{Request, Response};
use http_body::Body;
use opentelemetry::KeyValue;
use tower_service::Service;
use traceprop_core::call::{Call, Options, RpcFacts};
use traceprop_core::semconv as key;
use traceprop_http::HeaderExtractor;

use super::future::ResponseFuture;
use crate::body::ResponseBody;
use crate::ending::Ending;
use crate::{deadline, method};

/// The service that [`ServerLayer`](super::ServerLayer) makes.
#[derive(Clone, Debug)]
pub struct Server<S> {
    inner: S,
    options: Arc<Options>,
}

impl<S> Server<S> {
    pub(super) fn new(inner: S, options: Arc<Options>) -> Self {
        Self { inner, options }
    }
}

/// tonic's server asks its services for their name.
impl<S: tonic::server::NamedService> tonic::server::NamedService for Server<S> {
    const NAME: &'static str = S::NAME;
}

impl<S, B, R> Service<Request<B>> for Server<S>
where
    S: Service<Request<B>, Response = Response<R>>,
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
        let mut call = start(&self.options, &request);
        let ending = Ending {
            is_server: true,
            deadline: deadline::of(request.headers()),
        };
        let inner = {
            let _entered = call.enter();
            self.inner.call(request)
        };
        ResponseFuture::new(inner, call, ending)
    }
}

fn start<B>(options: &Options, request: &Request<B>) -> Call {
    let parent = options.extract(&HeaderExtractor::new(request.headers()));
    let method = method::of(request.uri());
    let mut attributes = Vec::with_capacity(4);
    attributes.push(KeyValue::new(key::RPC_SYSTEM_NAME, "grpc"));
    attributes.push(KeyValue::new(key::RPC_METHOD, method.clone()));
    if let Some(authority) = request.uri().authority() {
        attributes.push(KeyValue::new(
            key::SERVER_ADDRESS,
            authority.host().to_owned(),
        ));
        if let Some(port) = authority.port_u16() {
            attributes.push(KeyValue::new(key::SERVER_PORT, i64::from(port)));
        }
    }
    let name = method::span_name(&method);
    // The caller chooses them, so metrics have them only where someone asks.
    let authority = request.uri().authority();
    let authority = authority.filter(|_| options.wanted().server_address);
    let facts = RpcFacts {
        system: "grpc",
        method,
        server_address: authority.map(|authority| authority.host().into()),
        server_port: authority.and_then(Authority::port_u16),
        ..RpcFacts::default()
    };
    Call::server(name)
        .parent(parent)
        .attributes(attributes)
        .facts(facts.into())
        .start(options)
}
