//! What a registry gathered, ours and plain metrics alike, in one shape that can be written.

use std::collections::HashSet;

use prometheus::proto::{self, LabelPair, MetricFamily, MetricType};

use super::reading;
use crate::session::{CounterPoint, Gathered, HistogramPoint, Snapshot};
use crate::slot::Exemplar;

#[derive(Debug)]
pub(super) struct Family<'a> {
    pub(super) name: &'a str,
    pub(super) help: &'a str,
    pub(super) kind: Kind,
    pub(super) points: Vec<Point<'a>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Histogram,
    Summary,
}

#[derive(Debug)]
pub(super) struct Point<'a> {
    pub(super) labels: Vec<(&'a str, &'a str)>,
    /// Milliseconds since 1970; 0 is none.
    pub(super) timestamp_ms: i64,
    pub(super) value: Value,
}

#[derive(Debug)]
pub(super) enum Value {
    Number {
        value: f64,
        exemplar: Option<Exemplar>,
    },
    Histogram {
        buckets: Vec<Bucket>,
        sum: f64,
    },
    Summary {
        quantiles: Vec<(f64, f64)>,
        sum: f64,
        count: u64,
    },
}

/// The last bucket of a histogram is always that of +Inf.
#[derive(Debug)]
pub(super) struct Bucket {
    pub(super) upper_bound: f64,
    /// Cumulative.
    pub(super) count: u64,
    pub(super) exemplar: Option<Exemplar>,
}

/// Every family that can be written: a custom collector may hand over anything, and one bad family must
/// not cost the scrape of all the others.
pub(super) fn families(gathered: &Gathered) -> Vec<Family<'_>> {
    gathered
        .families
        .iter()
        .filter_map(|family| read_family(gathered, family))
        .collect()
}

fn read_family<'a>(gathered: &'a Gathered, family: &'a MetricFamily) -> Option<Family<'a>> {
    let metric_type = family.get_field_type();
    let kind = match metric_type {
        MetricType::COUNTER => Kind::Counter,
        MetricType::GAUGE => Kind::Gauge,
        MetricType::HISTOGRAM => Kind::Histogram,
        MetricType::SUMMARY => Kind::Summary,
        // Nothing in `prometheus` makes one, and its model gives no common access to the value.
        MetricType::UNTYPED => return None,
    };
    if !is_name(family.name(), true) {
        return None;
    }
    let mut points = Vec::with_capacity(family.get_metric().len());
    for metric in family.get_metric() {
        match gathered
            .snapshot(metric)
            .filter(|snapshot| snapshot.metric_type() == metric_type)
        {
            Some(Snapshot::Histogram(own)) => {
                points.extend(own.iter().map(|point| histogram_point(point, metric)))
            }
            Some(Snapshot::Counter(own)) => {
                points.extend(own.iter().map(|point| counter_point(point, metric)))
            }
            None => points.push(plain_point(kind, metric)),
        }
    }
    points.retain(|point| labels_are_valid(&point.labels, kind));
    (!points.is_empty()).then_some(Family {
        name: family.name(),
        help: family.help(),
        kind,
        points,
    })
}

/// The labels a registry has put on the stub belong on every series the stub stands for.
fn with_stub<'a>(
    own: impl Iterator<Item = (&'a str, &'a str)>,
    stub: &'a proto::Metric,
) -> Vec<(&'a str, &'a str)> {
    own.chain(pairs(stub.get_label())).collect()
}

fn pairs(labels: &[LabelPair]) -> impl Iterator<Item = (&str, &str)> {
    labels.iter().map(|pair| (pair.name(), pair.value()))
}

fn histogram_point<'a>(point: &'a HistogramPoint, stub: &'a proto::Metric) -> Point<'a> {
    let bounds = point
        .series
        .metric
        .bounds()
        .iter()
        .copied()
        .chain([f64::INFINITY]);
    let mut count = 0;
    let buckets =
        bounds
            .zip(&point.counts.buckets)
            .enumerate()
            .map(|(place, (upper_bound, alone))| {
                count += alone;
                Bucket {
                    upper_bound,
                    count,
                    exemplar: point.exemplars.get(place).copied().flatten(),
                }
            });
    let value = Value::Histogram {
        buckets: buckets.collect(),
        sum: point.counts.sum,
    };
    Point {
        labels: with_stub(point.series.labels(), stub),
        timestamp_ms: 0,
        value,
    }
}

