//! Environment variables: an empty one is unset, and what cannot be used is kept for one warning.

use std::ffi::OsString;
use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

type Lookup = dyn Fn(&str) -> Option<OsString>;

/// The environment, and what in it could not be used.
pub(super) struct Env {
    lookup: Box<Lookup>,
    notices: Vec<String>,
}

impl Env {
    pub(super) fn of_process() -> Self {
        Self::new(|name| std::env::var_os(name))
    }

    fn new(lookup: impl Fn(&str) -> Option<OsString> + 'static) -> Self {
        Self {
            lookup: Box::new(lookup),
            notices: Vec::new(),
        }
    }

    /// An environment of its own for a test: the process's is shared by all its threads.
    #[cfg(test)]
    pub(super) fn of(variables: &[(&'static str, &'static str)]) -> Self {
        let variables = variables.to_vec();
        Self::new(move |name| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| OsString::from(value))
        })
    }

    /// The variable's value without the white space around it; `None` where it is unset or empty.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        let Ok(value) = (self.lookup)(name)?.into_string() else {
            self.ignored(name, "it is not UTF-8");
            return None;
        };
        let value = value.trim();
        (!value.is_empty()).then(|| value.to_owned())
    }

    /// The first of `names` that is set, with its name.
    pub(super) fn first(&mut self, names: [&'static str; 2]) -> Option<(&'static str, String)> {
        names
            .into_iter()
            .find_map(|name| self.text(name).map(|value| (name, value)))
    }

    /// A number, or `None` with a notice.
    pub(super) fn number<T: FromStr>(&mut self, name: &str) -> Option<T> {
        let number = self.text(name)?.parse().ok();
        if number.is_none() {
            self.ignored(name, "it is not a number in range");
        }
        number
    }

    /// A duration in milliseconds, or `None` with a notice.
    pub(super) fn millis(&mut self, name: &str) -> Option<Duration> {
        self.number(name).map(Duration::from_millis)
    }

    /// `true` in any case is true; all else is false, and `false` alone is so without a notice.
    pub(super) fn is_true(&mut self, name: &str) -> bool {
        let value = self.text(name).unwrap_or_default();
        let is_true = value.eq_ignore_ascii_case("true");
        if !is_true && !value.is_empty() && !value.eq_ignore_ascii_case("false") {
            self.ignored(name, "it is neither `true` nor `false`");
        }
        is_true
    }

    /// Keeps a notice, for the log that is yet to be set up, that a variable has no effect. The value is not repeated: it may be a secret.
    pub(super) fn ignored(&mut self, name: &str, why: impl Display) {
        self.notices.push(format!("{name} is ignored: {why}"));
    }

    pub(super) fn into_notices(self) -> Vec<String> {
        self.notices
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn booleans() {
        #[rustfmt::skip]
        let table = [
            // value    true?  notices
            ("",        false, 0),
            ("true",    true,  0),
            (" TRUE ",  true,  0),
            ("False",   false, 0),
            ("1",       false, 1),
            ("yes",     false, 1),
        ];
        for (value, want, notices) in table {
            let mut env = Env::of(&[("A", value)]);
            assert_eq!(env.is_true("A"), want, "{value}");
            assert_eq!(env.into_notices().len(), notices, "{value}");
        }
    }

    #[test]
    fn a_bad_number_is_a_notice_without_the_value() {
        let mut env = Env::of(&[("GOOD", "250"), ("BAD", "hunter2")]);
        assert_eq!(env.millis("GOOD"), Some(Duration::from_millis(250)));
        assert_eq!(env.number::<u16>("BAD"), None);
        assert_eq!(env.number::<u16>("UNSET"), None);
        assert_eq!(
            env.into_notices(),
            ["BAD is ignored: it is not a number in range"]
        );
    }
}
