//! Which bytes each grammar takes, looked up rather than compared.

/// `tchar` of RFC 9110 §5.6.2: the name of a baggage member.
pub(super) const TOKEN: u8 = 1;
/// `baggage-octet` of W3C Baggage §3.2: the encoded value of a baggage member.
pub(super) const BAGGAGE_OCTET: u8 = 2;
/// The same but `%`: a byte that stands for itself.
pub(super) const BAGGAGE_PLAIN: u8 = 16;
/// The key of a `tracestate` member; the first byte is one of fewer.
pub(super) const STATE_KEY: u8 = 4;
/// The value of a `tracestate` member.
pub(super) const STATE_VALUE: u8 = 8;

/// The classes of each byte.
static CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = of(byte as u8);
        byte += 1;
    }
    table
}

const fn of(byte: u8) -> u8 {
    let mut classes = 0;
    if byte.is_ascii_alphanumeric()
        || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~')
    {
        classes |= TOKEN;
    }
    if matches!(byte, 0x21 | 0x23..=0x2b | 0x2d..=0x3a | 0x3c..=0x5b | 0x5d..=0x7e) {
        classes |= BAGGAGE_OCTET;
        if byte != b'%' {
            classes |= BAGGAGE_PLAIN;
        }
    }
    if matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'*' | b'/' | b'@') {
        classes |= STATE_KEY;
    }
    if matches!(byte, b' '..=b'~') && !matches!(byte, b',' | b'=') {
        classes |= STATE_VALUE;
    }
    classes
}

/// Whether `byte` is of `class`.
pub(super) fn is(byte: u8, class: u8) -> bool {
    CLASSES[usize::from(byte)] & class != 0
}

/// Whether all bytes are of `class`.
pub(super) fn all(text: &str, class: u8) -> bool {
    text.bytes().all(|byte| is(byte, class))
}

/// Parts `text` before its first byte that is not of `class`. All classes are of ASCII alone.
#[inline]
pub(super) fn split(text: &str, class: u8) -> (&str, &str) {
    text.split_at_checked(count(text.as_bytes(), class))
        .unwrap_or((text, ""))
}

/// How many bytes at the start are of `class`, looked at by fours first: names and values are short,
/// but most have as many.
#[inline]
fn count(bytes: &[u8], class: u8) -> usize {
    let all = |four: &&[u8; 4]| {
        let [a, b, c, d] = four.map(|byte| CLASSES[usize::from(byte)]);
        a & b & c & d & class != 0
    };
    let fours = bytes.as_chunks::<4>().0.iter().take_while(all).count();
    let rest = bytes.get(4 * fours..).unwrap_or_default();
    4 * fours + rest.iter().take_while(|byte| is(**byte, class)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_of_ascii_alone() {
        for byte in 0x80..=0xff {
            assert_eq!(of(byte), 0, "{byte:x}");
        }
    }

    #[test]
    fn split_stops_at_the_first_other_byte() {
        #[rustfmt::skip]
        let table = [
            // what it shows     text     parts
            ("all",              "ab",    ("ab", "")),
            ("some",             "a=b",   ("a", "=b")),
            ("none",             "=b",    ("", "=b")),
            ("nothing",          "",      ("", "")),
            ("no ASCII",         "aéb",   ("a", "éb")),
            ("four",             "abcd",  ("abcd", "")),
            ("five",             "abcde", ("abcde", "")),
            ("four and another", "abcd=", ("abcd", "=")),
            ("within four",      "abc=e", ("abc", "=e")),
        ];
        for (name, text, want) in table {
            assert_eq!(split(text, TOKEN), want, "{name}");
        }
    }
}
