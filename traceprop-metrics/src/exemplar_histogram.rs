//! A histogram that remembers, for each bucket, a trace that fell into it.

use std::sync::Arc;
use std::time::Instant;

use opentelemetry::trace::SpanContext;
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{HistogramOpts, Result};

use crate::clock::Moment;
use crate::created::Created;
use crate::descriptor::Descriptor;
use crate::exemplar_options::ExemplarOptions;
use crate::family::{Metric, Series};
use crate::histogram::{Histogram, RESERVED, Shape};
use crate::local_histogram::LocalExemplarHistogram;
use crate::session;
use crate::snapshot::Snapshot;
use crate::timer::ExemplarTimer;
use crate::wrapped;

/// A histogram whose buckets each link to a recent trace: one series, alone or of an
/// [`ExemplarHistogramVec`](crate::ExemplarHistogramVec).
///
/// Cloning gives another handle on the same series. An observation takes no lock and, but for a
/// series' first sampled one, allocates nothing.
///
/// Each bucket takes a new exemplar once a second, for itself, so that the rare slow request is not
/// crowded out by the many fast ones: they are in another bucket. Only spans that are sampled are linked.
/// [`ExemplarOptions`] change both.
///
/// | value | is counted |
/// |---|---|
/// | NaN | nowhere: it is in no bucket, and would leave the sum NaN for ever |
/// | `+Inf` | in the bucket of `+Inf`; the sum is `+Inf` from then on |
/// | `-Inf` | in the first bucket; the sum is `-Inf` from then on, or NaN if it was `+Inf` |
/// | negative | in the bucket it belongs to; the sum may go down, which OpenMetrics forbids and [`OpenMetricsEncoder::strict`](crate::OpenMetricsEncoder::strict) leaves out |
///
/// ```
/// use prometheus::{HistogramOpts, Registry};
/// use traceprop_metrics::{ExemplarHistogram, OpenMetricsEncoder};
///
/// let registry = Registry::new();
/// let opts = HistogramOpts::new("job_duration_seconds", "How long jobs take.").buckets(vec![0.1, 1.0]);
/// let duration = ExemplarHistogram::new(opts)?;
/// registry.register(Box::new(duration.clone()))?;
///
/// duration.observe(0.25); // Links to the span of `opentelemetry::Context::current()`, if sampled.
///
/// let body = OpenMetricsEncoder::new().encode(&registry)?;
/// assert!(body.contains("job_duration_seconds_bucket{le=\"1.0\"} 1\n"));
/// # Ok::<(), prometheus::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ExemplarHistogram {
    series: Arc<Series<Histogram>>,
}

impl ExemplarHistogram {
    /// A histogram of a single series, with the constant labels of `opts` at most.
    ///
    /// Without buckets in `opts` it has [`prometheus::DEFAULT_BUCKETS`].
    ///
    /// # Errors
    ///
    /// If the name or a label is invalid or `le`, the help is empty, or the bounds do not ascend.
    pub fn new(opts: HistogramOpts) -> Result<Self> {
        Self::with_options(opts, ExemplarOptions::new())
    }

    /// As [`new`](Self::new), and keeps exemplars as `exemplars` say.
    ///
    /// # Errors
    ///
    /// Those of [`new`](Self::new).
    pub fn with_options(opts: HistogramOpts, exemplars: ExemplarOptions) -> Result<Self> {
        let descriptor = Descriptor::new(&opts.common_opts, &[], RESERVED)?;
        let metric = Histogram::new(&Shape::new(opts, exemplars)?);
        Ok(Self::alone(descriptor, metric))
    }

    /// Adds exemplars to a histogram that you already have, and keep.
    ///
    /// What is observed here is counted in `histogram`, and what others observe there is shown here: it is
    /// one and the same, with its name, labels, buckets and counts. A registry takes the one or the other.
    /// If `histogram` is registered, put the wrapper in its place, or its exemplars stay invisible:
    ///
    /// ```
    /// use prometheus::{Histogram, HistogramOpts, Registry};
    /// use traceprop_metrics::ExemplarHistogram;
    ///
    /// let registry = Registry::new();
    /// let theirs = Histogram::with_opts(HistogramOpts::new("job_duration_seconds", "How long jobs take."))?;
    /// registry.register(Box::new(theirs.clone()))?;
    ///
    /// let ours = ExemplarHistogram::wrap(theirs.clone())?;
    /// registry.unregister(Box::new(theirs.clone()))?;
    /// registry.register(Box::new(ours.clone()))?;
    ///
    /// theirs.observe(0.1);
    /// ours.observe(0.2);
    /// assert_eq!(theirs.get_sample_count(), 2);
    /// # Ok::<(), prometheus::Error>(())
    /// ```
    ///
    /// An observation costs what it costs there, and the search for the bucket twice. A whole
    /// `HistogramVec` cannot be wrapped: its series come and go unseen, so that a wrapper would go on
    /// counting in those that were removed. [`ExemplarHistogramVec`](crate::ExemplarHistogramVec) takes its
    /// place, with the same methods.
    ///
    /// # Errors
    ///
    /// If a label is not one that a histogram of ours may have.
    pub fn wrap(histogram: prometheus::Histogram) -> Result<Self> {
        Self::wrap_with_options(histogram, ExemplarOptions::new())
    }

