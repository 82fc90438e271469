//! A counter's handle for one thread.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Instant;

use opentelemetry::trace::SpanContext;
use prometheus::local::LocalMetric;

use crate::clock::Moment;
use crate::counter::{Count, PLACE};
use crate::family::Series;
use crate::slot::Exemplars;
use crate::total;
use crate::waiting::Waiting;

/// An [`ExemplarCounter`](crate::ExemplarCounter) for one thread: it counts apart, without any atomic, and
/// adds it all up when it is [flushed](Self::flush) or dropped.
///
/// Until then the steps are in no scrape. The last step of those that wait, or with
/// [`ExemplarPolicy::Slowest`](crate::ExemplarPolicy::Slowest) the greatest, becomes the exemplar at the
/// flush, if its turn has come by then.
///
/// ```
/// use prometheus::Opts;
/// use traceprop_metrics::ExemplarCounter;
///
/// let sent = ExemplarCounter::new(Opts::new("sent_total", "What was sent."))?;
/// let local = sent.local();
/// local.inc();
/// local.inc_by(2.0);
/// assert_eq!((local.get(), sent.get()), (3.0, 0.0));
/// drop(local);
/// assert_eq!(sent.get(), 3.0);
/// # Ok::<(), prometheus::Error>(())
/// ```
#[derive(Debug)]
pub struct LocalExemplarCounter {
    series: Arc<Series<Count>>,
    buffer: RefCell<Buffer>,
}

#[derive(Debug, Default)]
struct Buffer {
    steps: f64,
    waiting: Waiting,
}

impl LocalExemplarCounter {
    pub(crate) fn new(series: Arc<Series<Count>>) -> Self {
        Self {
            series,
            buffer: RefCell::default(),
        }
    }

    pub(crate) fn series(&self) -> &Arc<Series<Count>> {
        &self.series
    }

    /// Adds one, to be linked to the span of `Context::current()` if that is sampled.
    #[inline]
    pub fn inc(&self) {
        self.inc_by(1.0);
    }

    /// Adds `step`, to be linked to the span of `Context::current()` if that is sampled.
    ///
    /// A step that is negative, infinite or NaN is not counted.
    #[inline]
    pub fn inc_by(&self, step: f64) {
        self.add(step, |waiting, exemplars| {
            waiting.offer_current(exemplars, PLACE, step);
        });
    }

    /// Adds `step`, to be linked to `span` if that is sampled.
    #[inline]
    pub fn inc_with(&self, step: f64, span: &SpanContext) {
        self.add(step, |waiting, exemplars| {
            waiting.offer(exemplars, PLACE, step, span, Moment::now());
        });
    }

    /// Adds `step`, counted at `at`, to be linked to `span` if that is sampled.
    #[inline]
    pub fn inc_at(&self, step: f64, span: &SpanContext, at: Instant) {
        self.add(step, |waiting, exemplars| {
            waiting.offer(exemplars, PLACE, step, span, Moment::of(at));
        });
    }

    /// Adds `step`, to be linked to nothing.
    #[inline]
    pub fn inc_plain(&self, step: f64) {
        self.add(step, |_, _| {});
    }

    #[inline]
    fn add(&self, step: f64, offer: impl FnOnce(&mut Waiting, &Exemplars)) {
        if total::counts(step) {
            let buffer = &mut *self.buffer.borrow_mut();
            buffer.steps += step;
            offer(&mut buffer.waiting, &self.series.metric.exemplars);
        }
    }

    /// What waits here.
    #[must_use]
    pub fn get(&self) -> f64 {
        self.buffer.borrow().steps
    }

    /// Forgets what has been counted here since the last flush.
    pub fn reset(&self) {
        self.buffer.take();
    }

    /// Adds what has been counted here to the shared counter.
    pub fn flush(&self) {
        let Buffer { steps, mut waiting } = self.buffer.take();
        if steps > 0.0 && self.series.metric.total.add(steps) {
            waiting.flush(&self.series.metric.exemplars, PLACE);
        }
    }
}

/// Another handle on the same series, with nothing counted yet.
impl Clone for LocalExemplarCounter {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.series))
    }
}

impl LocalMetric for LocalExemplarCounter {
    fn flush(&self) {
        Self::flush(self);
    }
}

impl Drop for LocalExemplarCounter {
    fn drop(&mut self) {
        self.flush();
    }
}
