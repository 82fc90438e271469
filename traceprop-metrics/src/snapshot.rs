//! What our collectors hand to a session, and what is read from it while a body is written.
//!
//! A snapshot holds the series themselves and none of their numbers: a body of any size needs room for
//! the numbers of one series. Another representation of a histogram, a native one for example, is another
//! variant here and another `Value` there.

use std::sync::Arc;

use prometheus::proto::MetricType;

use crate::counter::Count;
use crate::family::Series;
use crate::histogram::Histogram;
use crate::slot::Exemplar;

/// The series of one family, in the order in which they are written.
#[derive(Debug)]
pub(crate) enum Snapshot {
    Histogram(Vec<Arc<Series<Histogram>>>),
    Counter(Vec<Arc<Series<Count>>>),
}

impl Snapshot {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Histogram(series) => series.len(),
            Self::Counter(series) => series.len(),
        }
    }

    pub(crate) fn metric_type(&self) -> MetricType {
        match self {
            Self::Histogram(_) => MetricType::HISTOGRAM,
            Self::Counter(_) => MetricType::COUNTER,
        }
    }
}

/// What one histogram has counted up to one moment; the room is used again for the next one.
#[derive(Debug, Default)]
pub(crate) struct Buckets {
    /// Upper bounds, ascending; the last is +Inf.
    pub(crate) bounds: Vec<f64>,
    /// Cumulative, one for each bound.
    pub(crate) counts: Vec<u64>,
    /// One for each bound, or none at all.
    pub(crate) exemplars: Vec<Option<Exemplar>>,
    pub(crate) sum: f64,
}

impl Buckets {
    pub(crate) fn clear(&mut self) {
        self.bounds.clear();
        self.counts.clear();
        self.exemplars.clear();
        self.sum = 0.0;
    }

    /// Takes the observations of each bucket alone, and their sum.
    pub(crate) fn count(&mut self, alone: &[u64], sum: f64) {
        let mut total: u64 = 0;
        self.counts.extend(alone.iter().map(|count| {
            total = total.wrapping_add(*count);
            total
        }));
        self.sum = sum;
    }

    /// How many observations there are in all.
    pub(crate) fn total(&self) -> u64 {
        self.counts.last().copied().unwrap_or_default()
    }

    /// Bound, cumulative count and exemplar of each bucket.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (f64, u64, Option<&Exemplar>)> {
        let exemplars = self.exemplars.iter().map(Option::as_ref);
        self.bounds
            .iter()
            .zip(&self.counts)
            .zip(exemplars.chain(std::iter::repeat(None)))
            .map(|((bound, count), exemplar)| (*bound, *count, exemplar))
    }
}
