//! Whether the traces themselves get through.

use std::sync::Arc;

use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{Opts, Result};
use traceprop_core::health::Health;

use crate::plain::Plain;

/// Shows what becomes of a process's spans, so that somebody can be told when they are lost.
///
/// The names are those of the conventions for [SDK metrics], in Prometheus' spelling. All series are
/// there from the start, at 0, so that an alert has something to compare with.
///
/// | metric | label | what |
/// |---|---|---|
/// | `otel_sdk_processor_span_processed_total` | `error_type` | spans that got to the exporter (empty), found the queue full (`queue_full`) or came after the shutdown (`already_shutdown`) |
/// | `otel_sdk_processor_span_queue_size` | | spans that wait |
/// | `otel_sdk_processor_span_queue_capacity` | | how many may |
/// | `otel_sdk_exporter_span_inflight` | | spans in exports under way |
/// | `otel_sdk_exporter_span_exported_total` | `error_type` | spans of exports that are over: sent (empty), not answered in time (`timeout`), after the shutdown (`already_shutdown`), failed another way (`_OTHER`) |
///
/// Any of these is an alert, the last one before anything is lost:
///
/// ```promql
/// sum(rate(otel_sdk_processor_span_processed_total{error_type!=""}[5m])) > 0
/// sum(rate(otel_sdk_exporter_span_exported_total{error_type!=""}[5m])) > 0
/// otel_sdk_processor_span_queue_size / otel_sdk_processor_span_queue_capacity > 0.8
/// ```
///
/// The counts are those of a [`Health`]: `traceprop_core::Telemetry::health` says what the SDK behind it
/// does not tell.
///
/// ```
/// use std::sync::Arc;
/// use prometheus::Registry;
/// use traceprop_core::health::Health;
/// use traceprop_metrics::{OpenMetricsEncoder, TelemetryCollector};
///
/// let health = Arc::new(Health::new(1)); // In a service: `telemetry.health()`.
/// let registry = Registry::new();
/// registry.register(Box::new(TelemetryCollector::new(health.clone())?))?;
///
/// assert!(health.reserve());
/// assert!(!health.reserve());
/// let body = OpenMetricsEncoder::new().encode(&registry)?;
/// assert!(body.contains("otel_sdk_processor_span_processed_total{error_type=\"queue_full\"} 1.0\n"));
/// # Ok::<(), prometheus::Error>(())
/// ```
///
/// [SDK metrics]: https://opentelemetry.io/docs/specs/semconv/otel/sdk-metrics/
#[derive(Debug)]
pub struct TelemetryCollector {
    health: Arc<Health>,
    processed: Plain,
    queue_size: Plain,
    queue_capacity: Plain,
    inflight: Plain,
    exported: Plain,
}

impl TelemetryCollector {
    /// A collector of what `health` counts, to be registered.
    ///
    /// # Errors
    ///
    /// None today: the names are valid.
    pub fn new(health: Arc<Health>) -> Result<Self> {
        let opts = |name: &str, help: &str| Opts::new(format!("otel_sdk_{name}"), help);
        let by_error = |opts: Opts| opts.variable_label("error_type");
        Ok(Self {
            health,
            processed: Plain::counter(by_error(opts(
                "processor_span_processed_total",
                "The number of spans for which the processing has finished, either successful or failed.",
            )))?,
            queue_size: Plain::gauge(opts(
                "processor_span_queue_size",
                "The number of spans in the queue of the span processor.",
            ))?,
            queue_capacity: Plain::gauge(opts(
                "processor_span_queue_capacity",
                "The maximum number of spans the queue of the span processor can hold.",
            ))?,
            inflight: Plain::gauge(opts(
                "exporter_span_inflight",
                "The number of spans which were passed to the exporter, but that have not been exported yet.",
            ))?,
            exported: Plain::counter(by_error(opts(
                "exporter_span_exported_total",
                "The number of spans for which the export has finished, either successful or failed.",
            )))?,
        })
    }
}

impl Collector for TelemetryCollector {
    fn desc(&self) -> Vec<&Desc> {
        let Self {
            health: _,
            processed,
            queue_size,
            queue_capacity,
            inflight,
            exported,
        } = self;
        [processed, queue_size, queue_capacity, inflight, exported]
            .map(Plain::desc)
            .to_vec()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let counts = self.health.counts();
        let handed_over = counts.exported + counts.unsent() + counts.sending;
        vec![
            self.processed.read([
                ("", handed_over as f64),
                ("already_shutdown", counts.refused as f64),
                ("queue_full", counts.queue_full as f64),
            ]),
            self.queue_size.read_one(Some(counts.queued as f64)),
            self.queue_capacity.read_one(Some(counts.capacity as f64)),
            self.inflight.read_one(Some(counts.sending as f64)),
            self.exported.read([
                ("", counts.exported as f64),
                ("_OTHER", counts.failed as f64),
                ("already_shutdown", counts.shut_down as f64),
                ("timeout", counts.timed_out as f64),
            ]),
        ]
    }
}
