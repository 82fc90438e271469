//! One series, ready to be written.

use prometheus::proto::{self, LabelPair};

use super::reading;
use crate::descriptor::Descriptor;
use crate::family::Series;
use crate::key::LabelValue;
use crate::slot::Exemplar;
use crate::snapshot::{Buckets, Snapshot};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Counter,
    Gauge,
    Histogram,
    /// Labels that say what this process is; a gauge of 1 where the format knows no such type.
    Info,
    Summary,
}

impl Kind {
    /// The label that the format itself puts on such a family's samples.
    fn reserved(self) -> Option<&'static str> {
        match self {
            Self::Histogram => Some("le"),
            Self::Summary => Some("quantile"),
            Self::Counter | Self::Gauge | Self::Info => None,
        }
    }
}

pub(crate) struct Point<'a> {
    pub(crate) labels: Labels<'a>,
    /// Milliseconds since 1970; 0 is none.
    pub(crate) timestamp_ms: i64,
    /// When the series began to count, in milliseconds since 1970.
    pub(crate) created_ms: Option<u64>,
    pub(crate) value: Value<'a>,
}

pub(crate) enum Value<'a> {
    Number {
        value: f64,
        exemplar: Option<Exemplar>,
    },
    Histogram(&'a Buckets),
    Summary(&'a proto::Summary),
}

/// A series' own labels, and after them those that stand on the metric the registry gave out.
#[derive(Clone, Copy)]
pub(crate) struct Labels<'a> {
    own: Option<(&'a Descriptor, &'a [LabelValue])>,
    pairs: &'a [LabelPair],
}

impl<'a> Labels<'a> {
    fn plain(metric: &'a proto::Metric) -> Self {
        Self {
            own: None,
            pairs: metric.get_label(),
        }
    }

    fn of<M>(series: &'a Series<M>, stub: &'a proto::Metric) -> Self {
        Self {
            own: Some((&series.descriptor, &series.values)),
            pairs: stub.get_label(),
        }
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let own = self.own.into_iter();
        own.flat_map(|(descriptor, values)| descriptor.labels(values))
            .chain(self.pairs.iter().map(|pair| (pair.name(), pair.value())))
    }

    /// Whether a series of `kind` may have these: names of the alphabet, each once, none the format's own.
    pub(super) fn are_valid(self, kind: Kind) -> bool {
        // There are few labels, so that looking at each pair of them is the fastest way.
        self.iter().enumerate().all(|(at, (name, _))| {
            is_name(name, false)
                && Some(name) != kind.reserved()
                && self.iter().take(at).all(|(other, _)| other != name)
        })
    }
}

/// A point of ours: the series at `at` of `snapshot`, with the labels of the `stub` it stood behind.
pub(super) fn own<'a>(
    snapshot: &'a Snapshot,
    at: usize,
    stub: &'a proto::Metric,
    buckets: &'a mut Buckets,
) -> Option<Point<'a>> {
    Some(match snapshot {
        Snapshot::Histogram(all) => {
            let series = all.get(at)?;
            series.metric.read(buckets);
            Point {
                labels: Labels::of(series, stub),
                timestamp_ms: 0,
                created_ms: series.created.unix_ms(),
                value: Value::Histogram(buckets),
            }
        }
        Snapshot::Counter(all) => {
            let series = all.get(at)?;
            let (value, exemplar) = series.metric.read();
            Point {
                labels: Labels::of(series, stub),
                timestamp_ms: 0,
                created_ms: series.created.unix_ms(),
                value: Value::Number { value, exemplar },
            }
        }
    })
}

/// A point as any collector may give it.
pub(super) fn plain<'a>(
    kind: Kind,
    metric: &'a proto::Metric,
    buckets: &'a mut Buckets,
) -> Point<'a> {
    let number = |value| Value::Number {
        value,
        exemplar: None,
    };
    let value = match kind {
        Kind::Counter => number(reading::counter(metric.get_counter())),
        Kind::Gauge | Kind::Info => number(reading::gauge(metric.get_gauge())),
        Kind::Histogram => {
            read_plain(metric.get_histogram(), buckets);
            Value::Histogram(buckets)
        }
        Kind::Summary => Value::Summary(metric.get_summary()),
    };
    Point {
        labels: Labels::plain(metric),
        timestamp_ms: metric.timestamp_ms(),
        created_ms: None,
        value,
    }
}

fn read_plain(histogram: &proto::Histogram, into: &mut Buckets) {
    into.clear();
    for bucket in histogram.get_bucket() {
        into.bounds.push(bucket.upper_bound());
        into.counts.push(bucket.cumulative_count());
    }
    if into.bounds.last() != Some(&f64::INFINITY) {
        into.bounds.push(f64::INFINITY);
        into.counts.push(histogram.get_sample_count());
    }
    into.sum = histogram.get_sample_sum();
}

/// `[a-zA-Z_:][a-zA-Z0-9_:]*` for metrics, without the colon for labels.
pub(crate) fn is_name(name: &str, colon: bool) -> bool {
    let may_start =
        |byte: u8| byte.is_ascii_alphabetic() || byte == b'_' || (colon && byte == b':');
    name.bytes().next().is_some_and(may_start)
        && name
            .bytes()
            .all(|byte| may_start(byte) || byte.is_ascii_digit())
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
        let valid = |names: &[&str], kind| {
            let pair = |name: &&str| {
                let mut pair = LabelPair::default();
                pair.set_name((*name).to_owned());
                pair
            };
            let metric = proto::Metric::from_label(names.iter().map(pair).collect());
            Labels::plain(&metric).are_valid(kind)
        };
        assert!(valid(&["a", "b"], Kind::Gauge));
        assert!(!valid(&["a", "b", "a"], Kind::Gauge));
        assert!(!valid(&["le"], Kind::Histogram));
        assert!(valid(&["le"], Kind::Gauge));
        assert!(!valid(&["quantile"], Kind::Summary));
    }
}
