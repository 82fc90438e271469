//! Text of bounded length, from values that may print without end.

use std::fmt::{self, Display, Write};

/// Stands where text was cut.
const CUT: &str = "…";

/// A string that takes at most so many bytes and then refuses, which stops the formatting.
pub(super) struct Bounded {
    text: String,
    left: usize,
    cut: bool,
}

impl Bounded {
    /// Takes `limit` bytes, and the mark of a cut beyond them.
    pub(super) fn new(limit: usize) -> Self {
        Self {
            text: String::new(),
            left: limit,
            cut: false,
        }
    }

    /// Appends `value`, as far as it fits.
    pub(super) fn push(&mut self, value: impl Display) {
        // An error says that the text was cut, or that `value` gave up: what there is has to do.
        let _ = write!(self, "{value}");
    }

    pub(super) fn finish(mut self) -> String {
        if self.cut {
            self.text.push_str(CUT);
        }
        self.text
    }
}

impl Write for Bounded {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        if self.cut {
            return Err(fmt::Error);
        }
        let fitting = &piece[..floor_char_boundary(piece, self.left)];
        self.text.push_str(fitting);
        self.left -= fitting.len();
        self.cut = fitting.len() < piece.len();
        if self.cut { Err(fmt::Error) } else { Ok(()) }
    }
}

/// `str::floor_char_boundary`, which is newer than our oldest compiler.
fn floor_char_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    // Ends at 0 at the latest.
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// `value` as text of at most `limit` bytes and the mark of a cut.
pub(super) fn bounded(value: impl Display, limit: usize) -> String {
    let mut text = Bounded::new(limit);
    text.push(value);
    text.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_at_a_character_and_says_so() {
        assert_eq!(bounded("añb", 8), "añb");
        assert_eq!(bounded("añb", 4), "añb");
        assert_eq!(bounded("añb", 3), "añ…");
        assert_eq!(bounded("añb", 2), "a…");
        assert_eq!(bounded("", 0), "");
        assert_eq!(bounded("a", 0), "…");
    }

    #[test]
    fn stops_what_prints_without_end() {
        struct Endless;
        impl Display for Endless {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                loop {
                    f.write_str("again ")?;
                }
            }
        }
        assert_eq!(bounded(Endless, 12), "again again …");
    }

    #[test]
    fn keeps_what_a_failing_display_wrote() {
        struct Failing;
        impl Display for Failing {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("half")?;
                Err(fmt::Error)
            }
        }
        assert_eq!(bounded(Failing, 12), "half");
    }
}
