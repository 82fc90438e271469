//! Carries exemplars past `prometheus::Registry::gather`, whose model has no room for them.
//!
//! `gather` calls every collector on the caller's thread. While a session is open on it, a collector of
//! ours leaves its series in the session and hands over a single stub metric. The stub's timestamp is a
//! token that says where to look; it goes through the registry's prefixing, labelling and sorting
//! unharmed. Without a session a collector hands over what any other would.

use std::cell::RefCell;
use std::hash::{BuildHasher, RandomState};

use prometheus::Registry;
use prometheus::proto::{self, MetricFamily};

use crate::carrier;
use crate::counter::Count;
use crate::descriptor::Descriptor;
use crate::family::Series;
use crate::histogram::Histogram;
use crate::slot::Exemplar;
use crate::snapshot::{Buckets, Snapshot};

thread_local! {
    static OPEN: RefCell<Option<Session>> = const { RefCell::new(None) };
}

#[derive(Debug)]
struct Session {
    /// The token of the first snapshot.
    first: i64,
    snapshots: Vec<Snapshot>,
}

impl Session {
    /// Tokens are times that no clock shows, at least a hundred million years ago, and such as nobody can
    /// foresee: a collector that hands over a strange time takes nobody's snapshot.
    fn new() -> Self {
        let salt = RandomState::new().hash_one(0_u8) >> 2;
        Self {
            first: i64::MIN.saturating_add_unsigned(salt),
            snapshots: Vec::new(),
        }
    }
}

/// What was gathered, and what the collectors left beside it.
#[derive(Debug)]
pub(crate) struct Gathered {
    pub(crate) families: Vec<MetricFamily>,
    first: i64,
    snapshots: Vec<Option<Snapshot>>,
}

impl Gathered {
    /// Whether `metric` is a stub of ours.
    pub(crate) fn is_stub(&self, metric: &proto::Metric) -> bool {
        self.place(metric).is_some()
    }

    /// Takes what `stub` stands for; `None` if that was taken before.
    pub(crate) fn take(&mut self, stub: &proto::Metric) -> Option<Snapshot> {
        let place = self.place(stub)?;
        self.snapshots.get_mut(place)?.take()
    }

    fn place(&self, metric: &proto::Metric) -> Option<usize> {
        let place = metric.timestamp_ms().checked_sub(self.first)?;
        let place = usize::try_from(place).ok()?;
        (place < self.snapshots.len()).then_some(place)
    }
}

/// Gathers `registry` within a session.
pub(crate) fn gather(registry: &Registry) -> Gathered {
    /// Puts back the session this one interrupts, also when a collector panics.
    struct Outer(Option<Session>);
    impl Drop for Outer {
        fn drop(&mut self) {
            OPEN.set(self.0.take());
        }
    }

    // A collector may itself encode another registry.
    let _outer = Outer(OPEN.replace(Some(Session::new())));
    let families = registry.gather();
    let Session { first, snapshots } = OPEN.take().unwrap_or_else(Session::new);
    Gathered {
        families,
        first,
        snapshots: snapshots.into_iter().map(Some).collect(),
    }
}

/// What `Collector::collect` returns: the stub in a session, the whole family outside.
pub(crate) fn collect(descriptor: &Descriptor, snapshot: Snapshot) -> Vec<MetricFamily> {
    let mut family = MetricFamily::default();
    family.set_name(descriptor.name().to_owned());
    family.set_help(descriptor.help().to_owned());
    family.set_field_type(snapshot.metric_type());
    family.set_metric(
        hand_over(snapshot).map_or_else(|snapshot| metrics(&snapshot), |stub| vec![stub]),
    );
    vec![family]
}

/// Leaves `snapshot` in the open session; gives it back if none is open or there is nothing to show.
fn hand_over(snapshot: Snapshot) -> Result<proto::Metric, Snapshot> {
    OPEN.with_borrow_mut(|open| match open {
        Some(session) if snapshot.len() > 0 => {
            // No registry holds so many collectors that this would not fit, or reach another time.
            let place = session.snapshots.len() as u64;
            session.snapshots.push(snapshot);
            let mut stub = proto::Metric::default();
            stub.set_timestamp_ms(session.first.saturating_add_unsigned(place));
            Ok(stub)
        }
        _ => Err(snapshot),
    })
}

fn metrics(snapshot: &Snapshot) -> Vec<proto::Metric> {
    match snapshot {
        Snapshot::Histogram(all) => {
            let mut buckets = Buckets::default();
            let metric = |series: &_| histogram_metric(series, &mut buckets);
            all.iter().map(|series| &**series).map(metric).collect()
        }
        Snapshot::Counter(all) => {
            let metric = |series: &Series<Count>| {
                let (value, exemplar) = series.metric.read();
                counter_metric(series, value, exemplar.as_ref())
            };
            all.iter().map(|series| &**series).map(metric).collect()
        }
    }
}

fn histogram_metric(series: &Series<Histogram>, buckets: &mut Buckets) -> proto::Metric {
    series.metric.read(buckets);
    let bucket = |(bound, count, exemplar): (f64, u64, Option<&Exemplar>)| {
        let mut bucket = proto::Bucket::default();
        bucket.set_upper_bound(bound);
        bucket.set_cumulative_count(count);
        if let Some(exemplar) = exemplar {
            carrier::put_into_bucket(&mut bucket, exemplar);
        }
        bucket
    };
    // The model has no +Inf bucket: every encoder adds it from the count.
    let finite = buckets.iter().filter(|(bound, ..)| *bound != f64::INFINITY);
    let mut histogram = proto::Histogram::default();
    histogram.set_bucket(finite.map(bucket).collect());
    histogram.set_sample_count(buckets.total());
    histogram.set_sample_sum(buckets.sum);
    let mut metric = proto::Metric::from_label(series.descriptor.label_pairs(&series.values));
    metric.set_histogram(histogram);
    metric
}

fn counter_metric<M>(series: &Series<M>, value: f64, exemplar: Option<&Exemplar>) -> proto::Metric {
    let mut counter = proto::Counter::default();
    counter.set_value(value);
    if let Some(exemplar) = exemplar {
        carrier::put_into_counter(&mut counter, exemplar);
    }
    let mut metric = proto::Metric::from_label(series.descriptor.label_pairs(&series.values));
    metric.set_counter(counter);
    metric
}
