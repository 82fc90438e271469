//! A histogram's handle for one thread.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Instant;

use opentelemetry::trace::SpanContext;
use prometheus::local::{LocalHistogram, LocalMetric};

use crate::clock::Moment;
use crate::exemplar_histogram::ExemplarHistogram;
use crate::family::Series;
use crate::histogram::Histogram;
use crate::timer::ExemplarTimer;
use crate::waiting::Waiting;

/// An [`ExemplarHistogram`] for one thread: it counts apart, without any atomic, and adds it all up when
/// it is [flushed](Self::flush) or dropped.
///
/// Until then the counts are in no scrape. Of the measurements that wait, the one that the
/// [policy](crate::ExemplarPolicy) prefers becomes the bucket's exemplar at the flush, if its turn has come
/// by then.
///
/// ```
/// use prometheus::HistogramOpts;
/// use traceprop_metrics::ExemplarHistogram;
///
/// let duration = ExemplarHistogram::new(HistogramOpts::new("job_duration_seconds", "How long jobs take."))?;
/// let local = duration.local();
/// for _ in 0..1000 {
///     local.observe(0.1);
/// }
/// assert_eq!((local.get_sample_count(), duration.get_sample_count()), (1000, 0));
/// local.flush();
/// assert_eq!((local.get_sample_count(), duration.get_sample_count()), (0, 1000));
/// # Ok::<(), prometheus::Error>(())
/// ```
#[derive(Debug)]
pub struct LocalExemplarHistogram {
    series: Arc<Series<Histogram>>,
    buffer: RefCell<Buffer>,
}

#[derive(Debug)]
struct Buffer {
    counts: Counts,
    /// One for each bucket.
    waiting: Box<[Waiting]>,
}

#[derive(Debug)]
enum Counts {
    Own {
        /// Of each bucket alone.
        buckets: Box<[u64]>,
        count: u64,
        sum: f64,
    },
    /// Of a wrapped histogram: its own handle for one thread.
    Wrapped(LocalHistogram),
}

impl LocalExemplarHistogram {
    pub(crate) fn new(series: Arc<Series<Histogram>>) -> Self {
        let buckets = series.metric.bounds().len() + 1;
        let counts = match series.metric.wrapped() {
            Some(inner) => Counts::Wrapped(inner.local()),
            None => Counts::Own {
                buckets: vec![0; buckets].into(),
                count: 0,
                sum: 0.0,
            },
        };
        let waiting = (0..buckets).map(|_| Waiting::default()).collect();
        Self {
            series,
            buffer: RefCell::new(Buffer { counts, waiting }),
        }
    }

    pub(crate) fn series(&self) -> &Arc<Series<Histogram>> {
        &self.series
    }

    /// Counts `value`, to be linked to the span of `Context::current()` if that is sampled.
    ///
    /// NaN is not counted.
    #[inline]
    pub fn observe(&self, value: f64) {
        self.count(value, |waiting, metric, bucket| {
            waiting.offer_current(metric.exemplars(), bucket, value);
        });
    }

    /// Counts `value`, to be linked to `span` if that is sampled.
    #[inline]
    pub fn observe_with(&self, value: f64, span: &SpanContext) {
        self.count(value, |waiting, metric, bucket| {
            waiting.offer(metric.exemplars(), bucket, value, span, Moment::now());
        });
    }

    /// Counts `value`, measured at `at`, to be linked to `span` if that is sampled.
    #[inline]
    pub fn observe_at(&self, value: f64, span: &SpanContext, at: Instant) {
        self.count(value, |waiting, metric, bucket| {
            waiting.offer(metric.exemplars(), bucket, value, span, Moment::of(at));
        });
    }

    /// Counts `value`, to be linked to nothing.
    #[inline]
    pub fn observe_plain(&self, value: f64) {
        self.count(value, |_, _, _| {});
    }

    #[inline]
    fn count(&self, value: f64, offer: impl FnOnce(&mut Waiting, &Histogram, usize)) {
        let metric = &self.series.metric;
        let Some(bucket) = metric.bucket(value) else {
            return;
        };
        let buffer = &mut *self.buffer.borrow_mut();
        match &mut buffer.counts {
            Counts::Own {
                buckets,
                count,
                sum,
            } => {
                if let Some(alone) = buckets.get_mut(bucket) {
                    *alone += 1;
                    *count += 1;
                    *sum += value;
                }
            }
            Counts::Wrapped(inner) => inner.observe(value),
        }
        if let Some(waiting) = buffer.waiting.get_mut(bucket) {
            offer(waiting, metric, bucket);
        }
    }

    /// Starts a timer that observes the seconds until it is stopped or dropped, in the shared histogram.
    pub fn start_timer(&self) -> ExemplarTimer {
        ExemplarTimer::start(ExemplarHistogram::of(&self.series))
    }

    /// Observes the seconds that `f` takes, in the span that is current when it is done.
    pub fn observe_closure_duration<T>(&self, f: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = f();
        self.observe(start.elapsed().as_secs_f64());
        result
    }

    /// Adds what has been counted here to the shared histogram.
    pub fn flush(&self) {
        let metric = &self.series.metric;
        let buffer = &mut *self.buffer.borrow_mut();
        match &mut buffer.counts {
            Counts::Own {
                buckets,
                count,
                sum,
            } => {
                if *count == 0 {
                    return;
                }
                metric.count_all(buckets, *sum);
                buckets.fill(0);
                (*count, *sum) = (0, 0.0);
            }
            Counts::Wrapped(inner) => inner.flush(),
        }
        for (place, waiting) in buffer.waiting.iter_mut().enumerate() {
            waiting.flush(metric.exemplars(), place);
        }
    }

    /// Forgets what has been counted here since the last flush.
    pub fn clear(&self) {
        let buffer = &mut *self.buffer.borrow_mut();
        match &mut buffer.counts {
            Counts::Own {
                buckets,
                count,
                sum,
            } => {
                buckets.fill(0);
                (*count, *sum) = (0, 0.0);
            }
            Counts::Wrapped(inner) => inner.clear(),
        }
        buffer.waiting.iter_mut().for_each(Waiting::clear);
    }

    /// The sum of the values that wait here.
    #[must_use]
    pub fn get_sample_sum(&self) -> f64 {
        match &self.buffer.borrow().counts {
            Counts::Own { sum, .. } => *sum,
            Counts::Wrapped(inner) => inner.get_sample_sum(),
        }
    }

    /// How many values wait here.
    #[must_use]
    pub fn get_sample_count(&self) -> u64 {
        match &self.buffer.borrow().counts {
            Counts::Own { count, .. } => *count,
            Counts::Wrapped(inner) => inner.get_sample_count(),
        }
    }
}

/// Another handle on the same series, with nothing counted yet.
impl Clone for LocalExemplarHistogram {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.series))
    }
}

impl LocalMetric for LocalExemplarHistogram {
    fn flush(&self) {
        Self::flush(self);
    }
}

impl Drop for LocalExemplarHistogram {
    fn drop(&mut self) {
        self.flush();
    }
}
