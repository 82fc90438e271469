//! A counter that remembers a trace that has counted.

use std::sync::Arc;
use std::time::Instant;

use opentelemetry::trace::SpanContext;
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{Opts, Result};

use crate::clock::Moment;
use crate::counter::{Count, PLACE};
use crate::created::Created;
use crate::descriptor::Descriptor;
use crate::exemplar_options::ExemplarOptions;
use crate::family::{Metric, Series};
use crate::local_counter::LocalExemplarCounter;
use crate::session;
use crate::snapshot::Snapshot;

/// A counter that links to a recent trace: one series, alone or of an
/// [`ExemplarCounterVec`](crate::ExemplarCounterVec).
///
/// Name it `..._total`: OpenMetrics allows exemplars on no other counters. The exemplar's value is the
/// step that was counted. A step that is negative, infinite or NaN is not counted: a counter that goes
/// down looks like one that has been restarted. (`prometheus`'s own panics on a negative step in debug
/// builds, and counts it in others.)
///
/// Cloning gives another handle on the same series. Counting takes no lock and, but for a series' first
/// sampled step, allocates nothing; a new exemplar is taken once a second, and only from spans that are
/// sampled. [`ExemplarOptions`] change both.
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
        Self::with_options(opts, ExemplarOptions::new())
    }

    /// As [`new`](Self::new), and keeps exemplars as `exemplars` say.
    ///
    /// # Errors
    ///
    /// Those of [`new`](Self::new).
    pub fn with_options(opts: Opts, exemplars: ExemplarOptions) -> Result<Self> {
        let descriptor = Arc::new(Descriptor::new(&opts, &[], None)?);
        Ok(Self {
            series: Arc::new(Series {
                descriptor,
                values: Box::default(),
                metric: Count::new(&exemplars),
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
    ///
    /// [`Context::current`]: opentelemetry::Context::current
    #[inline]
    pub fn inc(&self) {
        self.inc_by(1.0);
    }

    /// Adds `step`, and links to the span of [`Context::current`] if that is sampled.
    ///
    /// No clock is asked but the coarse one, whose tick may be some milliseconds old.
    ///
    /// [`Context::current`]: opentelemetry::Context::current
    #[inline]
    pub fn inc_by(&self, step: f64) {
        let Count { total, exemplars } = &self.series.metric;
        if total.add(step) {
            exemplars.offer_current(PLACE, step);
        }
    }

    /// Adds `step`, and links to `span` if that is sampled.
    ///
    /// No clock is asked but the coarse one, whose tick may be some milliseconds old.
    #[inline]
    pub fn inc_with(&self, step: f64, span: &SpanContext) {
        let Count { total, exemplars } = &self.series.metric;
        if total.add(step) {
            exemplars.offer_now(PLACE, step, span);
        }
    }

    /// Adds `step`, and links to `span`, with more labels than its ids, if it is sampled.
    ///
    /// [`ExemplarHistogram::observe_with_labels`](crate::ExemplarHistogram::observe_with_labels) says which
    /// labels are kept.
    pub fn inc_with_labels(&self, step: f64, span: &SpanContext, labels: &[(&str, &str)]) {
        let Count { total, exemplars } = &self.series.metric;
        if total.add(step) {
            exemplars.offer_with_labels(PLACE, step, span, labels);
        }
    }

    /// Adds `step`, counted at `at`, and links to `span` if that is sampled.
    ///
    /// The fastest way for a caller that has just read the clock. The exemplar bears the wall-clock time
    /// of `at`, or one a millisecond after the last scrape if that came later.
    #[inline]
    pub fn inc_at(&self, step: f64, span: &SpanContext, at: Instant) {
        self.series.metric.add_at(step, span, Moment::of(at));
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

    /// Starts again from zero. Servers take it for a restart. The exemplar stays until the next one.
    pub fn reset(&self) {
        self.series.metric.total.reset();
    }

    /// A handle for one thread, which counts apart and adds it all up when it is flushed or dropped.
    #[must_use]
    pub fn local(&self) -> LocalExemplarCounter {
        LocalExemplarCounter::new(Arc::clone(&self.series))
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
