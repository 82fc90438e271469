//! Ours in its three forms, and the peers.

use std::convert::Infallible;

use bytes::Bytes;
use http::{Request, Response};
use tonic::body::Body;
use tonic_tracing_opentelemetry::middleware::server::OtelGrpcLayer;
use tower::{Layer, Service};
use tower_otel::trace::GrpcLayer;
use traceprop_core::call::Scope;
use traceprop_core::propagation::TraceContextPropagator;
use traceprop_grpc::ServerLayer;
use tracing::{Dispatch, Level, dispatcher};

use super::answer::{Answer, Nothing, send};
use crate::http::setting::{self, Sampled};
use crate::measure::Work;

/// Ours: with which scope, and what is in the subscriber.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    Off,
    LinkedNoLayer,
    Linked,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    TonicTracing,
    TowerOtel,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Nothing,
    Ours(Case),
    Peer(Peer),
}

/// Messages of a stream, beside the one of a unary call.
pub const MORE: usize = 64;

/// A service with a layer, in the subscriber that the layer is for.
pub struct Added {
    pub who: Who,
    pub sampled: Sampled,
    pub unary: Work,
    pub stream: Work,
    within: Dispatch,
}

impl Added {
    fn new<L, B>(who: Who, sampled: Sampled, within: Dispatch, layer: L) -> Self
    where
        L: Layer<Answer>,
        L::Service: Service<Request<Body>, Response = Response<B>, Error = Infallible> + 'static,
        B: http_body::Body<Data = Bytes, Error = tonic::Status> + Send + 'static,
    {
        let work = |messages| {
            let mut service = layer.layer(Answer { messages });
            dispatcher::with_default(&within, || Work::new(move || send(&mut service)))
        };
        let (unary, stream) = (work(1), work(1 + MORE));
        Self {
            who,
            sampled,
            unary,
            stream,
            within,
        }
    }

    /// Both have their turn.
    pub fn turn(&mut self) {
        dispatcher::with_default(&self.within, || {
            self.unary.turn();
            self.stream.turn();
        });
    }
}

pub fn all(sampled: Sampled) -> Vec<Added> {
    let tracer = setting::tracer(sampled);
    let ours = |case, within, scope| {
        let layer = ServerLayer::new()
            .tracer(tracer.clone())
            .propagator(TraceContextPropagator::new())
            .scope(scope);
        Added::new(Who::Ours(case), sampled, within, layer)
    };
    let theirs = || setting::their_layer(tracer.clone());
    vec![
        Added::new(Who::Nothing, sampled, setting::nobody(), Nothing),
        ours(Case::Off, setting::nobody(), Scope::Off),
        ours(Case::LinkedNoLayer, setting::registry(), Scope::Linked),
        ours(
            Case::Linked,
            setting::our_layer(tracer.clone()),
            Scope::Linked,
        ),
        Added::new(
            Who::Peer(Peer::TonicTracing),
            sampled,
            theirs(),
            OtelGrpcLayer::default(),
        ),
        Added::new(
            Who::Peer(Peer::TowerOtel),
            sampled,
            theirs(),
            GrpcLayer::server(Level::INFO),
        ),
    ]
}
