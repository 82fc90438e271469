//! The metrics in an OpenTelemetry `Meter`.

use std::sync::Arc;

use opentelemetry::metrics::{Counter, Histogram, Meter, UpDownCounter};
use opentelemetry::{Key, KeyValue, StringValue, Value as AttributeValue};
use traceprop_core::call::Finished;

use super::backend::{Backend, Draft};
use super::metrics::{Metrics, recorder};
use super::value::Value;
use super::{HttpMeter, MessagingMeter, MeterError, RpcMeter};

/// Counts HTTP, gRPC and Kafka calls by the semantic conventions, with an OpenTelemetry `Meter`.
///
/// The instruments are those of the [module](crate::meter), with the conventions' names
/// (`http.server.request.duration`), units and advised buckets; an attribute that has no value is left
/// out. A view of the meter's provider may change each of them. The SDK for Rust keeps no exemplars, so
/// the link from a bucket to its trace is [`PrometheusRecorder`](crate::PrometheusRecorder)'s alone; a
/// pair of both is a `Recorder`, too.
///
/// Each measurement allocates a list of attributes, which the SDK takes no other way.
///
/// ```
/// use std::sync::Arc;
/// use opentelemetry::global;
/// use traceprop_core::call::Recorder;
/// use traceprop_metrics::{HttpMeter, OtelRecorder};
///
/// let everything = OtelRecorder::new(&global::meter("shop"))?;
/// let http = HttpMeter::new().body_sizes().build_otel(&global::meter("shop"))?;
/// let recorder: Arc<dyn Recorder> = http.into();
/// # let _ = (everything, recorder);
/// # Ok::<(), traceprop_metrics::MeterError>(())
/// ```
#[derive(Clone, Debug)]
pub struct OtelRecorder {
    metrics: Arc<Metrics<Otel>>,
}

impl OtelRecorder {
    /// Makes the metrics of every kind of call with `meter`.
    ///
    /// # Errors
    ///
    /// None today: the conventions' defaults are right, and a `Meter` refuses nothing.
    pub fn new(meter: &Meter) -> Result<Self, MeterError> {
        Metrics::all(&Otel::new(meter)).map(Self::of)
    }

    pub(super) fn of_http(meter: &Meter, settings: &HttpMeter) -> Result<Self, MeterError> {
        Metrics::of_http(&Otel::new(meter), settings).map(Self::of)
    }

    pub(super) fn of_rpc(meter: &Meter, settings: &RpcMeter) -> Result<Self, MeterError> {
        Metrics::of_rpc(&Otel::new(meter), settings).map(Self::of)
    }

    pub(super) fn of_messaging(
        meter: &Meter,
        settings: &MessagingMeter,
    ) -> Result<Self, MeterError> {
        Metrics::of_messaging(&Otel::new(meter), settings).map(Self::of)
    }

    fn of(metrics: Metrics<Otel>) -> Self {
        Self {
            metrics: Arc::new(metrics),
        }
    }
}

recorder!(OtelRecorder, metrics);

#[derive(Clone, Debug)]
pub(super) struct Otel {
    meter: Meter,
}

impl Otel {
    fn new(meter: &Meter) -> Self {
        Self {
            meter: meter.clone(),
        }
    }
}

/// An instrument, and the attributes of all its measurements.
#[derive(Debug)]
pub(super) struct Instrument<I> {
    inner: I,
    fixed: Vec<KeyValue>,
}

impl<I> Instrument<I> {
    fn new(inner: I, of: &Draft<'_>) -> Self {
        // Shared, so that a measurement counts a reference instead of copying text.
        let shared = |(name, value): &(String, String)| {
            let (name, value): (Arc<str>, Arc<str>) = (name.as_str().into(), value.as_str().into());
            KeyValue::new(Key::from(name), StringValue::from(value))
        };
        Self {
            inner,
            fixed: of.fixed.iter().map(shared).collect(),
        }
    }

    fn attributes<'a>(
        &self,
        values: impl Iterator<Item = (&'static str, Value<'a>)>,
    ) -> Vec<KeyValue> {
        let present =
            values.filter_map(|(key, value)| Some(KeyValue::new(key, value.attribute()?)));
        self.fixed.iter().cloned().chain(present).collect()
    }
}

impl Value<'_> {
    /// As an attribute has it: a number is a number, and an absent value is `None`.
    fn attribute(self) -> Option<AttributeValue> {
        Some(match self {
            Self::Absent | Self::Static("") | Self::Text("") => return None,
            Self::Static(text) => text.into(),
            Self::Shared(text) => Arc::clone(text).into(),
            Self::Text(text) => text.to_owned().into(),
            Self::Number(digits) => i64::from(digits.number()?).into(),
        })
    }
}

impl Backend for Otel {
    type Histogram = Instrument<Histogram<f64>>;
    type Counter = Instrument<Counter<u64>>;
    type Level = Instrument<UpDownCounter<i64>>;

    fn histogram(&self, of: Draft<'_>, buckets: &[f64]) -> Result<Self::Histogram, MeterError> {
        let builder = self.meter.f64_histogram(of.spec.name);
        let builder = builder
            .with_unit(of.spec.unit)
            .with_description(of.spec.help);
        let histogram = builder.with_boundaries(buckets.to_vec()).build();
        Ok(Instrument::new(histogram, &of))
    }

    fn counter(&self, of: Draft<'_>) -> Result<Self::Counter, MeterError> {
        let builder = self.meter.u64_counter(of.spec.name);
        let builder = builder
            .with_unit(of.spec.unit)
            .with_description(of.spec.help);
        Ok(Instrument::new(builder.build(), &of))
    }

    fn level(&self, of: Draft<'_>) -> Result<Self::Level, MeterError> {
        let builder = self.meter.i64_up_down_counter(of.spec.name);
        let builder = builder
            .with_unit(of.spec.unit)
            .with_description(of.spec.help);
        Ok(Instrument::new(builder.build(), &of))
    }

    fn observe<'a>(
        histogram: &Self::Histogram,
        value: f64,
        values: impl Iterator<Item = (&'static str, Value<'a>)>,
        _call: &Finished<'_>,
    ) {
        histogram.inner.record(value, &histogram.attributes(values));
    }

    fn add<'a>(
        counter: &Self::Counter,
        step: u64,
        values: impl Iterator<Item = (&'static str, Value<'a>)>,
        _call: &Finished<'_>,
    ) {
        counter.inner.add(step, &counter.attributes(values));
    }

    fn shift<'a>(
        level: &Self::Level,
        step: i64,
        values: impl Iterator<Item = (&'static str, Value<'a>)>,
    ) {
        level.inner.add(step, &level.attributes(values));
    }
}
