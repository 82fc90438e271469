//! Errors on a call.

use std::error::Error;

use opentelemetry::trace::TraceContextExt;

use super::ext::SpanExt;
use super::report::ErrorReport;
use crate::call::{Call, Outcome};

impl Call {
    /// Records `error` on the call's span, and lets the call go on.
    ///
    /// It is [`SpanExt::record_error`] without the import. A call that ends with the error is better
    /// ended with [`fail`](Self::fail): an [`Outcome::Failed`] would add a second `error.type`.
    pub fn record_error<E: Error + ?Sized>(&self, error: &E) {
        SpanExt::record_error(self, error);
    }

    /// Ends the call with an error: its event `exception`, and [`Outcome::Failed`] with its
    /// `error.type` and message.
    ///
    /// The recorder is told the `error.type` even where the span is not recording.
    ///
    /// ```
    /// use traceprop_core::call::{Call, Options, Scope};
    /// use traceprop_core::span::ErrorReport;
    ///
    /// let call = Call::client("quote").start(&Options::new("my-client", Scope::Off));
    /// let error = "seventeen".parse::<u32>().unwrap_err();
    /// call.fail(&ErrorReport::new(&error));
    /// ```
    pub fn fail<E: Error + ?Sized>(self, report: &ErrorReport<'_, E>) {
        let name = report.name();
        let description = self
            .is_recording()
            .then(|| report.write_event(&self.context().span(), &name));
        self.finish(Outcome::Failed {
            error_type: name,
            description,
        });
    }
}
