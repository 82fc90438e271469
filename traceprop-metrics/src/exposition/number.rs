//! Numbers, as each format spells them.

use std::io::Write;

/// Writes `value` as Go's `FormatFloat(value, 'g', -1, 64)` does, with `.0` where that looks whole.
///
/// OpenMetrics 1.0.0, "Considerations: Canonical Numbers": bucket bounds are label values, so every
/// producer must spell them alike. Shortest digits that read back the same; exponents of at least two
/// digits, from a million up and below a ten-thousandth.
pub(crate) fn write_float(out: &mut Vec<u8>, value: f64) {
    let magnitude = value.abs();
    // Writing to a `Vec` cannot fail, so the results below are dropped.
    if value.is_nan() {
        out.extend_from_slice(b"NaN");
    } else if value.is_infinite() {
        out.extend_from_slice(if value > 0.0 { b"+Inf" } else { b"-Inf" });
    } else if magnitude == 0.0 || (1e-4..1e6).contains(&magnitude) {
        if value.is_sign_negative() {
            out.push(b'-');
        }
        match billionths(magnitude) {
            Some(billionths) => write_billionths(out, billionths),
            // Within this range `Debug` uses no exponent, and always a point.
            None => _ = write!(out, "{magnitude:?}"),
        }
    } else {
        let start = out.len();
        let _ = write!(out, "{value:e}");
        let digits = out.get(start..).unwrap_or_default();
        let Some(length) = digits.iter().position(|byte| *byte == b'e') else {
            return;
        };
        let exponent = digits
            .get(length + 1..)
            .and_then(|text| str::from_utf8(text).ok());
        let exponent: i32 = exponent
            .and_then(|text| text.parse().ok())
            .unwrap_or_default();
        out.truncate(start + length + 1);
        let sign = if exponent < 0 { '-' } else { '+' };
        let _ = write!(out, "{sign}{:02}", exponent.unsigned_abs());
    }
}

/// `value` as a whole number of billionths, if those are its shortest digits: most measurements are whole
/// nanoseconds, and looking for the shortest digits of any number takes many more steps.
///
/// The quotient of two numbers that are exact is the nearest `f64` to the true one, so these digits read
/// back as `value`. There are fifteen at most, and of so few no others do: none are shorter.
fn billionths(value: f64) -> Option<u64> {
    let billionths = (value * 1e9 + 0.5) as u64;
    (billionths < 1_000_000_000_000_000 && billionths as f64 / 1e9 == value).then_some(billionths)
}

fn write_billionths(out: &mut Vec<u8>, billionths: u64) {
    write_count(out, billionths / 1_000_000_000);
    out.push(b'.');
    let (mut digits, mut rest, mut length) = ([b'0'; 9], billionths % 1_000_000_000, 1);
    for (at, digit) in digits.iter_mut().enumerate().rev() {
        *digit = b'0' + (rest % 10) as u8;
        if *digit != b'0' && at >= length {
            length = at + 1;
        }
        rest /= 10;
    }
    out.extend_from_slice(digits.split_at(length).0);
}

/// Writes `value` as `prometheus`'s own encoder of text 0.0.4 does: all digits, no exponent.
pub(crate) fn write_plain(out: &mut Vec<u8>, value: f64) {
    let _ = write!(out, "{value}");
}

/// Writes a whole number.
pub(crate) fn write_count(out: &mut Vec<u8>, count: u64) {
    // 2^64 has twenty digits.
    let (mut digits, mut rest, mut length) = ([0; 20], count, 0);
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        length += 1;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(digits.split_at(20 - length).1);
}

/// Writes milliseconds as seconds, exactly.
pub(crate) fn write_seconds(out: &mut Vec<u8>, millis: i64) {
    if millis < 0 {
        out.push(b'-');
    }
    let millis = millis.unsigned_abs();
    write_count(out, millis / 1000);
    let digit = |power: u64| b'0' + (millis / power % 10) as u8;
    out.extend_from_slice(&[b'.', digit(100), digit(10), digit(1)]);
}

/// Writes `bytes` as lower-case hexadecimal.
pub(crate) fn write_hex<const N: usize>(out: &mut Vec<u8>, bytes: [u8; N]) {
    out.extend_from_slice(bytes.map(|byte| HEX[usize::from(byte)]).as_flattened());
}

