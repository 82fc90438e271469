//! A histogram that remembers, for each bucket, a trace that fell into it.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt};
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{HistogramOpts, Result};

use crate::bounds;
use crate::cache::cached;
use crate::created::Created;
use crate::descriptor::Descriptor;
use crate::family::{Metric, Series};
use crate::session;
use crate::shards::Shards;
use crate::slot::{Slot, may_link};
use crate::snapshot::{Buckets, Snapshot};

/// What one series counts with.
#[derive(Debug)]
pub(crate) struct Histogram {
    /// Upper bounds, inclusive and ascending, without +Inf.
    bounds: Arc<[f64]>,
    /// One bucket more than bounds: the last is that of +Inf.
    shards: Shards,
    /// As many as buckets. A series that never sees a sampled span has none.
    slots: OnceLock<Box<[Slot]>>,
}

cached!(Histogram);

impl Metric for Histogram {
    type Options = Arc<[f64]>;

    fn new(bounds: &Self::Options) -> Self {
        Self {
            bounds: Arc::clone(bounds),
            shards: Shards::new(bounds.len() + 1),
            slots: OnceLock::new(),
        }
    }
}

impl Histogram {
    /// Counts `value` and says in which bucket; NaN is in none, and would spoil the sum for ever.
    #[inline]
    pub(crate) fn count(&self, value: f64) -> Option<usize> {
        if value.is_nan() {
            return None;
        }
        let bucket = self.bounds.partition_point(|bound| *bound < value);
        self.shards.observe(bucket, value);
        Some(bucket)
    }

    /// Counts `value`, measured at `at` in `span`.
    #[inline]
    pub(crate) fn observe_at(&self, value: f64, span: &SpanContext, at: Instant) {
        if let Some(bucket) = self.count(value)
            && may_link(span)
        {
            self.link(bucket, value, span, at);
        }
    }

    fn link(&self, bucket: usize, value: f64, span: &SpanContext, at: Instant) {
        let slots = self
            .slots
            .get_or_init(|| (0..=self.bounds.len()).map(|_| Slot::default()).collect());
        if let Some(slot) = slots.get(bucket) {
            slot.offer(value, span, at);
        }
    }

    /// What has been counted up to now, in place of what `into` held.
    pub(crate) fn read(&self, into: &mut Buckets) {
        into.clear();
        into.bounds.extend_from_slice(&self.bounds);
        into.bounds.push(f64::INFINITY);
        // Exemplars first: each was counted before it was offered, so no bucket shows one and counts none.
        if let Some(slots) = self.slots.get() {
            into.exemplars.extend(slots.iter().map(Slot::load));
        }
        let counts = self.shards.read();
        into.count(&counts.buckets, counts.sum);
    }
}

/// The labels a histogram may not have: its buckets' own.
pub(crate) const RESERVED: Option<&str> = Some("le");

/// A histogram whose buckets each link to a recent trace: one series, alone or of an
/// [`ExemplarHistogramVec`](crate::ExemplarHistogramVec).
///
/// Cloning gives another handle on the same series. An observation takes no lock and, but for a
/// series' first sampled one, allocates nothing. NaN is not counted.
///
/// A bucket takes a new exemplar once a second at most, so that the rare slow request is not crowded
/// out by the many fast ones: they are in another bucket. Only spans that are sampled are linked.
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
        let descriptor = Arc::new(Descriptor::new(&opts.common_opts, &[], RESERVED)?);
        let metric = Histogram::new(&bounds::check(opts.buckets)?);
        Ok(Self {
            series: Arc::new(Series {
                descriptor,
                values: Box::default(),
                metric,
                created: Created::now(),
            }),
        })
    }

    pub(crate) fn of(series: &Arc<Series<Histogram>>) -> Self {
        Self {
            series: Arc::clone(series),
        }
    }

    /// Counts `value`, and links its bucket to the span of [`Context::current`] if that is sampled.
    ///
    /// The clock is asked only in a sampled span.
    #[inline]
    pub fn observe(&self, value: f64) {
        let metric = &self.series.metric;
        let Some(bucket) = metric.count(value) else {
            return;
        };
        Context::map_current(|context| {
            let span = context.span();
            if may_link(span.span_context()) {
                metric.link(bucket, value, span.span_context(), Instant::now());
            }
        });
    }

    /// Counts `value`, and links its bucket to `span` if that is sampled.
    ///
    /// The clock is asked only for a sampled span.
    #[inline]
    pub fn observe_with(&self, value: f64, span: &SpanContext) {
        let metric = &self.series.metric;
        if let Some(bucket) = metric.count(value)
            && may_link(span)
        {
            metric.link(bucket, value, span, Instant::now());
        }
    }

    /// Counts `value`, measured at `at`, and links its bucket to `span` if that is sampled.
    ///
    /// The fastest way for a caller that has just read the clock: it is not asked again. The exemplar
    /// bears the wall-clock time of `at`.
    #[inline]
    pub fn observe_at(&self, value: f64, span: &SpanContext, at: Instant) {
        self.series.metric.observe_at(value, span, at);
    }

    /// Counts `value`, and links to nothing.
    #[inline]
    pub fn observe_plain(&self, value: f64) {
        self.series.metric.count(value);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_inclusive_and_infinity_has_a_bucket() {
        let histogram = Histogram::new(&bounds::check(vec![0.0, 1.0]).unwrap());
        for (value, bucket) in [
            (-1.0, 0),
            (0.0, 0),
            (0.5, 1),
            (1.0, 1),
            (1.1, 2),
            (f64::INFINITY, 2),
        ] {
            assert_eq!(histogram.count(value), Some(bucket), "{value}");
        }
        assert_eq!(histogram.count(f64::NAN), None);
        assert_eq!(histogram.shards.read().buckets, [2, 2, 2]);
    }

    #[test]
    fn slots_are_made_for_the_first_sampled_span_only() {
        let histogram = Histogram::new(&bounds::check(vec![1.0]).unwrap());
        histogram.observe_at(0.5, &SpanContext::empty_context(), Instant::now());
        assert!(histogram.slots.get().is_none());
    }
}
