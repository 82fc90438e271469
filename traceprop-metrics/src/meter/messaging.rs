//! Metrics of messages: <https://opentelemetry.io/docs/specs/semconv/messaging/messaging-metrics/>.

use opentelemetry::trace::SpanKind;
use prometheus::Registry;
use traceprop_core::call::{Finished, MessagingFacts};
use traceprop_core::semconv as key;

use super::backend::Backend;
use super::metric::{self, Label, Maker, Metric, Row};
use super::settings::{Settings, setters};
use super::spec::Spec;
use super::value::{Digits, Value};
use super::{MeterError, PrometheusRecorder};

/// The metrics of Kafka messages, with settings; see the [module](crate::meter) for what they are.
///
/// ```
/// use prometheus::Registry;
/// use traceprop_metrics::MessagingMeter;
///
/// let registry = Registry::new();
/// let recorder = MessagingMeter::new().partition().register(&registry)?;
/// // Give it to `traceprop_kafka::ConsumerBuilder::recorder`.
/// # let _ = recorder;
/// # Ok::<(), traceprop_metrics::MeterError>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a meter counts once it is registered"]
pub struct MessagingMeter {
    settings: Settings,
    partition: bool,
}

impl MessagingMeter {
    /// The conventions' defaults: durations of sending and of processing, and messages of both.
    pub fn new() -> Self {
        Self::default()
    }

    setters!(settings);

    /// Adds `messaging_destination_partition_id`. Default: off, since there are as many series then as
    /// there are partitions, in every process; the conventions recommend it all the same.
    pub fn partition(mut self) -> Self {
        self.partition = true;
        self
    }

    /// Makes the metrics, and registers all of them or none.
    ///
    /// # Errors
    ///
    /// If a label or the buckets cannot be, or `registry` holds a metric of one of the names already.
    pub fn register(self, registry: &Registry) -> Result<PrometheusRecorder, MeterError> {
        self.build()?.registered(registry)
    }

    /// Makes the metrics; the recorder is their collector, too, to be registered.
    ///
    /// # Errors
    ///
    /// If a label or the buckets cannot be.
    pub fn build(self) -> Result<PrometheusRecorder, MeterError> {
        PrometheusRecorder::of_messaging(&self)
    }

    /// Makes the metrics with an OpenTelemetry `Meter`, by the conventions' own names.
    ///
    /// # Errors
    ///
    /// If a label or the buckets cannot be.
    #[cfg(feature = "otel")]
    pub fn build_otel(
        self,
        meter: &opentelemetry::metrics::Meter,
    ) -> Result<super::OtelRecorder, MeterError> {
        super::OtelRecorder::of_messaging(meter, &self)
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) enum MessagingLabel {
    OperationName,
    OperationType,
    System,
    Destination,
    Partition,
    ConsumerGroup,
    ErrorType,
}
use MessagingLabel::{
    ConsumerGroup, Destination, ErrorType, OperationName, OperationType, Partition, System,
};

impl Label for MessagingLabel {
    fn key(self) -> &'static str {
        match self {
            OperationName => key::MESSAGING_OPERATION_NAME,
            OperationType => key::MESSAGING_OPERATION_TYPE,
            System => key::MESSAGING_SYSTEM,
            Destination => key::MESSAGING_DESTINATION_NAME,
            Partition => key::MESSAGING_DESTINATION_PARTITION_ID,
            ConsumerGroup => key::MESSAGING_CONSUMER_GROUP_NAME,
            ErrorType => key::ERROR_TYPE,
        }
    }
}

/// One operation on messages.
struct Operation<'a> {
    facts: &'a MessagingFacts,
    error_type: Option<&'a str>,
    partition: Digits,
}

impl Row<MessagingLabel> for Operation<'_> {
    fn value(&self, label: MessagingLabel) -> Value<'_> {
        match label {
            OperationName => Value::Static(self.facts.operation),
            OperationType => Value::fixed(operation_type(self.facts.operation)),
            System => Value::Static(self.facts.system),
            Destination => Value::shared(self.facts.destination.as_ref()),
            // A string, by the conventions.
            Partition => Value::Text(self.partition.as_str()),
            ConsumerGroup => Value::shared(self.facts.consumer_group.as_ref()),
            ErrorType => Value::text(self.error_type),
        }
    }
}

/// The metrics of producers and consumers.
#[derive(Debug)]
pub(super) struct MessagingMetrics<B: Backend> {
    pub(super) operation: Metric<B::Histogram, MessagingLabel>,
    pub(super) process: Metric<B::Histogram, MessagingLabel>,
    pub(super) sent: Metric<B::Counter, MessagingLabel>,
    pub(super) consumed: Metric<B::Counter, MessagingLabel>,
}

impl<B: Backend> MessagingMetrics<B> {
    pub(super) fn new(backend: &B, meter: &MessagingMeter) -> Result<Self, MeterError> {
        let maker = Maker::new(backend, &meter.settings);
        let with = |more: &[MessagingLabel]| {
            let mut labels = vec![OperationName, System, Destination, ErrorType];
            labels.extend(more);
            labels.extend(meter.partition.then_some(Partition));
            labels
        };
        Ok(Self {
            operation: maker.durations(OPERATION, with(&[OperationType, ConsumerGroup]))?,
            process: maker.durations(PROCESS, with(&[ConsumerGroup]))?,
            sent: maker.counter(SENT, with(&[]))?,
            consumed: maker.counter(CONSUMED, with(&[ConsumerGroup]))?,
        })
    }

    pub(super) fn finished(&self, call: &Finished<'_>, facts: &MessagingFacts) {
        let row = Operation {
            facts,
            error_type: call.outcome.error_type(),
            partition: Digits::of(facts.partition.and_then(|it| u32::try_from(it).ok())),
        };
        let (duration, messages) = match call.kind {
            SpanKind::Consumer => (&self.process, Some(&self.consumed)),
            SpanKind::Producer => (&self.operation, Some(&self.sent)),
            // An adapter that reports polls says what they brought, and 0 where the messages were
            // processed, so that each is counted once.
            SpanKind::Client if operation_type(facts.operation) == Some("receive") => {
                (&self.operation, Some(&self.consumed))
            }
            SpanKind::Client => (&self.operation, None),
            SpanKind::Server | SpanKind::Internal => return,
        };
        metric::observe::<B, _>(duration, call.duration.as_secs_f64(), &row, call);
        if let Some(counter) = messages.filter(|_| facts.messages > 0) {
            metric::add::<B, _>(counter, facts.messages, &row, call);
        }
    }
}

/// `messaging.operation.type` of an `messaging.operation.name`.
fn operation_type(name: &str) -> Option<&'static str> {
    match name {
        "send" => Some("send"),
        "poll" => Some("receive"),
        "commit" => Some("settle"),
        "process" => Some("process"),
        _ => None,
    }
}

const OPERATION: Spec = Spec {
    name: "messaging.client.operation.duration",
    unit: "s",
    help: "Duration of messaging operation initiated by a producer or consumer client.",
};
const PROCESS: Spec = Spec {
    name: "messaging.process.duration",
    unit: "s",
    help: "Duration of processing operation.",
};
const SENT: Spec = Spec {
    name: "messaging.client.sent.messages",
    unit: "{message}",
    help: "Number of messages producer attempted to send to the broker.",
};
const CONSUMED: Spec = Spec {
    name: "messaging.client.consumed.messages",
    unit: "{message}",
    help: "Number of messages that were delivered to the application.",
};
