//! Upper bounds of a histogram's buckets.

use std::sync::Arc;

use prometheus::{DEFAULT_BUCKETS, Error, Result};

/// Up to so many bounds it is faster to compare all of them than to search.
const FEW: usize = 64;

/// Upper bounds, inclusive and ascending, without +Inf; shared by all series of a family.
#[derive(Clone, Debug)]
pub(crate) struct Bounds(Arc<[f64]>);

impl Bounds {
    /// Checks them as `prometheus` does, and refuses NaN as well.
    pub(crate) fn new(bounds: Vec<f64>) -> Result<Self> {
        check(bounds).map(Self)
    }

    pub(crate) fn upper(&self) -> &[f64] {
        &self.0
    }

    /// With the bucket of +Inf.
    pub(crate) fn buckets(&self) -> usize {
        self.0.len() + 1
    }

    /// The bucket of `value`, from 0 to the number of bounds; NaN is in none.
    #[inline]
    pub(crate) fn bucket(&self, value: f64) -> Option<usize> {
        if value.is_nan() {
            return None;
        }
        if self.0.len() > FEW {
            return Some(self.0.partition_point(|bound| *bound < value));
        }
        // As many as are below it. That is several at once and no branch: which bucket comes next is hard
        // to foretell.
        Some(self.0.iter().filter(|bound| **bound < value).count())
    }
}

/// Checks upper bounds as `prometheus` does, and refuses NaN as well.
pub(crate) fn check(mut bounds: Vec<f64>) -> Result<Arc<[f64]>> {
    if bounds.is_empty() {
        bounds = DEFAULT_BUCKETS.to_vec();
    }
    if bounds.iter().any(|bound| bound.is_nan()) {
        return Err(Error::Msg(
            "a histogram's bucket bound is not a number".into(),
        ));
    }
    if let Some([a, b]) = bounds
        .windows(2)
        .find(|pair| matches!(pair, [a, b] if a >= b))
    {
        return Err(Error::Msg(format!(
            "a histogram's bucket bounds must ascend: {a} is followed by {b}"
        )));
    }
    // The bucket of +Inf is always there.
    bounds.pop_if(|last| *last == f64::INFINITY);
    Ok(bounds.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_table() {
        const INF: f64 = f64::INFINITY;
        type Row = (&'static str, &'static [f64], Option<&'static [f64]>);
        #[rustfmt::skip]
        let table: [Row; 6] = [
            ("none are the defaults", &[],            Some(DEFAULT_BUCKETS)),
            ("+Inf is implied",       &[1.0, INF],    Some(&[1.0])),
            ("+Inf alone",            &[INF],         Some(&[])),
            ("twice the same",        &[1.0, 1.0],    None),
            ("falling",               &[2.0, 1.0],    None),
            ("NaN",                   &[1.0, f64::NAN], None),
        ];
        for (name, given, want) in table {
            assert_eq!(check(given.to_vec()).ok().as_deref(), want, "{name}");
        }
    }

    #[test]
    fn a_value_is_in_the_first_bucket_whose_bound_it_does_not_exceed() {
        for count in [0, 1, 3, 4, 5, 14, FEW, FEW + 1, 200] {
            let mut given: Vec<f64> = (0..count).map(|n| n as f64).collect();
            if given.is_empty() {
                given.push(f64::INFINITY);
            }
            let bounds = Bounds::new(given).unwrap();
            assert_eq!(bounds.buckets(), count + 1);
            for n in 0..=count + 1 {
                let exact = n as f64;
                assert_eq!(
                    bounds.bucket(exact),
                    Some(n.min(count)),
                    "{exact} of {count}"
                );
                assert_eq!(
                    bounds.bucket(exact + 0.5),
                    Some((n + 1).min(count)),
                    "above {exact}"
                );
            }
            assert_eq!(bounds.bucket(-1.0), Some(0));
            assert_eq!(bounds.bucket(f64::NEG_INFINITY), Some(0));
            assert_eq!(bounds.bucket(f64::INFINITY), Some(count));
            assert_eq!(bounds.bucket(f64::NAN), None);
        }
    }
}
