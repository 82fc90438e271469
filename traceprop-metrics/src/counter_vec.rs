//! Counters by label values.

use std::sync::Arc;
use std::time::Instant;

use opentelemetry::trace::SpanContext;
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{Opts, Result};

use crate::counter::{Count, ExemplarCounter};
use crate::descriptor::Descriptor;
use crate::family::Family;
use crate::guard::{Limits, Who};
use crate::session;
use crate::snapshot::Snapshot;

/// A family of [`ExemplarCounter`]s that differ in the values of their labels.
///
/// Series are found by their exact values; one that the calling thread has used lately is found without
/// a lock and without allocating. Their number is limited, by default as [`Limits::new`] says: what is
/// over a limit is counted in a series whose labels are `_overflow`.
///
/// ```
/// use prometheus::{Opts, Registry};
/// use traceprop_metrics::ExemplarCounterVec;
///
/// let registry = Registry::new();
/// let failures = ExemplarCounterVec::new(Opts::new("failures_total", "What failed."), &["reason"])?;
/// registry.register(Box::new(failures.clone()))?;
///
/// failures.with_label_values(&["timeout"]).inc();
/// assert_eq!(failures.with_label_values(&["timeout"]).get(), 1.0);
/// # Ok::<(), prometheus::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ExemplarCounterVec {
    family: Arc<Family<Count>>,
}

impl ExemplarCounterVec {
    /// A family with these label names, and no series yet. Name it `..._total`.
    ///
    /// # Errors
    ///
    /// If the name or a label is invalid, a label is given twice, or the help is empty.
    pub fn new(opts: Opts, label_names: &[&str]) -> Result<Self> {
        Ok(Self {
            family: Arc::new(Family::new(Descriptor::new(&opts, label_names, None)?, ())),
        })
    }

    /// Sets the limits for series that are made from now on. Default: [`Limits::new`].
    #[must_use]
    pub fn limits(self, limits: &Limits) -> Self {
        self.family.limit(limits);
        self
    }

    /// The series with these values, in the order of the label names; made at its first use.
    ///
    /// Where [limits](Self::limits) leave no room for it, that is the series which stands in for it.
    /// Keep the handle where the values stay the same: that saves looking for it.
    ///
    /// # Panics
    ///
    /// If there are not as many values as label names. See
    /// [`get_metric_with_label_values`](Self::get_metric_with_label_values).
    #[must_use]
    pub fn with_label_values<V: AsRef<str>>(&self, values: &[V]) -> ExemplarCounter {
        match self.get_metric_with_label_values(values) {
            Ok(series) => series,
            Err(error) => panic!("{}: {error}", self.family.descriptor().name()),
        }
    }

    /// The series with these values, in the order of the label names; made at its first use.
    ///
    /// # Errors
    ///
    /// [`prometheus::Error::InconsistentCardinality`] if there are not as many values as label names.
    pub fn get_metric_with_label_values<V: AsRef<str>>(
        &self,
        values: &[V],
    ) -> Result<ExemplarCounter> {
        self.family.with(values, ExemplarCounter::of)
    }

    /// Removes the series with these values, and says whether there was one.
    ///
    /// Handles that are still held go on counting where nobody sees it.
    pub fn remove<V: AsRef<str>>(&self, values: &[V]) -> bool {
        self.family.remove(values)
    }

    /// Removes every series.
    pub fn reset(&self) {
        self.family.reset();
    }

    /// The series with these values, if there is one.
    pub(crate) fn existing<V: AsRef<str>>(&self, values: &[V]) -> Option<ExemplarCounter> {
        self.family
            .existing(values)
            .map(|series| ExemplarCounter::of(&series))
    }

    /// Adds `step` without making a handle; what a recorder does for each call.
    pub(crate) fn record(&self, values: &[&str], step: f64, span: &SpanContext, at: Instant) {
        let counted = self.family.with_by(values, Who::Span(span, at), |series| {
            series.metric.add_at(step, span, at);
        });
        debug_assert!(
            counted.is_ok(),
            "{}: a value for each label",
            self.family.descriptor().name()
        );
    }
}

impl Collector for ExemplarCounterVec {
    fn desc(&self) -> Vec<&Desc> {
        vec![self.family.descriptor().desc()]
    }

    fn collect(&self) -> Vec<MetricFamily> {
        session::collect(
            self.family.descriptor(),
            Snapshot::Counter(self.family.all()),
        )
    }
}
