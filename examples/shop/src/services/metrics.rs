//! `/metrics`, with exemplars, on a port of its own: what strangers may ask is elsewhere.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use prometheus::Registry;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use traceprop_core::Telemetry;
use traceprop_core::call::Recorder;
use traceprop_metrics::{
    MetricsService, OpenMetricsEncoder, OverflowCounter, ProcessCollector, PrometheusRecorder,
    TargetInfo, TelemetryCollector, TokioCollector,
};

use super::METRICS;
use crate::error::{Explain, Result};

/// What one service counts.
#[derive(Debug)]
pub(super) struct Metrics {
    registry: Registry,
    recorder: Arc<dyn Recorder>,
    target: TargetInfo,
}

impl Metrics {
    /// The metrics say the same of the service as its spans do.
    pub(super) fn new(telemetry: &Telemetry) -> Result<Self> {
        let registry = Registry::new();
        let recorder = PrometheusRecorder::register(&registry)?;
        registry.register(Box::new(ProcessCollector::new()?))?;
        registry.register(Box::new(TokioCollector::new(Handle::current())?))?;
        // What is lost: spans on their way, and label values beyond their limits.
        registry.register(Box::new(TelemetryCollector::new(telemetry.health())?))?;
        registry.register(Box::new(OverflowCounter::new()))?;
        Ok(Self {
            registry,
            recorder: Arc::new(recorder),
            target: TargetInfo::from_attributes(telemetry.resource().iter()),
        })
    }

    /// Where a service puts metrics of its own.
    pub(super) fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Who counts the calls of every adapter.
    pub(super) fn recorder(&self) -> Arc<dyn Recorder> {
        self.recorder.clone()
    }

    /// Answers scrapes for as long as the runtime lives: the last of them sees what was drained.
    pub(super) async fn serve(&self, address: SocketAddr) -> Result<()> {
        let listener = TcpListener::bind(address)
            .await
            .explain(|| format!("cannot listen on {address}, set by --metrics or SHOP_METRICS"))?;
        // The parent waits for this line, too.
        println!("{METRICS} {}", listener.local_addr()?);
        let encoder = OpenMetricsEncoder::builder().target(self.target.clone());
        let metrics = MetricsService::new(self.registry.clone()).encoder(encoder.build()?);
        let app = Router::new().route_service("/metrics", metrics);
        tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, app).await {
                tracing::error!(%error, "nobody can scrape any more");
            }
        });
        Ok(())
    }
}
