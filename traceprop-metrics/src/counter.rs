//! What one series of a counter counts with.

use opentelemetry::trace::SpanContext;

use crate::cache::cached;
use crate::clock::Moment;
use crate::exemplar_options::ExemplarOptions;
use crate::family::Metric;
use crate::slot::{Exemplar, Exemplars};
use crate::total::Total;

/// The one place of a counter's exemplar.
pub(crate) const PLACE: usize = 0;

#[derive(Debug)]
pub(crate) struct Count {
    pub(crate) total: Total,
    pub(crate) exemplars: Exemplars,
}

cached!(Count);

impl Metric for Count {
    type Options = ExemplarOptions;

    fn new(exemplars: &Self::Options) -> Self {
        Self {
            total: Total::default(),
            exemplars: Exemplars::new(exemplars, PLACE + 1),
        }
    }
}

impl Count {
    /// Adds `step`, counted at `at` in `span`.
    #[inline]
    pub(crate) fn add_at(&self, step: f64, span: &SpanContext, at: Moment) {
        if self.total.add(step) {
            self.exemplars.offer(PLACE, step, span, at);
        }
    }

    /// What has been counted up to now, and the exemplar of a part of it.
    pub(crate) fn read(&self) -> (f64, Option<Exemplar>) {
        // The exemplar first: it was counted before it was offered.
        let exemplar = self.exemplars.load().next().flatten();
        (self.total.get(), exemplar)
    }
}