fn counter_point<'a>(point: &'a CounterPoint, stub: &'a proto::Metric) -> Point<'a> {
    let value = Value::Number {
        value: point.value,
        exemplar: point.exemplar,
    };
    Point {
        labels: with_stub(point.series.labels(), stub),
        timestamp_ms: 0,
        value,
    }
}

fn plain_point(kind: Kind, metric: &proto::Metric) -> Point<'_> {
    let value = match kind {
        Kind::Counter => Value::Number {
            value: reading::counter(metric.get_counter()),
            exemplar: None,
        },
        Kind::Gauge => Value::Number {
            value: reading::gauge(metric.get_gauge()),
            exemplar: None,
        },
        Kind::Histogram => plain_histogram(metric.get_histogram()),
        Kind::Summary => {
            let summary = metric.get_summary();
            let quantiles = summary
                .get_quantile()
                .iter()
                .map(|q| (q.quantile(), q.value()))
                .collect();
            Value::Summary {
                quantiles,
                sum: summary.sample_sum(),
                count: summary.sample_count(),
            }
        }
    };
    Point {
        labels: pairs(metric.get_label()).collect(),
        timestamp_ms: metric.timestamp_ms(),
        value,
    }
}

fn plain_histogram(histogram: &proto::Histogram) -> Value {
    let mut buckets: Vec<Bucket> = histogram
        .get_bucket()
        .iter()
        .map(|bucket| Bucket {
            upper_bound: bucket.upper_bound(),
            count: bucket.cumulative_count(),
            exemplar: None,
        })
        .collect();
    if buckets
        .last()
        .is_none_or(|last| last.upper_bound != f64::INFINITY)
    {
        let count = histogram.get_sample_count();
        buckets.push(Bucket {
            upper_bound: f64::INFINITY,
            count,
            exemplar: None,
        });
    }
    Value::Histogram {
        buckets,
        sum: histogram.get_sample_sum(),
    }
}

/// `[a-zA-Z_:][a-zA-Z0-9_:]*` for metrics, without the colon for labels.
fn is_name(name: &str, colon: bool) -> bool {
    let may_start =
        |byte: u8| byte.is_ascii_alphabetic() || byte == b'_' || (colon && byte == b':');
    name.bytes().next().is_some_and(may_start)
        && name
            .bytes()
            .all(|byte| may_start(byte) || byte.is_ascii_digit())
}

fn labels_are_valid(labels: &[(&str, &str)], kind: Kind) -> bool {
    let reserved = match kind {
        Kind::Histogram => "le",
        Kind::Summary => "quantile",
        Kind::Counter | Kind::Gauge => "",
    };
    let mut seen = HashSet::with_capacity(labels.len());
    labels
        .iter()
        .all(|(name, _)| is_name(name, false) && *name != reserved && seen.insert(*name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_would_break_the_body_are_told() {
        for good in ["a", "_a1", ":a:b"] {
            assert!(is_name(good, true), "{good}");
        }
        for bad in ["", "1a", "a-b", "a b", "a\nb", "é", "http.duration"] {
            assert!(!is_name(bad, true), "{bad}");
        }
        assert!(!is_name("a:b", false));
    }

    #[test]
    fn labels_must_be_unique_and_not_the_formats_own() {
        assert!(labels_are_valid(&[("a", ""), ("b", "")], Kind::Gauge));
        assert!(!labels_are_valid(&[("a", "1"), ("a", "2")], Kind::Gauge));
        assert!(!labels_are_valid(&[("le", "1")], Kind::Histogram));
        assert!(labels_are_valid(&[("le", "1")], Kind::Gauge));
        assert!(!labels_are_valid(&[("quantile", "1")], Kind::Summary));
    }
}
