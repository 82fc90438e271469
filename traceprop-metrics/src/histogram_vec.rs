//! Histograms by label values.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::time::Instant;

use opentelemetry::trace::SpanContext;
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{Error, HistogramOpts, Result};

use crate::by_name;
use crate::clock::Moment;
use crate::descriptor::Descriptor;
use crate::exemplar_histogram::ExemplarHistogram;
use crate::exemplar_options::ExemplarOptions;
use crate::family::Family;
use crate::guard::{Limits, Who};
use crate::histogram::{Histogram, RESERVED, Shape};
use crate::local_histogram_vec::LocalExemplarHistogramVec;
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
/// assert!(duration.remove_label_values(&["orders"]).is_ok());
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
        Self::with_options(opts, label_names, ExemplarOptions::new())
    }

    /// As [`new`](Self::new), and keeps exemplars as `exemplars` say.
    ///
    /// # Errors
    ///
    /// Those of [`new`](Self::new).
    pub fn with_options(
        opts: HistogramOpts,
        label_names: &[&str],
        exemplars: ExemplarOptions,
    ) -> Result<Self> {
        let descriptor = Descriptor::new(&opts.common_opts, label_names, RESERVED)?;
        Ok(Self {
            family: Arc::new(Family::new(descriptor, Shape::new(opts, exemplars)?)),
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

    /// The series with these values by label name; made at its first use.
    ///
    /// # Panics
    ///
    /// If the names are not those of the labels. See [`get_metric_with`](Self::get_metric_with).
    #[must_use]
    pub fn with<V: AsRef<str>, S: BuildHasher>(
        &self,
        labels: &HashMap<&str, V, S>,
    ) -> ExemplarHistogram {
        match self.get_metric_with(labels) {
            Ok(series) => series,
            Err(error) => panic!("{}: {error}", self.family.descriptor().name()),
        }
    }

    /// The series with these values by label name; made at its first use.
    ///
    /// Harder to get wrong than values in the right order, and slower.
    ///
    /// # Errors
    ///
    /// If the names are not those of the labels.
    pub fn get_metric_with<V: AsRef<str>, S: BuildHasher>(
        &self,
        labels: &HashMap<&str, V, S>,
    ) -> Result<ExemplarHistogram> {
        let values = by_name::values(self.family.descriptor().desc(), labels)?;
        self.get_metric_with_label_values(&values)
    }

    /// Removes the series with these values, in the order of the label names.
    ///
    /// Handles that are still held go on counting where nobody sees it.
    ///
    /// # Errors
    ///
    /// If there are not as many values as label names, or there is no such series.
    pub fn remove_label_values<V: AsRef<str>>(&self, values: &[V]) -> Result<()> {
        let (expect, got) = (self.family.descriptor().arity(), values.len());
        if expect != got {
            return Err(Error::InconsistentCardinality { expect, got });
        }
        if self.family.remove(values) {
            Ok(())
        } else {
            let name = self.family.descriptor().name();
            Err(Error::Msg(format!(
                "{name} has no series with these label values"
            )))
        }
    }

    /// Removes the series with these values by label name.
    ///
    /// # Errors
    ///
    /// If the names are not those of the labels, or there is no such series.
    pub fn remove<V: AsRef<str>, S: BuildHasher>(
        &self,
        labels: &HashMap<&str, V, S>,
    ) -> Result<()> {
        let values = by_name::values(self.family.descriptor().desc(), labels)?;
        self.remove_label_values(&values)
    }

    /// Removes every series.
    pub fn reset(&self) {
        self.family.reset();
    }

    /// Handles for one thread, which count apart and add it all up when they are flushed or dropped.
    #[must_use]
    pub fn local(&self) -> LocalExemplarHistogramVec {
        LocalExemplarHistogramVec::new(self.clone())
    }

    /// Observes without making a handle; what a recorder does for each call.
    pub(crate) fn record(&self, values: &[&str], value: f64, span: &SpanContext, at: Instant) {
        let counted = self.family.with_by(values, Who::Span(span, at), |series| {
            series.metric.observe_at(value, span, Moment::of(at));
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