    /// As [`wrap`](Self::wrap), and keeps exemplars as `exemplars` say.
    ///
    /// # Errors
    ///
    /// Those of [`wrap`](Self::wrap).
    pub fn wrap_with_options(
        histogram: prometheus::Histogram,
        exemplars: ExemplarOptions,
    ) -> Result<Self> {
        let descriptor = wrapped::descriptor(&histogram, RESERVED)?;
        let metric = Histogram::wrap(histogram, &exemplars)?;
        Ok(Self::alone(descriptor, metric))
    }

    fn alone(descriptor: Descriptor, metric: Histogram) -> Self {
        Self {
            series: Arc::new(Series {
                descriptor: Arc::new(descriptor),
                values: Box::default(),
                metric,
                created: Created::now(),
            }),
        }
    }

    pub(crate) fn of(series: &Arc<Series<Histogram>>) -> Self {
        Self {
            series: Arc::clone(series),
        }
    }

    /// Counts `value`, and links its bucket to the span of [`Context::current`] if that is sampled.
    ///
    /// No clock is asked but the coarse one, whose tick may be some milliseconds old.
    ///
    /// [`Context::current`]: opentelemetry::Context::current
    #[inline]
    pub fn observe(&self, value: f64) {
        let metric = &self.series.metric;
        if let Some(bucket) = metric.count(value) {
            metric.exemplars().offer_current(bucket, value);
        }
    }

    /// Counts `value`, and links its bucket to `span` if that is sampled.
    ///
    /// No clock is asked but the coarse one, whose tick may be some milliseconds old.
    #[inline]
    pub fn observe_with(&self, value: f64, span: &SpanContext) {
        let metric = &self.series.metric;
        if let Some(bucket) = metric.count(value) {
            metric.exemplars().offer_now(bucket, value, span);
        }
    }

    /// Counts `value`, and links its bucket to `span`, with more labels than its ids, if it is sampled.
    ///
    /// The labels are looked at only when the exemplar is stored, which then allocates. A name and its
    /// value that do not fit within what the ids leave of the 128 characters OpenMetrics allows, 65 as a
    /// rule, are left out and [counted](crate::dropped_exemplar_labels).
    ///
    /// ```
    /// use opentelemetry::trace::TraceContextExt;
    /// use opentelemetry::Context;
    /// use prometheus::HistogramOpts;
    /// use traceprop_metrics::ExemplarHistogram;
    ///
    /// let duration = ExemplarHistogram::new(HistogramOpts::new("job_duration_seconds", "How long jobs take."))?;
    /// let context = Context::current();
    /// duration.observe_with_labels(0.25, context.span().span_context(), &[("shard", "7")]);
    /// # Ok::<(), prometheus::Error>(())
    /// ```
    pub fn observe_with_labels(&self, value: f64, span: &SpanContext, labels: &[(&str, &str)]) {
        let metric = &self.series.metric;
        if let Some(bucket) = metric.count(value) {
            let exemplars = metric.exemplars();
            exemplars.offer_with_labels(bucket, value, span, labels);
        }
    }

    /// Counts `value`, measured at `at`, and links its bucket to `span` if that is sampled.
    ///
    /// The fastest way for a caller that has just read the clock. The exemplar bears the wall-clock time
    /// of `at`, or one a millisecond after the last scrape if that came later.
    #[inline]
    pub fn observe_at(&self, value: f64, span: &SpanContext, at: Instant) {
        self.series.metric.observe_at(value, span, Moment::of(at));
    }

    /// Counts `value`, and links to nothing.
    #[inline]
    pub fn observe_plain(&self, value: f64) {
        self.series.metric.count(value);
    }

    /// Starts a timer that observes the seconds until it is stopped or dropped.
    pub fn start_timer(&self) -> ExemplarTimer {
        ExemplarTimer::start(self.clone())
    }

    /// Observes the seconds that `f` takes, in the span that is current when it is done.
    ///
    /// If `f` panics nothing is observed.
    pub fn observe_closure_duration<T>(&self, f: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = f();
        self.observe_since(start);
        result
    }

    /// Observes the seconds since `start`, and gives them back.
    pub(crate) fn observe_since(&self, start: Instant) -> f64 {
        let end = Instant::now();
        let seconds = end.saturating_duration_since(start).as_secs_f64();
        let metric = &self.series.metric;
        if let Some(bucket) = metric.count(seconds) {
            let at = Moment::of(end);
            metric.exemplars().offer_current_at(bucket, seconds, at);
        }
        seconds
    }

    /// A handle for one thread, which counts apart and adds it all up when it is flushed or dropped.
    #[must_use]
    pub fn local(&self) -> LocalExemplarHistogram {
        LocalExemplarHistogram::new(Arc::clone(&self.series))
    }

    /// The sum of all values counted so far.
    #[must_use]
    pub fn get_sample_sum(&self) -> f64 {
        self.series.metric.counts().sum
    }

    /// How many values have been counted so far.
    #[must_use]
    pub fn get_sample_count(&self) -> u64 {
        self.series.metric.sample_count()
    }
}

impl Collector for ExemplarHistogram {
    fn desc(&self) -> Vec<&Desc> {
        vec![self.series.descriptor.desc()]
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let series = vec![Arc::clone(&self.series)];
        session::collect(&self.series.descriptor, Snapshot::Histogram(series))
    }
}
