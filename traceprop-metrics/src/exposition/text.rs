//! Text within a line.

/// Writes `texts`, one after the other.
pub(super) fn concat(out: &mut Vec<u8>, texts: &[&str]) {
    for text in texts {
        out.extend_from_slice(text.as_bytes());
    }
}

/// Label values, and in OpenMetrics help as well.
pub(super) fn escape(out: &mut Vec<u8>, text: &str) {
    escape_these(out, text, |byte| matches!(byte, b'\\' | b'\n' | b'"'));
}

/// Help in text 0.0.4, which leaves the quotes alone.
pub(super) fn escape_help(out: &mut Vec<u8>, text: &str) {
    escape_these(out, text, |byte| matches!(byte, b'\\' | b'\n'));
}

fn escape_these(out: &mut Vec<u8>, text: &str, special: impl Fn(u8) -> bool) {
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|byte| special(*byte)) {
        let (before, from) = rest.split_at(at);
        out.extend_from_slice(before);
        let Some((byte, after)) = from.split_first() else {
            return;
        };
        out.extend_from_slice(&[b'\\', if *byte == b'\n' { b'n' } else { *byte }]);
        rest = after;
    }
    out.extend_from_slice(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_table() {
        #[rustfmt::skip]
        let table = [
            ("",              "",                  ""),
            ("plain é",       "plain é",           "plain é"),
            ("\\",            "\\\\",              "\\\\"),
            ("a\"b\nc",       "a\\\"b\\nc",         "a\"b\\nc"),
            ("\n\n\"",        "\\n\\n\\\"",         "\\n\\n\""),
            ("\r\u{0}\u{2028}", "\r\u{0}\u{2028}",    "\r\u{0}\u{2028}"),
        ];
        for (given, want, want_in_help) in table {
            let (mut value, mut help) = (Vec::new(), Vec::new());
            escape(&mut value, given);
            escape_help(&mut help, given);
            assert_eq!(value, want.as_bytes(), "{given:?}");
            assert_eq!(help, want_in_help.as_bytes(), "{given:?}");
        }
    }
}
