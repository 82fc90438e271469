//! Registries that nobody would write by hand.

use std::collections::HashMap;

use prometheus::core::{Collector, Desc};
use prometheus::proto::{self, MetricFamily, MetricType};
use prometheus::{HistogramOpts, Opts, Registry};
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use traceprop_metrics::{ExemplarCounterVec, ExemplarHistogramVec};

use super::span;

#[derive(Clone, Debug)]
pub(crate) struct Metric {
    kind: Kind,
    name: String,
    help: String,
    /// Label values and a measurement for each series, which may repeat.
    series: Vec<(String, String, f64)>,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    OurHistogram,
    OurCounter,
    Histogram,
    Counter,
    Gauge,
    Summary,
    Untyped,
}

/// Few names, so that they clash, and every suffix that OpenMetrics gives a meaning.
fn name() -> impl Strategy<Value = String> {
    let base = prop_oneof![
        Just("a"),
        Just("a_seconds"),
        Just("b:c"),
        Just("_"),
        Just("target")
    ];
    #[rustfmt::skip]
    let suffix = prop_oneof![
        Just(""), Just("_total"), Just("_created"), Just("_count"), Just("_sum"), Just("_bucket"), Just("_info"),
        Just("_total_total"), Just("_gcount"),
    ];
    (base, suffix).prop_map(|(base, suffix)| format!("{base}{suffix}"))
}

/// Any float, often one that is written in another way than the rest.
fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>(),
        0.0..1e7,
        Just(f64::NAN),
        Just(f64::INFINITY),
        Just(-1.0),
        Just(1e6)
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[\\\\\"\n#{}=, a]{0,6}", "\\PC{0,8}", any::<String>()]
}

pub(crate) fn metrics() -> impl Strategy<Value = Vec<Metric>> {
    #[rustfmt::skip]
    let kind = prop_oneof![
        Just(Kind::OurHistogram), Just(Kind::OurCounter), Just(Kind::Histogram), Just(Kind::Counter), Just(Kind::Gauge),
        Just(Kind::Summary), Just(Kind::Untyped),
    ];
    let series = vec((text(), text(), value()), 0..5);
    let metric = (kind, name(), text(), series).prop_map(|(kind, name, help, series)| Metric {
        kind,
        name,
        help,
        series,
    });
    vec(metric, 1..12)
}

/// A registry with all of `metrics` that it takes: of ours it refuses the second of a name.
pub(crate) fn registry(metrics: &[Metric]) -> Registry {
    let registry = Registry::new();
    for (n, metric) in metrics.iter().enumerate() {
        // A help must not be empty.
        let help = format!("H{}", metric.help);
        let _ = match metric.kind {
            Kind::OurHistogram => registry.register(Box::new(our_histogram(metric, &help))),
            Kind::OurCounter => registry.register(Box::new(our_counter(metric, &help))),
            _ => registry.register(Box::new(Raw::new(n, metric, &help))),
        };
    }
    registry
}

fn our_histogram(metric: &Metric, help: &str) -> ExemplarHistogramVec {
    let opts = HistogramOpts::new(&metric.name, help).buckets(vec![0.5, 1e6]);
    let ours = ExemplarHistogramVec::new(opts, &["x", "y"]).unwrap();
    for (n, (x, y, value)) in metric.series.iter().enumerate() {
        ours.with_label_values(&[x, y])
            .observe_with(*value, &span(n as u64 + 1));
    }
    ours
}

fn our_counter(metric: &Metric, help: &str) -> ExemplarCounterVec {
    let ours = ExemplarCounterVec::new(Opts::new(&metric.name, help), &["x", "y"]).unwrap();
    for (n, (x, y, value)) in metric.series.iter().enumerate() {
        ours.with_label_values(&[x, y])
            .inc_with(*value, &span(n as u64 + 1));
    }
    ours
}

/// A collector that says nothing of what it will hand over, so that families of one name come together.
struct Raw {
    desc: Desc,
    family: MetricFamily,
}

impl Raw {
    fn new(n: usize, metric: &Metric, help: &str) -> Self {
        let mut family = MetricFamily::default();
        family.set_name(metric.name.clone());
        family.set_help(help.to_owned());
        family.set_field_type(match metric.kind {
            Kind::Histogram => MetricType::HISTOGRAM,
            Kind::Counter => MetricType::COUNTER,
            Kind::Summary => MetricType::SUMMARY,
            Kind::Untyped => MetricType::UNTYPED,
            _ => MetricType::GAUGE,
        });
        let series = metric.series.iter();
        family.set_metric(
            series
                .map(|series| raw_series(metric.kind, series))
                .collect(),
        );
        Self {
            desc: Desc::new(format!("raw_{n}"), help.to_owned(), vec![], HashMap::new()).unwrap(),
            family,
        }
    }
}

fn raw_series(kind: Kind, (x, y, value): &(String, String, f64)) -> proto::Metric {
    let pair = |name: &str, value: &str| {
        let mut pair = proto::LabelPair::default();
        pair.set_name(name.to_owned());
        pair.set_value(value.to_owned());
        pair
    };
    let mut metric = proto::Metric::from_label(vec![pair("x", x), pair("y", y)]);
    match kind {
        Kind::Histogram => {
            let mut bucket = proto::Bucket::default();
            bucket.set_upper_bound(0.5);
            bucket.set_cumulative_count(3);
            let mut histogram = proto::Histogram::default();
            histogram.set_bucket(vec![bucket]);
            histogram.set_sample_count(7);
            histogram.set_sample_sum(*value);
            metric.set_histogram(histogram);
        }
        Kind::Counter => {
            let mut counter = proto::Counter::default();
            counter.set_value(*value);
            metric.set_counter(counter);
        }
        Kind::Summary => {
            let mut quantile = proto::Quantile::default();
            quantile.set_quantile(0.5);
            quantile.set_value(*value);
            let mut summary = proto::Summary::default();
            summary.set_quantile(vec![quantile]);
            summary.set_sample_count(7);
            summary.set_sample_sum(*value);
            metric.set_summary(summary);
        }
        _ => {
            let mut gauge = proto::Gauge::default();
            gauge.set_value(*value);
            metric.set_gauge(gauge);
        }
    }
    metric
}

impl Collector for Raw {
    fn desc(&self) -> Vec<&Desc> {
        vec![&self.desc]
    }

    fn collect(&self) -> Vec<MetricFamily> {
        vec![self.family.clone()]
    }
}
