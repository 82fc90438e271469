//! A counter that remembers a trace that has counted.

use std::sync::Arc;
use std::time::Instant;

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt};
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{Opts, Result};

use crate::cache::cached;
use crate::created::Created;
use crate::descriptor::Descriptor;
use crate::family::{Metric, Series};
use crate::session;
use crate::slot::{Exemplar, Slot, may_link};
use crate::snapshot::Snapshot;
use crate::total::Total;

/// What one series counts with.
#[derive(Debug, Default)]
pub(crate) struct Count {
    total: Total,
    slot: Slot,
}

cached!(Count);

impl Metric for Count {
    type Options = ();

    fn new((): &()) -> Self {
        Self::default()
    }
}

impl Count {
    /// Adds `step`, counted at `at` in `span`.
    #[inline]
    pub(crate) fn add_at(&self, step: f64, span: &SpanContext, at: Instant) {
        if self.total.add(step) && may_link(span) {
            self.slot.offer(step, span, at);
        }
    }

    /// What has been counted up to now, and the exemplar of a part of it.
    pub(crate) fn read(&self) -> (f64, Option<Exemplar>) {
        // The exemplar first: it was counted before it was offered.
        let exemplar = self.slot.load();
        (self.total.get(), exemplar)
    }
}

/// A counter that links to a recent trace: one series, alone or of an
/// [`ExemplarCounterVec`](crate::ExemplarCounterVec).
///
/// Name it `..._total`: OpenMetrics allows exemplars on no other counters. The exemplar's value is the
/// step that was counted. A step that is negative or not finite is not counted.
///
/// Cloning gives another handle on the same series. Counting takes no lock and allocates nothing; a
/// new exemplar is taken once a second at most, and only from spans that are sampled.
///
/// ```
/// use prometheus::{Opts, Registry};
/// use traceprop_metrics::{ExemplarCounter, OpenMetricsEncoder};
///
/// let registry = Registry::new();
/// let retries = ExemplarCounter::new(Opts::new("retries_total", "Calls made once more."))?;
/// registry.register(Box::new(retries.clone()))?;
///
/// retries.inc(); // Links to the span of `opentelemetry::Context::current()`, if sampled.
/// retries.inc_by(2.0);
///
/// assert_eq!(retries.get(), 3.0);
/// assert!(OpenMetricsEncoder::new().encode(&registry)?.contains("retries_total 3.0\n"));
/// # Ok::<(), prometheus::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ExemplarCounter {
    series: Arc<Series<Count>>,
}

impl ExemplarCounter {
    /// A counter of a single series, with the constant labels of `opts` at most.
    ///
    /// # Errors
    ///
    /// If the name or a label is invalid, or the help is empty.
    pub fn new(opts: Opts) -> Result<Self> {
        let descriptor = Arc::new(Descriptor::new(&opts, &[], None)?);
        Ok(Self {
            series: Arc::new(Series {
                descriptor,
                values: Box::default(),
                metric: Count::default(),
                created: Created::now(),
            }),
        })
    }

    pub(crate) fn of(series: &Arc<Series<Count>>) -> Self {
        Self {
            series: Arc::clone(series),
        }
    }

    /// Adds one, and links to the span of [`Context::current`] if that is sampled.
    #[inline]
    pub fn inc(&self) {
        self.inc_by(1.0);
    }

    /// Adds `step`, and links to the span of [`Context::current`] if that is sampled.
    ///
    /// The clock is asked only in a sampled span.
    #[inline]
    pub fn inc_by(&self, step: f64) {
        let Count { total, slot } = &self.series.metric;
        if total.add(step) {
            Context::map_current(|context| {
                let span = context.span();
                if may_link(span.span_context()) {
                    slot.offer(step, span.span_context(), Instant::now());
                }
            });
        }
    }

    /// Adds `step`, and links to `span` if that is sampled.
    ///
    /// The clock is asked only for a sampled span.
    #[inline]
    pub fn inc_with(&self, step: f64, span: &SpanContext) {
        let Count { total, slot } = &self.series.metric;
        if total.add(step) && may_link(span) {
            slot.offer(step, span, Instant::now());
        }
    }

    /// Adds `step`, counted at `at`, and links to `span` if that is sampled.
    ///
    /// The fastest way for a caller that has just read the clock: it is not asked again. The exemplar
    /// bears the wall-clock time of `at`.
    #[inline]
    pub fn inc_at(&self, step: f64, span: &SpanContext, at: Instant) {
        self.series.metric.add_at(step, span, at);
    }

    /// Adds `step`, and links to nothing.
    #[inline]
    pub fn inc_plain(&self, step: f64) {
        self.series.metric.total.add(step);
    }

    /// What has been counted so far.
    #[must_use]
    pub fn get(&self) -> f64 {
        self.series.metric.total.get()
    }
}

impl Collector for ExemplarCounter {
    fn desc(&self) -> Vec<&Desc> {
        vec![self.series.descriptor.desc()]
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let series = vec![Arc::clone(&self.series)];
        session::collect(&self.series.descriptor, Snapshot::Counter(series))
    }
}
