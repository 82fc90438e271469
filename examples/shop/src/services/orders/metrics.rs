//! `/metrics`, with exemplars: plain metrics and traceprop's in one registry.

use std::sync::Arc;

use axum::Router;
use prometheus::Registry;
use traceprop_core::call::Recorder;
use traceprop_metrics::{MetricsService, PrometheusRecorder};

use crate::error::Result;

#[derive(Debug)]
pub(super) struct Metrics {
    registry: Registry,
    recorder: Arc<dyn Recorder>,
}

impl Metrics {
    pub(super) fn new() -> Result<Self> {
        let registry = Registry::new();
        let recorder = PrometheusRecorder::register(&registry)?;
        Ok(Self {
            registry,
            recorder: Arc::new(recorder),
        })
    }

    /// Who counts the calls of every adapter.
    pub(super) fn recorder(&self) -> Arc<dyn Recorder> {
        self.recorder.clone()
    }

    pub(super) fn routes(&self) -> Router {
        Router::new().route_service("/metrics", MetricsService::new(self.registry.clone()))
    }
}