const HEX: [[u8; 2]; 256] = {
    let (digits, mut pairs, mut byte) = (b"0123456789abcdef", [[0; 2]; 256], 0);
    while byte < 256 {
        pairs[byte] = [digits[byte >> 4], digits[byte & 15]];
        byte += 1;
    }
    pairs
};

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = b"1e9 ".to_vec();
        write(&mut out);
        String::from_utf8(out).unwrap()[4..].to_owned()
    }

    #[test]
    fn float_table() {
        #[rustfmt::skip]
        let table = [
            (0.0, "0.0"), (-0.0, "-0.0"), (1.0, "1.0"), (-2.5, "-2.5"), (0.005, "0.005"), (0.1 + 0.2, "0.30000000000000004"),
            (0.0001, "0.0001"), (0.00012, "0.00012"), (0.00001, "1e-05"), (1.5e-7, "1.5e-07"), (5e-324, "5e-324"),
            (100_000.0, "100000.0"), (123_456.0, "123456.0"), (999_999.999_999_999_9, "999999.9999999999"),
            (-17.0, "-17.0"), (0.037_123_456, "0.037123456"), (999_999.999_999_999, "999999.999999999"), (1.000_000_000_1, "1.0000000001"),
            (3.000_000_001, "3.000000001"), (0.000_100_000_5, "0.0001000005"), (1e6, "1e+06"), (1_048_576.0, "1.048576e+06"), (1_234_567.0, "1.234567e+06"), (-1e100, "-1e+100"),
            (f64::MAX, "1.7976931348623157e+308"),
            (f64::INFINITY, "+Inf"), (f64::NEG_INFINITY, "-Inf"), (f64::NAN, "NaN"),
        ];
        for (value, want) in table {
            assert_eq!(written(|out| write_float(out, value)), want);
            let back: f64 = want.parse().unwrap();
            assert!(
                back == value || value.is_nan(),
                "{want} reads back as {back}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn any_float_is_the_shortest_that_reads_back(bits in proptest::num::u64::ANY) {
            check_canonical(f64::from_bits(bits));
        }

        #[test]
        fn so_are_nanoseconds(nanos in 0_u64..2_000_000_000_000_000, scale in 0_u32..10) {
            check_canonical(nanos as f64 / 10_f64.powi(scale as i32));
        }
    }

    /// `Display` of Rust has the shortest digits, too; only their layout is another.
    fn check_canonical(value: f64) {
        let text = written(|out| write_float(out, value));
        if !value.is_finite() {
            return;
        }
        assert_eq!(text.parse(), Ok(value), "{text}");
        let significant = |text: &str| {
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            digits.trim_matches('0').to_owned()
        };
        let (mantissa, exponent) = text
            .split_once('e')
            .map_or((&*text, None), |(m, e)| (m, Some(e)));
        assert_eq!(
            significant(mantissa),
            significant(&format!("{value}")),
            "{text}"
        );
        let large = value != 0.0 && !(1e-4..1e6).contains(&value.abs());
        assert_eq!(exponent.is_some(), large, "{text}");
        if let Some(exponent) = exponent {
            assert!(
                exponent.len() >= 3 && exponent.starts_with(['+', '-']),
                "{text}"
            );
        } else {
            assert!(text.contains('.'), "{text}");
        }
    }

    #[test]
    fn seconds_are_exact_on_both_sides_of_1970() {
        for (millis, want) in [
            (1_700_000_000_123, "1700000000.123"),
            (1, "0.001"),
            (0, "0.000"),
            (-1500, "-1.500"),
            (i64::MIN, "-9223372036854775.808"),
        ] {
            assert_eq!(written(|out| write_seconds(out, millis)), want);
        }
    }

    #[test]
    fn counts_and_ids_of_every_length() {
        for count in [0, 9, 10, 99, 100, 12_345, u64::MAX] {
            assert_eq!(written(|out| write_count(out, count)), count.to_string());
        }
        let bytes: [u8; 256] = std::array::from_fn(|at| at as u8);
        let want: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(written(|out| write_hex(out, bytes)), want);
    }
}
