//! Hex: lower case and of a fixed length, but for one format.
//!
//! Not `from_str_radix`: that takes upper case, a sign and any number of digits.

const DIGITS: [u8; 16] = *b"0123456789abcdef";

/// The two digits of each byte.
static PAIRS: [[u8; 2]; 256] = pairs();

const fn pairs() -> [[u8; 2]; 256] {
    let mut table = [[0; 2]; 256];
    let mut byte = 0;
    while byte < table.len() {
        table[byte] = [DIGITS[byte >> 4], DIGITS[byte & 15]];
        byte += 1;
    }
    table
}

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
    if text.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    let (fours, few) = bytes.as_chunks_mut::<4>();
    let (eights, rest) = text.as_chunks::<8>();
    // Collected and looked at once, so that the loops have no branch: ids are nearly always good.
    let mut bad = 0;
    for (four, eight) in fours.iter_mut().zip(eights) {
        let (value, wrong) = decode_eight(*eight);
        *four = value.to_be_bytes();
        bad |= wrong;
    }
    for (byte, &[high, low]) in few.iter_mut().zip(rest.as_chunks::<2>().0) {
        let (high, low) = (VALUES[usize::from(high)], VALUES[usize::from(low)]);
        bad |= u64::from((high | low) & 0xf0);
        *byte = high << 4 | low;
    }
    (bad == 0).then_some(bytes)
}

/// The value of eight digits, all at once; not zero is the second number if one of them is none.
fn decode_eight(text: [u8; 8]) -> (u32, u64) {
    /// One in each byte.
    const ONES: u64 = 0x0101_0101_0101_0101;
    let text = u64::from_be_bytes(text);
    // `0` to `9` are 0x30 to 0x39, `a` to `f` 0x61 to 0x66: bit 6 tells them apart.
    let letters = text >> 6 & ONES;
    let high = text & (0xf0 * ONES);
    let values = (text & (0x0f * ONES)) + 9 * letters;
    // No byte overflows: a value is 24 at most, and right from 0 to 9 for a digit, 10 to 15 for a letter.
    let wrong = (high ^ (0x30 * (ONES + letters)))
        | (values & (0x10 * ONES))
        | ((values + 6 * ONES) >> 4 & ONES ^ letters);
    // Two values become a byte, two bytes a half, two halves the whole.
    let bytes = (values >> 4 | values) & 0x00ff_00ff_00ff_00ff;
    let halves = (bytes >> 8 | bytes) & 0x0000_ffff_0000_ffff;
    ((halves >> 16 | halves) as u32, wrong)
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
        Some(number << 4 | u128::from(digit(*byte)?))
    })
}

/// The value of one digit in either case.
pub(super) fn digit(text: u8) -> Option<u8> {
    let digit = VALUES[usize::from(text.to_ascii_lowercase())];
    (digit < 16).then_some(digit)
}

/// Writes two digits for each byte; `text` must be twice as long.
#[inline]
pub(crate) fn encode(bytes: &[u8], text: &mut [u8]) {
    debug_assert_eq!(text.len(), 2 * bytes.len());
    let (fours, few) = bytes.as_chunks::<4>();
    let (eights, rest) = text.as_chunks_mut::<8>();
    for (eight, four) in eights.iter_mut().zip(fours) {
        *eight = encode_four(*four);
    }
    let (pairs, _) = rest.as_chunks_mut::<2>();
    for (pair, byte) in pairs.iter_mut().zip(few) {
        *pair = PAIRS[usize::from(*byte)];
    }
}

/// The digits of four bytes, all at once.
#[inline]
fn encode_four(bytes: [u8; 4]) -> [u8; 8] {
    /// One in each byte.
    const ONES: u64 = 0x0101_0101_0101_0101;
    let whole = u64::from(u32::from_le_bytes(bytes));
    // The whole becomes two halves, a half two bytes, a byte two values: the upper one comes first.
    let halves = (whole << 16 | whole) & 0x0000_ffff_0000_ffff;
    let bytes = (halves << 8 | halves) & 0x00ff_00ff_00ff_00ff;
    let values = (bytes >> 4 | bytes << 8) & (0x0f * ONES);
    // `a` follows upon `9` after 39 other characters. No byte overflows.
    let letters = (values + 6 * ONES) >> 4 & ONES;
    let masks = (letters << 8).wrapping_sub(letters);
    (values + 0x30 * ONES + (masks & (39 * ONES))).to_le_bytes()
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
    fn of_all_bytes_only_the_digits_are_taken_wherever_they_stand() {
        for byte in 0..=u8::MAX {
            let want = matches!(byte, b'0'..=b'9' | b'a'..=b'f');
            for at in 0..18 {
                let mut text = *b"0123456789abcdef09";
                text[at] = byte;
                let got = decode::<9>(&text);
                assert_eq!(got.is_some(), want, "{byte:#x} at {at}");
                if let Some(bytes) = got {
                    let mut again = [0; 18];
                    encode(&bytes, &mut again);
                    assert_eq!(again, text);
                }
            }
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
