//! What one series of a histogram counts with.

use opentelemetry::trace::SpanContext;
use prometheus::{HistogramOpts, Result};

use crate::bounds::Bounds;
use crate::cache::cached;
use crate::clock::Moment;
use crate::exemplar_options::ExemplarOptions;
use crate::family::Metric;
use crate::shards::{Counts, Shards};
use crate::slot::Exemplars;
use crate::snapshot::Buckets;
use crate::wrapped;

/// The labels a histogram may not have: its buckets' own.
pub(crate) const RESERVED: Option<&str> = Some("le");

/// What all series of a family have in common.
#[derive(Debug)]
pub(crate) struct Shape {
    bounds: Bounds,
    exemplars: ExemplarOptions,
}

impl Shape {
    pub(crate) fn new(opts: HistogramOpts, exemplars: ExemplarOptions) -> Result<Self> {
        Ok(Self {
            bounds: Bounds::new(opts.buckets)?,
            exemplars,
        })
    }
}

#[derive(Debug)]
pub(crate) struct Histogram {
    bounds: Bounds,
    counts: Counting,
    /// One place more than bounds: the last is that of +Inf.
    exemplars: Exemplars,
}

#[derive(Debug)]
enum Counting {
    /// As many buckets as places.
    Own(Shards),
    Wrapped(prometheus::Histogram),
}

cached!(Histogram);

impl Metric for Histogram {
    type Options = Shape;

    fn new(shape: &Self::Options) -> Self {
        let buckets = shape.bounds.buckets();
        Self {
            bounds: shape.bounds.clone(),
            counts: Counting::Own(Shards::new(buckets)),
            exemplars: Exemplars::new(&shape.exemplars, buckets),
        }
    }
}

impl Histogram {
    /// Counts in `inner` as well as in nothing else.
    pub(crate) fn wrap(inner: prometheus::Histogram, exemplars: &ExemplarOptions) -> Result<Self> {
        let bounds = wrapped::bounds(&inner)?;
        Ok(Self {
            exemplars: Exemplars::new(exemplars, bounds.buckets()),
            bounds,
            counts: Counting::Wrapped(inner),
        })
    }

    pub(crate) fn wrapped(&self) -> Option<&prometheus::Histogram> {
        match &self.counts {
            Counting::Own(_) => None,
            Counting::Wrapped(inner) => Some(inner),
        }
    }

    pub(crate) fn bounds(&self) -> &[f64] {
        self.bounds.upper()
    }

    pub(crate) fn exemplars(&self) -> &Exemplars {
        &self.exemplars
    }

    /// The bucket of `value`; NaN is in none, and would spoil the sum for ever.
    #[inline]
    pub(crate) fn bucket(&self, value: f64) -> Option<usize> {
        self.bounds.bucket(value)
    }

    /// Counts `value` and says in which bucket.
    #[inline]
    pub(crate) fn count(&self, value: f64) -> Option<usize> {
        let bucket = self.bucket(value)?;
        self.count_in(bucket, value);
        Some(bucket)
    }

    #[inline]
    fn count_in(&self, bucket: usize, value: f64) {
        match &self.counts {
            Counting::Own(shards) => shards.observe(bucket, value),
            Counting::Wrapped(inner) => inner.observe(value),
        }
    }

    /// Counts what somebody has counted apart; only where the counts are our own.
    pub(crate) fn count_all(&self, buckets: &[u64], sum: f64) {
        if let Counting::Own(shards) = &self.counts {
            shards.observe_all(buckets, sum);
        }
    }

    /// Counts `value`, measured at `at` in `span`.
    #[inline]
    pub(crate) fn observe_at(&self, value: f64, span: &SpanContext, at: Moment) {
        let Some(bucket) = self.bucket(value) else {
            return;
        };
        // Looked at first, while the processor is free: counting keeps it waiting for its own writes.
        let open = self.exemplars.is_open(bucket, value, at);
        self.count_in(bucket, value);
        if open {
            self.exemplars.offer_past_gate(bucket, value, span, at);
        }
    }

    /// What has been counted up to now, in place of what `into` held.
    pub(crate) fn read(&self, into: &mut Buckets) {
        into.clear();
        into.bounds.extend_from_slice(self.bounds());
        into.bounds.push(f64::INFINITY);
        // Exemplars first: each was counted before it was offered, so no bucket shows one and counts none.
        into.exemplars.extend(self.exemplars.load());
        let counts = self.counts();
        into.count(&counts.buckets, counts.sum);
    }

    pub(crate) fn counts(&self) -> Counts {
        match &self.counts {
            Counting::Own(shards) => shards.read(),
            Counting::Wrapped(inner) => wrapped::counts(inner),
        }
    }

    pub(crate) fn sample_count(&self) -> u64 {
        match &self.counts {
            Counting::Own(shards) => shards.count(),
            Counting::Wrapped(inner) => inner.get_sample_count(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram(bounds: Vec<f64>) -> Histogram {
        let opts = HistogramOpts::new("h", "H.").buckets(bounds);
        Histogram::new(&Shape::new(opts, ExemplarOptions::new()).unwrap())
    }

    #[test]
    fn a_bound_is_inclusive_and_infinity_has_a_bucket() {
        const INF: f64 = f64::INFINITY;
        let histogram = histogram(vec![0.0, 1.0]);
        #[rustfmt::skip]
        let table = [
            (-INF, 0), (-1.0, 0), (-0.0, 0), (0.0, 0),
            (f64::MIN_POSITIVE, 1), (0.5, 1), (1.0, 1),
            (1.1, 2), (f64::MAX, 2), (INF, 2),
        ];
        for (value, bucket) in table {
            assert_eq!(histogram.count(value), Some(bucket), "{value}");
        }
        assert_eq!(histogram.count(f64::NAN), None);
        assert_eq!(histogram.counts().buckets, [4, 3, 3]);
        assert_eq!(histogram.sample_count(), 10);
    }
}
