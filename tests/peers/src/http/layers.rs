//! Ours in its three forms, and the peers.

use axum::Router;
use axum_tracing_opentelemetry::middleware::OtelAxumLayer;
use opentelemetry_instrumentation_tower::http::server::LayerBuilder;
use tower_otel::trace::HttpLayer;
use traceprop_core::call::Scope;
use traceprop_core::propagation::TraceContextPropagator;
use traceprop_http::ServerLayer;
use tracing::{Dispatch, Level, dispatcher};

use super::request::{Nothing, app, send};
use super::setting::{self, Sampled};
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
    InstrumentationTower,
    AxumTracing,
    TowerOtel,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Nothing,
    Ours(Case),
    Peer(Peer),
}

/// A router with a layer, in the subscriber that the layer is for.
pub struct Added {
    pub who: Who,
    pub sampled: Sampled,
    pub work: Work,
    within: Dispatch,
}

impl Added {
    fn new(who: Who, sampled: Sampled, within: Dispatch, mut app: Router) -> Self {
        let work = dispatcher::with_default(&within, || Work::new(move || send(&mut app)));
        Self {
            who,
            sampled,
            work,
            within,
        }
    }

    /// Has its turn.
    pub fn turn(&mut self) {
        dispatcher::with_default(&self.within, || self.work.turn());
    }
}

pub fn all(sampled: Sampled) -> Vec<Added> {
    let tracer = setting::tracer(sampled);
    let ours = |scope| {
        let layer = ServerLayer::new()
            .tracer(tracer.clone())
            .propagator(TraceContextPropagator::new())
            .scope(scope);
        app(layer)
    };
    let instrumentation_tower = LayerBuilder::builder()
        .with_metrics(false)
        .build()
        .expect("its defaults");
    let add = |who, within, app| Added::new(who, sampled, within, app);
    vec![
        add(Who::Nothing, setting::nobody(), app(Nothing)),
        add(Who::Ours(Case::Off), setting::nobody(), ours(Scope::Off)),
        add(
            Who::Ours(Case::LinkedNoLayer),
            setting::registry(),
            ours(Scope::Linked),
        ),
        add(
            Who::Ours(Case::Linked),
            setting::our_layer(tracer.clone()),
            ours(Scope::Linked),
        ),
        add(
            Who::Peer(Peer::InstrumentationTower),
            setting::nobody(),
            app(instrumentation_tower),
        ),
        add(
            Who::Peer(Peer::AxumTracing),
            setting::their_layer(tracer.clone()),
            app(OtelAxumLayer::default()),
        ),
        add(
            Who::Peer(Peer::TowerOtel),
            setting::their_layer(tracer.clone()),
            app(HttpLayer::server(Level::INFO)),
        ),
    ]
}
