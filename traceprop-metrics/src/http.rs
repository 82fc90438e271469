//! Metrics of HTTP exchanges: <https://opentelemetry.io/docs/specs/semconv/http/http-metrics/>.

use opentelemetry::trace::SpanKind;
use prometheus::core::Collector;
use prometheus::{Opts, Result};
use traceprop_core::call::HttpFacts;

use crate::gauge_vec::LevelVec;
use crate::histogram_vec::ExemplarHistogramVec;
use crate::recorder::{Digits, End, collector, durations};

#[derive(Debug)]
pub(crate) struct HttpMetrics {
    server_duration: ExemplarHistogramVec,
    server_active: LevelVec,
    client_duration: ExemplarHistogramVec,
}

impl HttpMetrics {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self {
            server_duration: durations(
                "http_server_request_duration_seconds",
                "Duration of HTTP server requests.",
                &[
                    "http_request_method",
                    "url_scheme",
                    "http_route",
                    "http_response_status_code",
                    "network_protocol_version",
                    "error_type",
                ],
            )?,
            server_active: LevelVec::new(
                &Opts::new(
                    "http_server_active_requests",
                    "Number of active HTTP server requests.",
                ),
                &["http_request_method", "url_scheme"],
            )?,
            client_duration: durations(
                "http_client_request_duration_seconds",
                "Duration of HTTP client requests.",
                &[
                    "http_request_method",
                    "server_address",
                    "server_port",
                    "http_response_status_code",
                    "network_protocol_version",
                    "error_type",
                ],
            )?,
        })
    }

    pub(crate) fn collectors(&self) -> [Box<dyn Collector>; 3] {
        [
            collector(&self.server_duration),
            collector(&self.server_active),
            collector(&self.client_duration),
        ]
    }

    pub(crate) fn started(&self, kind: &SpanKind, facts: &HttpFacts) {
        if *kind == SpanKind::Server {
            self.server_active.add(&[facts.method, facts.scheme], 1);
        }
    }

    pub(crate) fn finished(&self, kind: &SpanKind, facts: &HttpFacts, end: &End<'_>) {
        let status = Digits::of(facts.status);
        let version = facts.protocol_version.unwrap_or_default();
        let error_type = end.outcome.error_type().unwrap_or_default();
        let seconds = end.duration.as_secs_f64();
        match kind {
            SpanKind::Server => {
                self.server_active.add(&[facts.method, facts.scheme], -1);
                let route = facts.route.as_deref().unwrap_or_default();
                let values = [
                    facts.method,
                    facts.scheme,
                    route,
                    status.as_str(),
                    version,
                    error_type,
                ];
                self.server_duration
                    .record(&values, seconds, end.span, end.at);
            }
            SpanKind::Client => {
                let address = facts.server_address.as_deref().unwrap_or_default();
                let port = Digits::of(facts.server_port);
                let values = [
                    facts.method,
                    address,
                    port.as_str(),
                    status.as_str(),
                    version,
                    error_type,
                ];
                self.client_duration
                    .record(&values, seconds, end.span, end.at);
            }
            SpanKind::Producer | SpanKind::Consumer | SpanKind::Internal => {}
        }
    }
}
