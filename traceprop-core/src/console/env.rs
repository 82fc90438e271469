//! What the terminal can show, from the environment.

use std::io::IsTerminal;

use super::Waterfall;
use crate::tree::Charset;

impl Waterfall {
    /// A waterfall for standard error, as the environment describes it:
    ///
    /// * the width is that of `COLUMNS`, or [`DEFAULT_WIDTH`](Self::DEFAULT_WIDTH);
    /// * colours only on a terminal, not with a non-empty [`NO_COLOR`](https://no-color.org), and not
    ///   where `TERM` is `dumb`;
    /// * ASCII where the locale (the first of `LC_ALL`, `LC_CTYPE` and `LANG` that is set) names
    ///   another encoding than UTF-8.
    #[must_use]
    pub fn detect() -> Self {
        Self::described_by(
            |name| std::env::var(name).ok(),
            std::io::stderr().is_terminal(),
        )
    }

    fn described_by(variable: impl Fn(&str) -> Option<String>, terminal: bool) -> Self {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        let columns = set("COLUMNS").and_then(|columns| columns.trim().parse().ok());
        let color = terminal && set("NO_COLOR").is_none() && set("TERM").as_deref() != Some("dumb");
        let locale = set("LC_ALL")
            .or_else(|| set("LC_CTYPE"))
            .or_else(|| set("LANG"));
        let utf8 = locale.is_none_or(|locale| {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        });
        Self::new()
            .width(columns.unwrap_or(Self::DEFAULT_WIDTH))
            .color(color)
            .ascii(!utf8)
    }

    pub(super) fn charset(&self) -> Charset {
        if self.ascii {
            Charset::Ascii
        } else {
            Charset::Unicode
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn environments() {
        const UNSET: (&str, &str) = ("UNSET", "");
        #[rustfmt::skip]
        let table = [
            // what it shows          variables                             tty    width  color  ascii
            ("nothing set",           [UNSET, UNSET],                       true,  100,   true,  false),
            ("a pipe",                [UNSET, UNSET],                       false, 100,   false, false),
            ("columns",               [("COLUMNS", "142"), UNSET],                true,  142,   true,  false),
            ("too narrow",            [("COLUMNS", "12"), UNSET],                 true,  60,    true,  false),
            ("too wide",              [("COLUMNS", "9999999999"), UNSET],         true,  400,   true,  false),
            ("no number",             [("COLUMNS", "wide"), UNSET],               true,  100,   true,  false),
            ("no colour",             [("NO_COLOR", "1"), UNSET],                 true,  100,   false, false),
            ("NO_COLOR, but empty",   [("NO_COLOR", ""), UNSET],                  true,  100,   true,  false),
            ("a dumb terminal",       [("TERM", "dumb"), UNSET],                  true,  100,   false, false),
            ("UTF-8",                 [("LANG", "de_DE.UTF-8"), UNSET],           true,  100,   true,  false),
            ("the first one counts",  [("LC_ALL", "C"), ("LANG", "utf8")], true,  100,   true,  true),
        ];
        for (name, variables, terminal, width, color, ascii) in table {
            let variable = |wanted: &str| {
                let found = variables.iter().find(|(name, _)| *name == wanted);
                found.map(|(_, value)| (*value).to_owned())
            };
            let got = Waterfall::described_by(variable, terminal);
            let want = Waterfall::new().width(width).color(color).ascii(ascii);
            assert_eq!(got, want, "{name}");
        }
    }
}
