//! The metrics in a `prometheus` registry.

use std::sync::Arc;

use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{HistogramOpts, Opts, Registry};
use traceprop_core::call::{Finished, Labels};

use super::backend::{Backend, Draft};
use super::metrics::{Metrics, recorder};
use super::spec::prometheus_label;
use super::value::Value;
use super::{HttpMeter, MessagingMeter, MeterError, RpcMeter};
use crate::counter_vec::ExemplarCounterVec;
use crate::gauge_vec::LevelVec;
use crate::histogram_vec::ExemplarHistogramVec;

/// Counts HTTP, gRPC and Kafka calls by the semantic conventions, in a `prometheus` registry.
///
/// Give a clone to the adapters as their `Recorder`. The [module](crate::meter) says which metrics there
/// are; this has all of them, with the conventions' defaults, and [`HttpMeter`], [`RpcMeter`] and
/// [`MessagingMeter`] make those of one kind of call with settings.
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
#[derive(Clone, Debug)]
pub struct PrometheusRecorder {
    metrics: Arc<Metrics<Prometheus>>,
}

impl PrometheusRecorder {
    /// Makes the metrics of every kind of call, and registers all of them or none.
    ///
    /// # Errors
    ///
    /// If `registry` already holds a metric of one of the names.
    pub fn register(registry: &Registry) -> prometheus::Result<Self> {
        Ok(Self::of(Metrics::all(&Prometheus)?).registered(registry)?)
    }

    pub(super) fn registered(self, registry: &Registry) -> Result<Self, MeterError> {
        registry.register(Box::new(self.clone()))?;
        Ok(self)
    }

    pub(super) fn of_http(meter: &HttpMeter) -> Result<Self, MeterError> {
        Ok(Self::of(Metrics::of_http(&Prometheus, meter)?))
    }

    pub(super) fn of_rpc(meter: &RpcMeter) -> Result<Self, MeterError> {
        Ok(Self::of(Metrics::of_rpc(&Prometheus, meter)?))
    }

    pub(super) fn of_messaging(meter: &MessagingMeter) -> Result<Self, MeterError> {
        Ok(Self::of(Metrics::of_messaging(&Prometheus, meter)?))
    }

    fn of(metrics: Metrics<Prometheus>) -> Self {
        Self {
            metrics: Arc::new(metrics),
        }
    }

    fn collectors(&self) -> Vec<&dyn Collector> {
        let Metrics {
            http,
            rpc,
            messaging,
            ..
        } = &*self.metrics;
        let mut all: Vec<&dyn Collector> = Vec::new();
        for side in http.iter().flat_map(|http| http.sides()) {
            all.push(side.duration.instrument());
            all.extend(
                side.active
                    .iter()
                    .map(|it| it.instrument() as &dyn Collector),
            );
            if let Some(sizes) = &side.sizes {
                all.push(sizes.request.instrument());
                all.push(sizes.response.instrument());
            }
        }
        if let Some(rpc) = rpc {
            all.push(rpc.server.instrument());
            all.push(rpc.client.instrument());
        }
        if let Some(messaging) = messaging {
            all.push(messaging.operation.instrument());
            all.push(messaging.process.instrument());
            all.push(messaging.sent.instrument());
            all.push(messaging.consumed.instrument());
        }
        all
    }
}

recorder!(PrometheusRecorder, metrics);

/// All its metrics are one collector, so that a registry takes all of them or none.
impl Collector for PrometheusRecorder {
    fn desc(&self) -> Vec<&Desc> {
        self.collectors()
            .into_iter()
            .flat_map(Collector::desc)
            .collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        self.collectors()
            .into_iter()
            .flat_map(Collector::collect)
            .collect()
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Prometheus;

impl Backend for Prometheus {
    type Histogram = ExemplarHistogramVec;
    type Counter = ExemplarCounterVec;
    type Level = LevelVec;

    fn histogram(&self, of: Draft<'_>, buckets: &[f64]) -> Result<Self::Histogram, MeterError> {
        let opts = HistogramOpts::from(opts(&of, "")).buckets(buckets.to_vec());
        Ok(ExemplarHistogramVec::new(opts, &names(&of.keys).each())?.limits(of.limits))
    }

    fn counter(&self, of: Draft<'_>) -> Result<Self::Counter, MeterError> {
        let names = names(&of.keys);
        Ok(ExemplarCounterVec::new(opts(&of, "_total"), &names.each())?.limits(of.limits))
    }

    fn level(&self, of: Draft<'_>) -> Result<Self::Level, MeterError> {
        Ok(LevelVec::new(&opts(&of, ""), &names(&of.keys).each())?.limits(of.limits))
    }

    fn observe<'a>(
        histogram: &Self::Histogram,
        value: f64,
        values: impl Iterator<Item = (&'static str, Value<'a>)>,
        call: &Finished<'_>,
    ) {
        by_texts(values, |texts| {
            histogram.record(texts, value, call.span_context, call.ended);
        });
    }

    fn add<'a>(
        counter: &Self::Counter,
        step: u64,
        values: impl Iterator<Item = (&'static str, Value<'a>)>,
        call: &Finished<'_>,
    ) {
        by_texts(values, |texts| {
            counter.record(texts, step as f64, call.span_context, call.ended);
        });
    }

    fn shift<'a>(
        level: &Self::Level,
        step: i64,
        values: impl Iterator<Item = (&'static str, Value<'a>)>,
    ) {
        by_texts(values, |texts| level.add(texts, step));
    }
}

fn opts(of: &Draft<'_>, suffix: &str) -> Opts {
    let mut opts = Opts::new(of.spec.prometheus_name() + suffix, of.spec.help);
    for (name, value) in of.fixed {
        opts = opts.const_label(prometheus_label(name), value);
    }
    opts
}

/// The labels' names, in the order of their keys.
struct Names(Vec<String>);

fn names(keys: &[&'static str]) -> Names {
    Names(keys.iter().map(|key| prometheus_label(key)).collect())
}

impl Names {
    fn each(&self) -> Vec<&str> {
        self.0.iter().map(String::as_str).collect()
    }
}

/// The conventions' labels with every opt-in are nine at most.
const MOST_LABELS: usize = 10 + Labels::MAX;

/// Looks a series up by its values, which are put together on the stack.
#[inline]
fn by_texts<'a>(
    values: impl Iterator<Item = (&'static str, Value<'a>)>,
    look_up: impl FnOnce(&[&'a str]),
) {
    let mut texts = [""; MOST_LABELS];
    let mut len = 0;
    for (text, (_, value)) in texts.iter_mut().zip(values) {
        *text = value.as_str();
        len += 1;
    }
    look_up(texts.get(..len).unwrap_or_default());
}
