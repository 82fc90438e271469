//! A measurement that waits, on one thread, until it is offered to all.

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt};

use crate::clock::Moment;
use crate::seqlock::Numbers;
use crate::slot::{Exemplars, numbers};

/// What a local handle will offer for one place when it is flushed.
///
/// It is counted first: a bucket never shows an exemplar that it does not count.
#[derive(Debug, Default)]
pub(crate) struct Waiting(Option<(Numbers, Moment)>);

impl Waiting {
    /// Waits if the place may be had, and nothing better waits for it.
    #[inline]
    pub(crate) fn offer(
        &mut self,
        exemplars: &Exemplars,
        place: usize,
        value: f64,
        span: &SpanContext,
        at: Moment,
    ) {
        if exemplars.filter().takes(span) && exemplars.is_open(place, value, at) {
            let new = numbers(value, span, at);
            if self.0.is_none_or(|(old, _)| exemplars.prefers(&new, &old)) {
                self.0 = Some((new, at));
            }
        }
    }

    /// The same, for a measurement that has just ended in the current span.
    #[inline]
    pub(crate) fn offer_current(&mut self, exemplars: &Exemplars, place: usize, value: f64) {
        let at = Moment::now();
        if exemplars.is_open(place, value, at) {
            Context::map_current(|context| {
                self.offer(exemplars, place, value, context.span().span_context(), at);
            });
        }
    }

    /// Offers what has waited.
    pub(crate) fn flush(&mut self, exemplars: &Exemplars, place: usize) {
        if let Some((numbers, at)) = self.0.take()
            && exemplars.is_open(place, numbers.value, at)
        {
            exemplars.store(place, &numbers, at, None);
        }
    }

    pub(crate) fn clear(&mut self) {
        self.0 = None;
    }
}
