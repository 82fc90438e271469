//! Text from elsewhere, made safe for a terminal.

use std::borrow::Cow;

/// Which characters an output can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Charset {
    Unicode,
    // The console's alone.
    #[cfg_attr(not(feature = "console"), allow(dead_code))]
    Ascii,
}

/// Replaces each character that would steer the terminal, or reorder or hide text, by a visible one.
///
/// Names come from other processes. An escape sequence among them could repaint the screen, set the
/// window's title, or be typed as input; a line break could forge a row; a bidirectional control could
/// show one name as another.
pub(crate) fn printable(text: &str, charset: Charset) -> Cow<'_, str> {
    if text.chars().all(|c| shown(c, charset) == c) {
        return Cow::Borrowed(text);
    }
    text.chars().map(|c| shown(c, charset)).collect()
}

fn shown(c: char, charset: Charset) -> char {
    match (charset, c) {
        (_, ' '..='~') => c,
        (Charset::Ascii, _) => '?',
        // The pictures of the control characters, in their order.
        (_, '\0'..='\x1f') => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        (_, '\x7f') => '\u{2421}',
        _ if c.is_control() || is_invisible(c) => '\u{fffd}',
        _ => c,
    }
}

/// Characters of the category Format, and line and paragraph separators.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{600}'..='\u{605}'
            | '\u{61c}'
            | '\u{6dd}'
            | '\u{70f}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printable_table() {
        #[rustfmt::skip]
        let table = [
            // what it shows           text                   unicode              ascii
            ("plain",                  "GET /orders/{id}",    "GET /orders/{id}",  "GET /orders/{id}"),
            ("letters of any script",  "Grüße 注文",           "Grüße 注文",         "Gr??e ??"),
            ("escape sequence",        "\x1b[2Jx",            "␛[2Jx",             "?[2Jx"),
            ("window title",           "\x1b]0;x\x07",        "␛]0;x␇",            "?]0;x?"),
            ("eight-bit introducer",   "\u{9b}31m",           "\u{fffd}31m",       "?31m"),
            ("a forged row",           "a\r\n! failed",       "a␍␊! failed",       "a??! failed"),
            ("tab, delete",            "\t\x7f",              "␉␡",                "??"),
            ("right to left override", "a\u{202e}b",          "a\u{fffd}b",        "a?b"),
            ("zero width",             "a\u{200b}b\u{feff}",  "a\u{fffd}b\u{fffd}", "a?b?"),
            ("tag characters",         "\u{e0041}",           "\u{fffd}",          "?"),
        ];
        for (name, text, unicode, ascii) in table {
            assert_eq!(printable(text, Charset::Unicode), unicode, "{name}");
            assert_eq!(printable(text, Charset::Ascii), ascii, "{name}");
        }
    }
}
