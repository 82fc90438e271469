//! Carries exemplars past `prometheus::Registry::gather`, whose model has no room for them.
//!
//! `gather` calls every collector on the caller's thread. While a session is open on it, a collector of
//! ours leaves what it has counted in the session and hands over a single stub metric. The stub's
//! timestamp is a token that says where to look; it goes through the registry's prefixing, labelling and
//! sorting unharmed. Without a session a collector hands over what any other would.

use std::cell::RefCell;
use std::sync::Arc;

use prometheus::Registry;
use prometheus::proto::{self, MetricFamily, MetricType};

use crate::counter::Count;
use crate::descriptor::Descriptor;
use crate::family::Series;
use crate::histogram::Histogram;
use crate::shards::Counts;
use crate::slot::Exemplar;

/// No clock shows this: three hundred million years ago.
const FIRST_TOKEN: i64 = i64::MIN + 1;

thread_local! {
    static OPEN: RefCell<Option<Vec<Snapshot>>> = const { RefCell::new(None) };
}

/// What one family has counted up to now.
#[derive(Debug)]
pub(crate) enum Snapshot {
    Histogram(Vec<HistogramPoint>),
    Counter(Vec<CounterPoint>),
}

#[derive(Debug)]
pub(crate) struct HistogramPoint {
    pub(crate) series: Arc<Series<Histogram>>,
    pub(crate) counts: Counts,
    /// One for each bucket, or none at all.
    pub(crate) exemplars: Vec<Option<Exemplar>>,
}

#[derive(Debug)]
pub(crate) struct CounterPoint {
    pub(crate) series: Arc<Series<Count>>,
    pub(crate) value: f64,
    pub(crate) exemplar: Option<Exemplar>,
}

impl Snapshot {
    fn is_empty(&self) -> bool {
        match self {
            Self::Histogram(points) => points.is_empty(),
            Self::Counter(points) => points.is_empty(),
        }
    }

    pub(crate) fn metric_type(&self) -> MetricType {
        match self {
            Self::Histogram(_) => MetricType::HISTOGRAM,
            Self::Counter(_) => MetricType::COUNTER,
        }
    }

    fn into_metrics(self) -> Vec<proto::Metric> {
        match self {
            Self::Histogram(points) => points
                .into_iter()
                .map(HistogramPoint::into_metric)
                .collect(),
            Self::Counter(points) => points.into_iter().map(CounterPoint::into_metric).collect(),
        }
    }
}

/// What was gathered, and what the collectors left beside it.
#[derive(Debug)]
pub(crate) struct Gathered {
    pub(crate) families: Vec<MetricFamily>,
    snapshots: Vec<Snapshot>,
}

impl Gathered {
    /// What `stub` stands for, or `None` if it stands for itself.
    pub(crate) fn snapshot(&self, stub: &proto::Metric) -> Option<&Snapshot> {
        let at = stub.timestamp_ms().checked_sub(FIRST_TOKEN)?;
        self.snapshots.get(usize::try_from(at).ok()?)
    }
}

/// Gathers `registry` within a session.
pub(crate) fn gather(registry: &Registry) -> Gathered {
    /// Puts back the session this one interrupts, also when a collector panics.
    struct Outer(Option<Vec<Snapshot>>);
    impl Drop for Outer {
        fn drop(&mut self) {
            OPEN.set(self.0.take());
        }
    }

    // A collector may itself encode another registry.
    let _outer = Outer(OPEN.replace(Some(Vec::new())));
    let families = registry.gather();
    Gathered {
        families,
        snapshots: OPEN.take().unwrap_or_default(),
    }
}

/// What `Collector::collect` returns: the stub in a session, the whole family outside.
pub(crate) fn collect(descriptor: &Descriptor, snapshot: Snapshot) -> Vec<MetricFamily> {
    let mut family = MetricFamily::default();
    family.set_name(descriptor.name().to_owned());
    family.set_help(descriptor.help().to_owned());
    family.set_field_type(snapshot.metric_type());
    family.set_metric(hand_over(snapshot).map_or_else(Snapshot::into_metrics, |stub| vec![stub]));
    vec![family]
}

/// Leaves `snapshot` in the open session; gives it back if none is open or there is nothing to show.
fn hand_over(snapshot: Snapshot) -> Result<proto::Metric, Snapshot> {
    OPEN.with_borrow_mut(|open| match open {
        Some(snapshots) if !snapshot.is_empty() => {
            let Ok(at) = i64::try_from(snapshots.len()) else {
                return Err(snapshot);
            };
            snapshots.push(snapshot);
            let mut stub = proto::Metric::default();
            stub.set_timestamp_ms(FIRST_TOKEN + at);
            Ok(stub)
        }
        _ => Err(snapshot),
    })
}

impl HistogramPoint {
    fn into_metric(self) -> proto::Metric {
        let mut cumulative = 0;
        // The model has no +Inf bucket: every encoder adds it from the count.
        let buckets = self
            .series
            .metric
            .bounds()
            .iter()
            .zip(&self.counts.buckets)
            .map(|(bound, count)| {
                cumulative += count;
                let mut bucket = proto::Bucket::default();
                bucket.set_upper_bound(*bound);
                bucket.set_cumulative_count(cumulative);
                bucket
            });
        let mut histogram = proto::Histogram::default();
        histogram.set_bucket(buckets.collect());
        histogram.set_sample_count(self.counts.buckets.iter().sum());
        histogram.set_sample_sum(self.counts.sum);
        let mut metric =
            proto::Metric::from_label(self.series.descriptor.label_pairs(&self.series.values));
        metric.set_histogram(histogram);
        metric
    }
}

impl CounterPoint {
    fn into_metric(self) -> proto::Metric {
        let mut counter = proto::Counter::default();
        counter.set_value(self.value);
        let mut metric =
            proto::Metric::from_label(self.series.descriptor.label_pairs(&self.series.values));
        metric.set_counter(counter);
        metric
    }
}
