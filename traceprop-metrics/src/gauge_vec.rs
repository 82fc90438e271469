//! How many of something there are just now, by label values.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering::Relaxed;

use prometheus::core::{Collector, Desc};
use prometheus::proto::{self, MetricFamily, MetricType};
use prometheus::{Opts, Result};

use crate::cache::cached;
use crate::descriptor::Descriptor;
use crate::family::{Family, Metric};
use crate::guard::Limits;

/// What one series counts with.
#[derive(Debug, Default)]
pub(crate) struct Level(AtomicI64);

cached!(Level);

impl Metric for Level {
    type Options = ();

    fn new((): &()) -> Self {
        Self::default()
    }
}

/// Gauges that go up and down by one, found by exact values as the histograms are.
#[derive(Clone, Debug)]
pub(crate) struct LevelVec {
    family: Arc<Family<Level>>,
}

impl LevelVec {
    pub(crate) fn new(opts: &Opts, label_names: &[&str]) -> Result<Self> {
        Ok(Self {
            family: Arc::new(Family::new(Descriptor::new(opts, label_names, None)?, ())),
        })
    }

    /// Sets the limits for series that are made from now on.
    pub(crate) fn limits(self, limits: &Limits) -> Self {
        self.family.limit(limits);
        self
    }

    /// Moves the level named by `values` by `step`.
    pub(crate) fn add(&self, values: &[&str], step: i64) {
        let moved = self
            .family
            .with(values, |series| series.metric.0.fetch_add(step, Relaxed));
        debug_assert!(
            moved.is_ok(),
            "{}: a value for each label",
            self.family.descriptor().name()
        );
    }
}

impl Collector for LevelVec {
    fn desc(&self) -> Vec<&Desc> {
        vec![self.family.descriptor().desc()]
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let descriptor = self.family.descriptor();
        let metrics = self.family.all().into_iter().map(|series| {
            let mut gauge = proto::Gauge::default();
            gauge.set_value(series.metric.0.load(Relaxed) as f64);
            let mut metric = proto::Metric::from_label(descriptor.label_pairs(&series.values));
            metric.set_gauge(gauge);
            metric
        });
        let mut family = MetricFamily::default();
        family.set_name(descriptor.name().to_owned());
        family.set_help(descriptor.help().to_owned());
        family.set_field_type(MetricType::GAUGE);
        family.set_metric(metrics.collect());
        vec![family]
    }
}
