//! Upper bounds of a histogram's buckets.

use std::sync::Arc;

use prometheus::{DEFAULT_BUCKETS, Error, Result};

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
}
