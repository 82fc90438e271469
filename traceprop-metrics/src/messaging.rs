//! Metrics of messages: <https://opentelemetry.io/docs/specs/semconv/messaging/messaging-metrics/>.

use opentelemetry::trace::SpanKind;
use prometheus::core::Collector;
use prometheus::{Opts, Result};
use traceprop_core::call::MessagingFacts;

use crate::counter_vec::ExemplarCounterVec;
use crate::histogram_vec::ExemplarHistogramVec;
use crate::recorder::{End, collector, durations};

#[derive(Debug)]
pub(crate) struct MessagingMetrics {
    operation_duration: ExemplarHistogramVec,
    process_duration: ExemplarHistogramVec,
    sent: ExemplarCounterVec,
    consumed: ExemplarCounterVec,
}

impl MessagingMetrics {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self {
            operation_duration: durations(
                "messaging_client_operation_duration_seconds",
                "Duration of messaging operation initiated by a producer or consumer client.",
                &[
                    "messaging_operation_name",
                    "messaging_operation_type",
                    "messaging_system",
                    "messaging_destination_name",
                    "messaging_consumer_group_name",
                    "error_type",
                ],
            )?,
            process_duration: durations(
                "messaging_process_duration_seconds",
                "Duration of processing operation.",
                &[
                    "messaging_operation_name",
                    "messaging_system",
                    "messaging_destination_name",
                    "messaging_consumer_group_name",
                    "error_type",
                ],
            )?,
            sent: ExemplarCounterVec::new(
                Opts::new(
                    "messaging_client_sent_messages_total",
                    "Number of messages producer attempted to send to the broker.",
                ),
                &[
                    "messaging_operation_name",
                    "messaging_system",
                    "messaging_destination_name",
                    "error_type",
                ],
            )?,
            consumed: ExemplarCounterVec::new(
                Opts::new(
                    "messaging_client_consumed_messages_total",
                    "Number of messages that were delivered to the application.",
                ),
                &[
                    "messaging_operation_name",
                    "messaging_system",
                    "messaging_destination_name",
                    "messaging_consumer_group_name",
                    "error_type",
                ],
            )?,
        })
    }

    pub(crate) fn collectors(&self) -> [Box<dyn Collector>; 4] {
        [
            collector(&self.operation_duration),
            collector(&self.process_duration),
            collector(&self.sent),
            collector(&self.consumed),
        ]
    }

    pub(crate) fn finished(&self, kind: &SpanKind, facts: &MessagingFacts, end: &End<'_>) {
        let MessagingFacts {
            system,
            operation,
            destination,
            consumer_group,
            ..
        } = facts;
        let destination = destination.as_deref().unwrap_or_default();
        let group = consumer_group.as_deref().unwrap_or_default();
        let error_type = end.outcome.error_type().unwrap_or_default();
        let seconds = end.duration.as_secs_f64();
        match kind {
            // A message is counted where it is delivered to the application, and only there: a poll may
            // bring many or none.
            SpanKind::Consumer => {
                let values = [operation, system, destination, group, error_type];
                self.process_duration
                    .record(&values, seconds, end.span, end.at);
                self.consumed.record(&values, 1.0, end.span, end.at);
            }
            SpanKind::Producer | SpanKind::Client => {
                let values = [
                    operation,
                    operation_type(operation),
                    system,
                    destination,
                    group,
                    error_type,
                ];
                self.operation_duration
                    .record(&values, seconds, end.span, end.at);
                if *kind == SpanKind::Producer {
                    self.sent.record(
                        &[operation, system, destination, error_type],
                        1.0,
                        end.span,
                        end.at,
                    );
                }
            }
            SpanKind::Server | SpanKind::Internal => {}
        }
    }
}

/// `messaging.operation.type` of an `messaging.operation.name`.
fn operation_type(name: &str) -> &'static str {
    match name {
        "send" => "send",
        "poll" => "receive",
        "commit" => "settle",
        "process" => "process",
        _ => "",
    }
}
