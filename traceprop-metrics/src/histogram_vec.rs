//! Histograms by label values.

use std::sync::Arc;
use std::time::Instant;

use opentelemetry::trace::SpanContext;
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{HistogramOpts, Result};

use crate::bounds;
use crate::descriptor::Descriptor;
use crate::family::Family;
use crate::guard::{Limits, Who};
use crate::histogram::{ExemplarHistogram, Histogram, RESERVED};
use crate::session;
use crate::snapshot::Snapshot;

/// A family of [`ExemplarHistogram`]s that differ in the values of their labels.
///
/// Series are found by their exact values. (`prometheus::HistogramVec` finds them by a hash of the
/// values joined without a separator, so that `("1", "12")` and `("11", "2")` share a series there.)
/// A series that the calling thread has used lately is found without a lock and without allocating.
///
/// The number of series is limited, by default as [`Limits::new`] says: what is over a limit is counted
/// in a series whose labels are `_overflow`.
///
/// ```
/// use prometheus::{HistogramOpts, Registry};
/// use traceprop_metrics::ExemplarHistogramVec;
///
/// let registry = Registry::new();
/// let opts = HistogramOpts::new("query_duration_seconds", "How long queries take.");
/// let duration = ExemplarHistogramVec::new(opts, &["table"])?;
/// registry.register(Box::new(duration.clone()))?;
///
/// duration.with_label_values(&["orders"]).observe(0.012);
/// assert!(duration.remove(&["orders"]));
/// # Ok::<(), prometheus::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ExemplarHistogramVec {
    family: Arc<Family<Histogram>>,
}

impl ExemplarHistogramVec {
    /// A family with these label names, and no series yet.
    ///
    /// # Errors
    ///
    /// If the name or a label is invalid or `le`, a label is given twice, the help is empty, or the
    /// bounds do not ascend.
    pub fn new(opts: HistogramOpts, label_names: &[&str]) -> Result<Self> {
        let descriptor = Descriptor::new(&opts.common_opts, label_names, RESERVED)?;
        Ok(Self {
            family: Arc::new(Family::new(descriptor, bounds::check(opts.buckets)?)),
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
    pub fn with_label_values<V: AsRef<str>>(&self, values: &[V]) -> ExemplarHistogram {
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
    ) -> Result<ExemplarHistogram> {
        self.family.with(values, ExemplarHistogram::of)
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

    /// Observes without making a handle; what a recorder does for each call.
    pub(crate) fn record(&self, values: &[&str], value: f64, span: &SpanContext, at: Instant) {
        let counted = self.family.with_by(values, Who::Span(span, at), |series| {
            series.metric.observe_at(value, span, at);
        });
        debug_assert!(
            counted.is_ok(),
            "{}: a value for each label",
            self.family.descriptor().name()
        );
    }
}

impl Collector for ExemplarHistogramVec {
    fn desc(&self) -> Vec<&Desc> {
        vec![self.family.descriptor().desc()]
    }

    fn collect(&self) -> Vec<MetricFamily> {
        session::collect(
            self.family.descriptor(),
            Snapshot::Histogram(self.family.all()),
        )
    }
}
