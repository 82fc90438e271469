//! Counts what the adapters report.

use std::sync::Arc;
use std::time::{Duration, Instant};

use opentelemetry::trace::{SpanContext, SpanKind};
use prometheus::core::Collector;
use prometheus::{HistogramOpts, Registry, Result};
use traceprop_core::call::{Facts, Finished, Outcome, Recorder, Started};

use crate::histogram_vec::ExemplarHistogramVec;
use crate::http::HttpMetrics;
use crate::messaging::MessagingMetrics;
use crate::rpc::RpcMetrics;

/// The bounds that the semantic conventions advise for durations, in seconds.
const BOUNDS: [f64; 14] = [
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
];

/// Metrics of HTTP, gRPC and Kafka calls, by the [semantic conventions] in Prometheus' spelling.
///
/// Give a clone to the adapters as their [`Recorder`]. A metric appears with the first call it counts.
///
/// | metric | labels |
/// |---|---|
/// | `http_server_request_duration_seconds` | `http_request_method`, `url_scheme`, `http_route`, `http_response_status_code`, `network_protocol_version`, `error_type` |
/// | `http_server_active_requests` | `http_request_method`, `url_scheme` |
/// | `http_client_request_duration_seconds` | `http_request_method`, `server_address`, `server_port`, `http_response_status_code`, `network_protocol_version`, `error_type` |
/// | `rpc_server_call_duration_seconds` | `rpc_system_name`, `rpc_method`, `rpc_response_status_code`, `error_type` |
/// | `rpc_client_call_duration_seconds` | the same, and `server_address`, `server_port` |
/// | `messaging_client_operation_duration_seconds` | `messaging_operation_name`, `messaging_operation_type`, `messaging_system`, `messaging_destination_name`, `messaging_consumer_group_name`, `error_type` |
/// | `messaging_process_duration_seconds` | the same without `messaging_operation_type` |
/// | `messaging_client_sent_messages_total` | `messaging_operation_name`, `messaging_system`, `messaging_destination_name`, `error_type` |
/// | `messaging_client_consumed_messages_total` | the same, and `messaging_consumer_group_name` |
///
/// A label whose value is not known is empty, which is the same as absent. Every metric but the gauge
/// links to the call's own span, at the time the call ended.
///
/// ```
/// use prometheus::Registry;
/// use traceprop_metrics::PrometheusRecorder;
///
/// let registry = Registry::new();
/// let recorder = PrometheusRecorder::register(&registry)?;
/// assert!(PrometheusRecorder::register(&registry).is_err(), "the names are taken");
/// # Ok::<(), prometheus::Error>(())
/// ```
///
/// [semantic conventions]: https://opentelemetry.io/docs/specs/semconv/general/metrics/
#[derive(Clone, Debug)]
pub struct PrometheusRecorder {
    metrics: Arc<Metrics>,
}

#[derive(Debug)]
struct Metrics {
    http: HttpMetrics,
    rpc: RpcMetrics,
    messaging: MessagingMetrics,
}

/// How a call ended, and where to look for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End<'a> {
    pub(crate) outcome: &'a Outcome,
    pub(crate) duration: Duration,
    pub(crate) at: Instant,
    pub(crate) span: &'a SpanContext,
}

impl PrometheusRecorder {
    /// Makes the metrics and registers all of them, or none.
    ///
    /// # Errors
    ///
    /// If `registry` already holds a metric of one of the names above.
    pub fn register(registry: &Registry) -> Result<Self> {
        let metrics = Metrics {
            http: HttpMetrics::new()?,
            rpc: RpcMetrics::new()?,
            messaging: MessagingMetrics::new()?,
        };
        let all = || {
            metrics
                .http
                .collectors()
                .into_iter()
                .chain(metrics.rpc.collectors())
                .chain(metrics.messaging.collectors())
        };
        for (registered, collector) in all().enumerate() {
            if let Err(error) = registry.register(collector) {
                // The first error is the one to tell; these were registered a moment ago.
                all()
                    .take(registered)
                    .for_each(|collector| _ = registry.unregister(collector));
                return Err(error);
            }
        }
        Ok(Self {
            metrics: Arc::new(metrics),
        })
    }

    fn record_start(&self, kind: &SpanKind, facts: &Facts) {
        if let Facts::Http(facts) = facts {
            self.metrics.http.started(kind, facts);
        }
    }

    fn record_end(&self, kind: &SpanKind, facts: &Facts, end: &End<'_>) {
        match facts {
            Facts::Http(facts) => self.metrics.http.finished(kind, facts, end),
            Facts::Rpc(facts) => self.metrics.rpc.finished(kind, facts, end),
            Facts::Messaging(facts) => self.metrics.messaging.finished(kind, facts, end),
            // The enum may grow; a family without metrics is counted nowhere.
            _ => {}
        }
    }
}

impl Recorder for PrometheusRecorder {
    fn started(&self, call: &Started<'_>) {
        self.record_start(call.kind, call.facts);
    }

    fn finished(&self, call: &Finished<'_>) {
        let end = End {
            outcome: call.outcome,
            duration: call.duration,
            at: call.ended,
            span: call.span_context,
        };
        self.record_end(call.kind, call.facts, &end);
    }
}

/// Makes a histogram of durations in seconds.
pub(crate) fn durations(name: &str, help: &str, labels: &[&str]) -> Result<ExemplarHistogramVec> {
    ExemplarHistogramVec::new(
        HistogramOpts::new(name, help).buckets(BOUNDS.to_vec()),
        labels,
    )
}

/// What a registry takes, of a clone that shares its series.
pub(crate) fn collector(metric: &(impl Collector + Clone + 'static)) -> Box<dyn Collector> {
    Box::new(metric.clone())
}

/// The decimal digits of a number, on the stack: label values are looked up as text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Digits {
    bytes: [u8; 5],
    start: usize,
}

impl Digits {
    /// Those of `number`, or none at all.
    pub(crate) fn of(number: Option<u16>) -> Self {
        let mut digits = Self {
            bytes: [0; 5],
            start: 5,
        };
        let Some(mut rest) = number else {
            return digits;
        };
        // A `u16` has five digits at most, so the array never ends first.
        for (at, byte) in digits.bytes.iter_mut().enumerate().rev() {
            *byte = b'0' + (rest % 10) as u8;
            digits.start = at;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        digits
    }

    pub(crate) fn as_str(&self) -> &str {
        self.bytes
            .get(self.start..)
            .and_then(|digits| str::from_utf8(digits).ok())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_every_length() {
        for number in [0, 9, 10, 200, 503, 8080, u16::MAX] {
            assert_eq!(Digits::of(Some(number)).as_str(), number.to_string());
        }
        assert_eq!(Digits::of(None).as_str(), "");
    }
}
