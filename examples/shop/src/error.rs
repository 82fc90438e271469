//! Errors that say what was being done, and which setting it came from.

use std::error::Error as StdError;
use std::fmt;

pub(crate) type Error = Box<dyn StdError + Send + Sync>;
pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// Puts what was being done in front of an error.
pub(crate) trait Explain<T> {
    fn explain(self, doing: impl FnOnce() -> String) -> Result<T>;
}

impl<T, E> Explain<T> for Result<T, E>
where
    E: Into<Error>,
{
    fn explain(self, doing: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|source| {
            Error::from(Explained {
                doing: doing(),
                source: source.into(),
            })
        })
    }
}

#[derive(Debug)]
struct Explained {
    doing: String,
    source: Error,
}

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.doing, self.source)
    }
}

// No `source`: the text above has it already.
impl StdError for Explained {}

/// An error's text with those of its causes, for errors that leave them out.
pub(crate) fn with_causes(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.ends_with(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = error.source();
    }
    text
}
