//! Metrics of remote procedure calls: <https://opentelemetry.io/docs/specs/semconv/rpc/rpc-metrics/>.

use opentelemetry::trace::SpanKind;
use prometheus::Result;
use prometheus::core::Collector;
use traceprop_core::call::RpcFacts;

use crate::histogram_vec::ExemplarHistogramVec;
use crate::recorder::{Digits, End, collector, durations};

/// `rpc.response.status_code` up to version 1.44 of the conventions.
const STATUS: &str = "rpc_response_status_code";

#[derive(Debug)]
pub(crate) struct RpcMetrics {
    server_duration: ExemplarHistogramVec,
    client_duration: ExemplarHistogramVec,
}

impl RpcMetrics {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self {
            server_duration: durations(
                "rpc_server_call_duration_seconds",
                "Duration of an incoming remote procedure call.",
                &["rpc_system_name", "rpc_method", STATUS, "error_type"],
            )?,
            client_duration: durations(
                "rpc_client_call_duration_seconds",
                "Duration of an outgoing remote procedure call.",
                &[
                    "rpc_system_name",
                    "rpc_method",
                    STATUS,
                    "error_type",
                    "server_address",
                    "server_port",
                ],
            )?,
        })
    }

    pub(crate) fn collectors(&self) -> [Box<dyn Collector>; 2] {
        [
            collector(&self.server_duration),
            collector(&self.client_duration),
        ]
    }

    pub(crate) fn finished(&self, kind: &SpanKind, facts: &RpcFacts, end: &End<'_>) {
        let status = facts.status.unwrap_or_default();
        let error_type = end.outcome.error_type().unwrap_or_default();
        let seconds = end.duration.as_secs_f64();
        match kind {
            SpanKind::Server => {
                let values = [facts.system, &facts.method, status, error_type];
                self.server_duration
                    .record(&values, seconds, end.span, end.at);
            }
            SpanKind::Client => {
                let address = facts.server_address.as_deref().unwrap_or_default();
                let port = Digits::of(facts.server_port);
                let values = [
                    facts.system,
                    &facts.method,
                    status,
                    error_type,
                    address,
                    port.as_str(),
                ];
                self.client_duration
                    .record(&values, seconds, end.span, end.at);
            }
            SpanKind::Producer | SpanKind::Consumer | SpanKind::Internal => {}
        }
    }
}
