//! Percent-encoding (RFC 3986 §2.1), in which baggage values travel.

use std::borrow::Cow;

use super::hex;

const DIGITS: [u8; 16] = *b"0123456789ABCDEF";

/// Decodes every `%HH` once, in either case; what is then no UTF-8 becomes U+FFFD.
///
/// A `%` without two digits stays as it is: losing nothing is the safer repair, and
/// [`encode`] makes a `%25` of it.
pub(super) fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut rest = text.as_bytes();
    // Each escape is two bytes shorter decoded: with just that room nothing is given back.
    let escapes = rest.iter().filter(|byte| **byte == b'%').count();
    let mut bytes = Vec::with_capacity(rest.len().saturating_sub(2 * escapes));
    while let Some(at) = rest.iter().position(|byte| *byte == b'%')
        && let Some((plain, after)) = rest.split_at_checked(at)
    {
        bytes.extend_from_slice(plain);
        let (decoded, after) = escaped(after).unwrap_or((b'%', after.get(1..).unwrap_or_default()));
        bytes.push(decoded);
        rest = after;
    }
    bytes.extend_from_slice(rest);
    Cow::Owned(match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    })
}

/// The byte that an escape at the start of `text` stands for, and what follows the escape.
fn escaped(text: &[u8]) -> Option<(u8, &[u8])> {
    let [b'%', high, low, after @ ..] = text else {
        return None;
    };
    Some((hex::digit(*high)? << 4 | hex::digit(*low)?, after))
}

/// Appends `text` to `out`, with a `%HH` in upper case for each byte that `plain` refuses.
///
/// `plain` must refuse every byte that is not ASCII.
pub(super) fn encode(text: &str, plain: impl Fn(u8) -> bool, out: &mut String) {
    if text.bytes().all(&plain) {
        out.push_str(text);
        return;
    }
    for byte in text.bytes() {
        if plain(byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(DIGITS[usize::from(byte >> 4)]));
            out.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
}

/// Bytes that [`encode`] appends.
pub(super) fn encoded_len(text: &str, plain: impl Fn(u8) -> bool) -> usize {
    text.len() + 2 * text.bytes().filter(|byte| !plain(*byte)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_once_and_repairs_utf_8() {
        #[rustfmt::skip]
        let table = [
            // what it shows              text            decoded
            ("plain",                     "a+b",          "a+b"),
            ("either case",               "%c3%A9",       "é"),
            ("once only",                 "%252C",        "%2C"),
            ("percent alone",             "100%",         "100%"),
            ("one digit",                 "a%2",          "a%2"),
            ("no digits",                 "%GG",          "%GG"),
            ("a sign is no digit",        "%+1",          "%+1"),
            ("percent before an escape",  "%%41",         "%A"),
            ("byte ff",                   "aa%ffcc",      "aa\u{fffd}cc"),
            ("overlong slash",            "%C0%AF",       "\u{fffd}\u{fffd}"),
            ("surrogate",                 "%ED%A0%80",    "\u{fffd}\u{fffd}\u{fffd}"),
            ("cut short",                 "%E2%82",       "\u{fffd}"),
            ("line break is data",        "a%0D%0Ab",     "a\r\nb"),
        ];
        for (name, text, want) in table {
            assert_eq!(decode(text), want, "{name}: {text}");
        }
    }

    #[test]
    fn encodes_what_is_refused_and_nothing_else() {
        let mut out = String::new();
        encode("a é%", |byte| byte.is_ascii_alphabetic(), &mut out);
        assert_eq!(out, "a%20%C3%A9%25");
    }
}
