//! The setting `TRACEPROP_CONSOLE`.

use std::{error::Error, fmt, str::FromStr};

use super::Waterfall;
use crate::tree::{Charset, printable};

/// What to show of finished traces in the terminal; the setting `TRACEPROP_CONSOLE`.
///
/// ```
/// use traceprop_core::console::ConsoleMode;
///
/// assert_eq!("waterfall".parse(), Ok(ConsoleMode::Waterfall));
/// let wrong = "cascade".parse::<ConsoleMode>().expect_err("no such mode");
/// assert_eq!(
///     wrong.to_string(),
///     r#"TRACEPROP_CONSOLE="cascade" is not known; allowed are waterfall, tree and off"#,
/// );
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConsoleMode {
    /// Nothing. The default.
    #[default]
    Off,
    /// Each trace as a tree with times, without bars.
    Tree,
    /// Each trace as a tree with bars.
    Waterfall,
}

impl ConsoleMode {
    /// The environment variable that holds the setting.
    pub const VARIABLE: &'static str = "TRACEPROP_CONSOLE";

    /// Reads `TRACEPROP_CONSOLE`; unset and empty mean [`Off`](Self::Off).
    ///
    /// # Errors
    ///
    /// Returns an error that names setting, value and what is allowed, if the value is none of
    /// `waterfall`, `tree` and `off` (in upper or lower case).
    pub fn from_env() -> Result<Self, UnknownConsoleMode> {
        match std::env::var_os(Self::VARIABLE) {
            None => Ok(Self::Off),
            Some(value) if value.is_empty() => Ok(Self::Off),
            Some(value) => value.to_string_lossy().parse(),
        }
    }

    /// How to draw in this mode on standard error, with the width, colours and characters that it can
    /// show; `None` for [`Off`](Self::Off).
    #[must_use]
    pub fn waterfall(self) -> Option<Waterfall> {
        match self {
            Self::Off => None,
            Self::Tree => Some(Waterfall::detect().bars(false)),
            Self::Waterfall => Some(Waterfall::detect()),
        }
    }
}

impl FromStr for ConsoleMode {
    type Err = UnknownConsoleMode;

    fn from_str(value: &str) -> Result<Self, UnknownConsoleMode> {
        match value.trim().to_ascii_lowercase().as_str() {
            "off" => Ok(Self::Off),
            "tree" => Ok(Self::Tree),
            "waterfall" => Ok(Self::Waterfall),
            _ => Err(UnknownConsoleMode {
                value: value.to_owned(),
            }),
        }
    }
}

/// A value of `TRACEPROP_CONSOLE` that is no mode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownConsoleMode {
    value: String,
}

impl UnknownConsoleMode {
    /// The value as it was given.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }
}

impl fmt::Display for UnknownConsoleMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value: String = self.value.chars().take(40).collect();
        let setting = ConsoleMode::VARIABLE;
        let value = printable(&value, Charset::Unicode);
        write!(
            f,
            "{setting}=\"{value}\" is not known; allowed are waterfall, tree and off"
        )
    }
}

impl Error for UnknownConsoleMode {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        for (text, mode) in [
            ("off", Some(ConsoleMode::Off)),
            (" Tree ", Some(ConsoleMode::Tree)),
            ("WATERFALL", Some(ConsoleMode::Waterfall)),
            ("", None),
            ("true", None),
            ("waterfalls", None),
        ] {
            assert_eq!(text.parse::<ConsoleMode>().ok(), mode, "{text:?}");
        }
        assert!(ConsoleMode::Off.waterfall().is_none());
    }

    #[test]
    fn the_message_is_short_and_harmless() {
        let value = format!("\x1b[2J{}", "x".repeat(10_000));
        let wrong = value.parse::<ConsoleMode>().unwrap_err();
        assert_eq!(wrong.value(), value);
        let message = wrong.to_string();
        assert!(
            message.starts_with("TRACEPROP_CONSOLE=\"␛[2Jxxx"),
            "{message}"
        );
        assert!(message.len() < 150, "{message}");
    }
}
