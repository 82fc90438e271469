//! Errors and links, on whatever stands for a span.

use std::error::Error;

use opentelemetry::trace::{SpanContext, SpanRef, TraceContextExt};
use opentelemetry::{Context, KeyValue};

use super::report::ErrorReport;
use crate::call::Call;

/// Records errors and links on a [`Call`], on the active span of a [`Context`], or, with the feature
/// `layer`, on a `tracing::Span`.
///
/// Everything does nothing on a span that is not recording. Use `Context::current()` for the current
/// span: inside [`in_span`](super::in_span) it is the innermost, which `tracing::Span::current()`
/// is not.
///
/// A `tracing::Span` that was not entered yet starts when something is recorded on it.
///
/// ```
/// use opentelemetry::Context;
/// use traceprop_core::span::SpanExt;
///
/// if let Err(error) = "seventeen".parse::<u32>() {
///     Context::current().record_error(&error);
/// }
/// ```
pub trait SpanExt: sealed::Recording {
    /// Records `error`: the span's status, `error.type`, and an event `exception`.
    ///
    /// See [`ErrorReport::new`] for what `error.type` is, for a `dyn Error` too.
    fn record_error<E: Error + ?Sized>(&self, error: &E) {
        self.record_report(&ErrorReport::new(error));
    }

    /// Records `error` with the chain of its causes; see [`ErrorReport::with_causes`].
    fn record_error_chain<E: Error + ?Sized>(&self, error: &E) {
        self.record_report(&ErrorReport::new(error).with_causes());
    }

    /// Records an error as `report` describes it.
    fn record_report<E: Error + ?Sized>(&self, report: &ErrorReport<'_, E>) {
        self.recording(|span| report.write(span));
    }

    /// Links another span, which is related and not the parent. An invalid one is skipped.
    ///
    /// A sampler does not see links that are made here; [`CallBuilder::link`] is for those that are
    /// known at the start.
    ///
    /// [`CallBuilder::link`]: crate::call::CallBuilder::link
    fn link_span(&self, other: &SpanContext) {
        self.link_span_with(other, Vec::new());
    }

    /// Links another span, with attributes on the link. An invalid one is skipped.
    fn link_span_with(&self, other: &SpanContext, attributes: Vec<KeyValue>) {
        if other.is_valid() {
            self.recording(|span| span.add_link(other.clone(), attributes));
        }
    }

    /// Links the active span of another context, local or remote. An invalid one is skipped.
    fn link_context(&self, other: &Context) {
        self.link_span(other.span().span_context());
    }
}

impl<T: sealed::Recording + ?Sized> SpanExt for T {}

pub(super) mod sealed {
    use super::SpanRef;

    /// Something that stands for a span.
    pub trait Recording {
        /// Runs `act` on the span if it is recording.
        fn recording(&self, act: impl FnOnce(&SpanRef<'_>));
    }
}

impl sealed::Recording for Context {
    fn recording(&self, act: impl FnOnce(&SpanRef<'_>)) {
        let span = self.span();
        if span.is_recording() {
            act(&span);
        }
    }
}

impl sealed::Recording for Call {
    fn recording(&self, act: impl FnOnce(&SpanRef<'_>)) {
        if self.is_recording() {
            act(&self.context().span());
        }
    }
}
