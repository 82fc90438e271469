//! Numbers in OpenMetrics' canonical form.

use std::fmt::Write;

/// Writes `value` as Go's `FormatFloat(value, 'g', -1, 64)` does, with `.0` where that looks whole.
///
/// OpenMetrics 1.0.0, "Considerations: Canonical Numbers": bucket bounds are label values, so every
/// producer must spell them alike. Shortest digits that read back the same; exponents of at least two
/// digits, from a million up and below a ten-thousandth.
pub(super) fn write_float(out: &mut String, value: f64) {
    let magnitude = value.abs();
    // Writing to a `String` cannot fail, so the results below are dropped.
    if value.is_nan() {
        out.push_str("NaN");
    } else if value.is_infinite() {
        out.push_str(if value > 0.0 { "+Inf" } else { "-Inf" });
    } else if magnitude == 0.0 || (1e-4..1e6).contains(&magnitude) {
        // Within this range `Debug` uses no exponent, and always a point.
        let _ = write!(out, "{value:?}");
    } else {
        let start = out.len();
        let _ = write!(out, "{value:e}");
        let Some(exponent_at) = out[start..].find('e').map(|at| start + at + 1) else {
            return;
        };
        let exponent: i32 = out[exponent_at..].parse().unwrap_or_default();
        out.truncate(exponent_at);
        let _ = write!(
            out,
            "{}{:02}",
            if exponent < 0 { '-' } else { '+' },
            exponent.unsigned_abs()
        );
    }
}

/// Writes milliseconds as seconds, exactly.
pub(super) fn write_seconds(out: &mut String, millis: i64) {
    let (sign, millis) = (if millis < 0 { "-" } else { "" }, millis.unsigned_abs());
    let _ = write!(out, "{sign}{}.{:03}", millis / 1000, millis % 1000);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn float_table() {
        #[rustfmt::skip]
        let table = [
            (0.0, "0.0"), (-0.0, "-0.0"), (1.0, "1.0"), (-2.5, "-2.5"), (0.005, "0.005"), (0.1 + 0.2, "0.30000000000000004"),
            (0.0001, "0.0001"), (0.00012, "0.00012"), (0.00001, "1e-05"), (1.5e-7, "1.5e-07"), (5e-324, "5e-324"),
            (100_000.0, "100000.0"), (123_456.0, "123456.0"), (999_999.999_999_999_9, "999999.9999999999"),
            (1e6, "1e+06"), (1_048_576.0, "1.048576e+06"), (1_234_567.0, "1.234567e+06"), (-1e100, "-1e+100"),
            (f64::MAX, "1.7976931348623157e+308"),
            (f64::INFINITY, "+Inf"), (f64::NEG_INFINITY, "-Inf"), (f64::NAN, "NaN"),
        ];
        for (value, want) in table {
            let mut out = String::from("1e9 ");
            write_float(&mut out, value);
            assert_eq!(&out[4..], want);
            let back: f64 = want.parse().unwrap();
            assert!(
                back == value || value.is_nan(),
                "{want} reads back as {back}"
            );
        }
    }

    #[test]
    fn seconds_are_exact_on_both_sides_of_1970() {
        for (millis, want) in [
            (1_700_000_000_123, "1700000000.123"),
            (1, "0.001"),
            (-1500, "-1.500"),
            (i64::MIN, "-9223372036854775.808"),
        ] {
            let mut out = String::new();
            write_seconds(&mut out, millis);
            assert_eq!(out, want);
        }
    }
}
