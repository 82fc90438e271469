//! What a registry gathered, sorted into families and parts before the first byte is written.

use prometheus::proto::{self, MetricFamily, MetricType};

use super::names::{self, Shape};
use super::point::{Kind, is_name};
use super::reading;
use crate::session::Gathered;
use crate::snapshot::Snapshot;
use crate::target_info::TargetInfo;

/// A family that can be written, and how.
#[derive(Debug)]
pub(crate) struct Family {
    /// The name its samples have in text 0.0.4.
    pub(crate) name: String,
    pub(crate) help: String,
    pub(crate) kind: Kind,
    pub(crate) shape: Shape,
    metrics: Vec<proto::Metric>,
    /// What those metrics stand for that are stubs of ours, by their place. Seldom more than one.
    own: Vec<(usize, Snapshot)>,
}

impl Family {
    pub(super) fn metric(&self, at: usize) -> Option<&proto::Metric> {
        self.metrics.get(at)
    }

    pub(super) fn own(&self, at: usize) -> Option<&Snapshot> {
        let found = self.own.iter().find(|(place, _)| *place == at);
        found.map(|(_, snapshot)| snapshot)
    }

    /// Whether the metric at `at` is the one before it once more: a registry sorts them by their labels.
    pub(super) fn is_repeated(&self, at: usize) -> bool {
        let before = at.checked_sub(1).and_then(|before| self.metric(before));
        let (Some(before), Some(metric)) = (before, self.metric(at)) else {
            return false;
        };
        let later = before.timestamp_ms() != 0 && before.timestamp_ms() < metric.timestamp_ms();
        before.get_label() == metric.get_label() && !later
    }

    /// Whether ours is one of several sources, which may give the same series in any order.
    pub(super) fn is_mixed(&self) -> bool {
        !self.own.is_empty() && self.metrics.len() > 1
    }

    /// The values of a plain counter's series; ours never go down.
    pub(super) fn plain_counts(&self) -> impl Iterator<Item = f64> {
        let plain = |(at, metric): (usize, &proto::Metric)| {
            let is_plain = self.own(at).is_none();
            is_plain.then(|| reading::counter(metric.get_counter()))
        };
        self.metrics.iter().enumerate().filter_map(plain)
    }

    #[cfg(test)]
    pub(super) fn of_counts(name: &str, kind: Kind, counts: &[f64]) -> Self {
        let metric = |value: &f64| {
            let mut counter = proto::Counter::default();
            counter.set_value(*value);
            let mut metric = proto::Metric::default();
            metric.set_counter(counter);
            metric
        };
        Self {
            name: name.to_owned(),
            help: String::new(),
            kind,
            shape: Shape::Typed,
            metrics: counts.iter().map(metric).collect(),
            own: Vec::new(),
        }
    }
}

/// Every family that can be written: a custom collector may hand over anything, and one bad family must
/// not cost the scrape of all the others.
pub(super) fn families(gathered: Gathered, target: Option<&TargetInfo>) -> Vec<Family> {
    let mut gathered = gathered;
    let all = std::mem::take(&mut gathered.families);
    let mut families = Vec::with_capacity(all.len() + 1);
    if let Some(target) = target
        && all.iter().all(|family| family.name() != TargetInfo::NAME)
    {
        families.push(info(target));
    }
    families.extend(
        all.into_iter()
            .filter_map(|family| plan(&mut gathered, family)),
    );
    families
}

fn plan(gathered: &mut Gathered, mut family: MetricFamily) -> Option<Family> {
    let metric_type = family.get_field_type();
    let kind = match metric_type {
        MetricType::COUNTER => Kind::Counter,
        MetricType::GAUGE => Kind::Gauge,
        MetricType::HISTOGRAM => Kind::Histogram,
        MetricType::SUMMARY => Kind::Summary,
        // Nothing in `prometheus` makes one, and its model gives no common access to the value.
        MetricType::UNTYPED => return None,
    };
    if !is_name(family.name(), true) {
        return None;
    }
    let (mut metrics, mut own) = (Vec::new(), Vec::new());
    for metric in family.take_metric() {
        if gathered.is_stub(&metric) {
            // A registry puts families of one name together whatever their types. The first one's counts.
            let snapshot = gathered.take(&metric);
            let Some(snapshot) = snapshot.filter(|own| own.metric_type() == metric_type) else {
                continue;
            };
            own.push((metrics.len(), snapshot));
        }
        metrics.push(metric);
    }
    Some(Family {
        name: family.name().to_owned(),
        help: family.help().to_owned(),
        kind,
        shape: Shape::Typed,
        metrics,
        own,
    })
}

fn info(target: &TargetInfo) -> Family {
    let mut one = proto::Gauge::default();
    one.set_value(1.0);
    let mut metric = proto::Metric::from_label(target.label_pairs());
    metric.set_gauge(one);
    Family {
        name: TargetInfo::NAME.to_owned(),
        help: TargetInfo::HELP.to_owned(),
        kind: Kind::Info,
        shape: Shape::Typed,
        metrics: vec![metric],
        own: Vec::new(),
    }
}

/// Gives each family the shape that OpenMetrics allows it.
pub(super) fn shape(families: &mut [Family]) {
    let shapes = names::shapes(families);
    for (family, shape) in families.iter_mut().zip(shapes) {
        family.shape = shape;
    }
}
