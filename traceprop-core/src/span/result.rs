//! Errors on their way through a `Result`.

use std::error::Error;

use opentelemetry::Context;

use super::ext::sealed::Recording;
use super::report::ErrorReport;

/// Records the error of a `Result` on the current span, and passes the result on.
///
/// The current span is that of `opentelemetry::Context::current()`. Record where the operation fails,
/// once; a caller that records the same error again marks its own span.
///
/// ```
/// use traceprop_core::span::{ErrorReport, ResultExt};
///
/// fn quantity(text: &str) -> Result<u32, std::num::ParseIntError> {
///     text.parse::<u32>().record_err()
/// }
///
/// fn load() -> Result<u32, Box<dyn std::error::Error>> {
///     Ok(quantity("17")?)
/// }
///
/// // A boxed error is no `Error` itself, so it says how it is reported.
/// let loaded = load().record_err_with(|error| ErrorReport::new(error.as_ref()));
/// assert_eq!(loaded.unwrap(), 17);
/// ```
pub trait ResultExt<E>: Sized {
    /// Records an error; see [`ErrorReport::new`].
    #[must_use = "the result is passed on"]
    fn record_err(self) -> Self
    where
        E: Error,
    {
        self.record_err_with(|error| ErrorReport::new(error))
    }

    /// Records an error with the chain of its causes; see [`ErrorReport::with_causes`].
    #[must_use = "the result is passed on"]
    fn record_err_chain(self) -> Self
    where
        E: Error,
    {
        self.record_err_with(|error| ErrorReport::new(error).with_causes())
    }

    /// Records an error as `describe` says, which is called only if the span is recording.
    #[must_use = "the result is passed on"]
    fn record_err_with<X>(self, describe: impl FnOnce(&E) -> ErrorReport<'_, X>) -> Self
    where
        X: Error + ?Sized;
}

impl<T, E> ResultExt<E> for Result<T, E> {
    fn record_err_with<X>(self, describe: impl FnOnce(&E) -> ErrorReport<'_, X>) -> Self
    where
        X: Error + ?Sized,
    {
        if let Err(error) = &self {
            // A clone, not `map_current`: formatting runs a stranger's code, which may attach one.
            Context::current().recording(|span| describe(error).write(span));
        }
        self
    }
}
