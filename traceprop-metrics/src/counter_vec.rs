//! Counters by label values.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::time::Instant;

use opentelemetry::trace::SpanContext;
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{Error, Opts, Result};

use crate::by_name;
use crate::clock::Moment;
use crate::counter::Count;
use crate::descriptor::Descriptor;
use crate::exemplar_counter::ExemplarCounter;
use crate::exemplar_options::ExemplarOptions;
use crate::family::Family;
use crate::guard::{Limits, Who};
use crate::local_counter_vec::LocalExemplarCounterVec;
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
        Self::with_options(opts, label_names, ExemplarOptions::new())
    }

    /// As [`new`](Self::new), and keeps exemplars as `exemplars` say.
    ///
    /// # Errors
    ///
    /// Those of [`new`](Self::new).
    pub fn with_options(
        opts: Opts,
        label_names: &[&str],
        exemplars: ExemplarOptions,
    ) -> Result<Self> {
        let descriptor = Descriptor::new(&opts, label_names, None)?;
        Ok(Self {
            family: Arc::new(Family::new(descriptor, exemplars)),
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

    /// The series with these values by label name; made at its first use.
    ///
    /// # Panics
    ///
    /// If the names are not those of the labels. See [`get_metric_with`](Self::get_metric_with).
    #[must_use]
    pub fn with<V: AsRef<str>, S: BuildHasher>(
        &self,
        labels: &HashMap<&str, V, S>,
    ) -> ExemplarCounter {
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
    ) -> Result<ExemplarCounter> {
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

    /// The series with these values, if there is one.
    pub(crate) fn existing<V: AsRef<str>>(&self, values: &[V]) -> Option<ExemplarCounter> {
        self.family
            .existing(values)
            .map(|series| ExemplarCounter::of(&series))
    }

    /// Handles for one thread, which count apart and add it all up when they are flushed or dropped.
    #[must_use]
    pub fn local(&self) -> LocalExemplarCounterVec {
        LocalExemplarCounterVec::new(self.clone())
    }

    /// Adds `step` without making a handle; what a recorder does for each call.
    pub(crate) fn record(&self, values: &[&str], step: f64, span: &SpanContext, at: Instant) {
        let counted = self.family.with_by(values, Who::Span(span, at), |series| {
            series.metric.add_at(step, span, Moment::of(at));
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
