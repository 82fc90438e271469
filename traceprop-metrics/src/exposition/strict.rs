//! What OpenMetrics 1.0.0 forbids and Prometheus accepts.

use prometheus::proto::Quantile;

use super::point::Value;
use crate::snapshot::Buckets;

/// Whether the samples of `value` with this suffix must be left out: sections "Histogram" and "Summary".
pub(super) fn forbids(value: &Value<'_>, suffix: &str) -> bool {
    match (value, suffix) {
        (Value::Number { .. }, _) => false,
        (Value::Histogram(buckets), "_bucket") => !is_ordered(buckets),
        // One of these two may not be without the other.
        (Value::Histogram(buckets), _) => {
            let negative = buckets.bounds.first().is_some_and(|first| *first < 0.0);
            negative || !counts(buckets.sum) || !is_ordered(buckets)
        }
        (Value::Summary(summary), "_sum") => !counts(summary.sample_sum()),
        (Value::Summary(_), _) => false,
    }
}

/// Whether a summary may have this quantile: section "Summary".
pub(super) fn allows_quantile(quantile: &Quantile) -> bool {
    let negative = quantile.value() < 0.0;
    (0.0..=1.0).contains(&quantile.quantile()) && !negative
}

/// A sum is like a counter.
fn counts(sum: f64) -> bool {
    sum >= 0.0
}

/// Ours always are; a custom collector may hand over anything.
fn is_ordered(buckets: &Buckets) -> bool {
    buckets.bounds.is_sorted_by(|a, b| a < b) && buckets.counts.is_sorted()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn histogram_table() {
        let nan = f64::NAN;
        type Row<'a> = (&'a str, &'a [f64], &'a [u64], f64, [bool; 2]);
        #[rustfmt::skip]
        let table: [Row<'_>; 7] = [
            // what it shows            bounds          counts      sum    _bucket, _sum left out
            ("all is well",             &[0.5, 1.0],    &[1, 1],    0.0,   [false, false]),
            ("a negative bound",        &[-0.5, 1.0],   &[1, 2],    1.0,   [false, true]),
            ("a negative sum",          &[0.5, 1.0],    &[1, 2],    -1.0,  [false, true]),
            ("no sum",                  &[0.5, 1.0],    &[1, 2],    nan,   [false, true]),
            ("bounds that fall",        &[1.0, 0.5],    &[1, 2],    1.0,   [true, true]),
            ("a bound that is none",    &[nan, 0.5],    &[1, 2],    1.0,   [true, true]),
            ("counts that fall",        &[0.5, 1.0],    &[2, 1],    1.0,   [true, true]),
        ];
        for (name, bounds, counts, sum, want) in table {
            let buckets = Buckets {
                bounds: bounds.to_vec(),
                counts: counts.to_vec(),
                sum,
                ..Buckets::default()
            };
            let value = Value::Histogram(&buckets);
            assert_eq!(
                ["_bucket", "_sum"].map(|suffix| forbids(&value, suffix)),
                want,
                "{name}"
            );
        }
    }

    #[test]
    fn quantile_table() {
        for (at, value, want) in [
            (0.0, 0.0, true),
            (1.0, f64::NAN, true),
            (0.5, -1.0, false),
            (1.1, 1.0, false),
            (f64::NAN, 1.0, false),
        ] {
            let mut quantile = Quantile::default();
            quantile.set_quantile(at);
            quantile.set_value(value);
            assert_eq!(allows_quantile(&quantile), want, "{at} {value}");
        }
    }
}
