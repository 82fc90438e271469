//! Hex: lower case and of a fixed length, but for one format.
//!
//! Not `from_str_radix`: that takes upper case, a sign and any number of digits.

const DIGITS: [u8; 16] = *b"0123456789abcdef";

/// What [`VALUES`] holds for a byte that is no lower-case hex digit: more than any digit's value.
const NONE: u8 = 0xff;

/// The value of each byte as a lower-case hex digit.
static VALUES: [u8; 256] = values();

const fn values() -> [u8; 256] {
    let mut table = [NONE; 256];
    let mut value = 0;
    while value < DIGITS.len() {
        table[DIGITS[value] as usize] = value as u8;
        value += 1;
    }
    table
}

/// Reads exactly `2 * N` lower-case digits.
pub(super) fn decode<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let (pairs, []) = text.as_chunks::<2>() else {
        return None;
    };
    if pairs.len() != N {
        return None;
    }
    let mut bytes = [0; N];
    // Collected and looked at once, so that the loop has no branch: ids are nearly always good.
    let mut seen = 0;
    for (byte, &[high, low]) in bytes.iter_mut().zip(pairs) {
        let (high, low) = (VALUES[usize::from(high)], VALUES[usize::from(low)]);
        seen |= high | low;
        *byte = high << 4 | low;
    }
    (seen < 16).then_some(bytes)
}

/// Reads the number of 1 to `longest` digits in either case; `longest` is 32 at most.
///
/// For the one format whose old senders leave leading zeros out and write upper case.
pub(super) fn number(text: &[u8], longest: usize) -> Option<u128> {
    if text.is_empty() || text.len() > longest {
        return None;
    }
    if let Some(bytes) = decode(text) {
        return Some(u128::from_be_bytes(bytes));
    }
    text.iter().try_fold(0, |number, byte| {
        let digit = VALUES[usize::from(byte.to_ascii_lowercase())];
        (digit < 16).then(|| number << 4 | u128::from(digit))
    })
}

/// Writes two digits for each byte, as far as both slices go.
pub(super) fn encode(bytes: &[u8], text: &mut [u8]) {
    let (pairs, _) = text.as_chunks_mut::<2>();
    for (pair, byte) in pairs.iter_mut().zip(bytes) {
        *pair = [
            DIGITS[usize::from(byte >> 4)],
            DIGITS[usize::from(byte & 15)],
        ];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_only_lower_case_of_the_exact_length() {
        #[rustfmt::skip]
        let table = [
            // what it shows            text         bytes
            ("digits and letters",      "09af",      Some([0x09, 0xaf])),
            ("all zero is for others",  "0000",      Some([0, 0])),
            ("upper case",              "09AF",      None),
            ("a sign",                  "+9af",      None),
            ("past f",                  "09ag",      None),
            ("before 0",                "09a/",      None),
            ("one digit short",         "09a",       None),
            ("one byte short",          "09",        None),
            ("one byte long",           "09af00",    None),
            ("two-byte character",      "09é",       None),
            ("nothing",                 "",          None),
        ];
        for (name, text, want) in table {
            assert_eq!(decode::<2>(text.as_bytes()), want, "{name}: {text}");
        }
    }

    #[test]
    fn numbers_have_any_case_and_length() {
        let (f32, f33) = ("f".repeat(32), "f".repeat(33));
        #[rustfmt::skip]
        let table = [
            ("one digit",      "a",            Some(0xa)),
            ("either case",    "aB",           Some(0xab)),
            ("leading zeros",  "00a",          Some(0xa)),
            ("longest",        f32.as_str(),   Some(u128::MAX)),
            ("longer",         f33.as_str(),   None),
            ("nothing",        "",             None),
            ("a sign",         "+1",           None),
            ("past f",         "1g",           None),
            ("two bytes",      "é",            None),
        ];
        for (name, text, want) in table {
            assert_eq!(number(text.as_bytes(), 32), want, "{name}: {text}");
        }
    }

    #[test]
    fn every_byte_survives() {
        for byte in 0..=u8::MAX {
            let mut text = [0; 2];
            encode(&[byte], &mut text);
            assert_eq!(decode(&text), Some([byte]));
            assert_eq!(text, *format!("{byte:02x}").as_bytes());
        }
    }
}
