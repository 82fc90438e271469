//! What is written about an error.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use opentelemetry::KeyValue;
use opentelemetry::trace::{SpanRef, Status};

use super::bounded::{Bounded, bounded};
use super::error_type::{ErrorType, OTHER, of_type};
use crate::semconv;

/// Describes how an error is recorded on a span.
///
/// Recording sets the span's status to error with the message as its description, sets `error.type`,
/// and adds an event `exception` with `exception.type` and `exception.message`, as [recording errors]
/// and [exceptions on spans] say. Building a report formats nothing; a span that is not recording
/// never asks for the message.
///
/// Record an error once, on the span of the operation that failed: a span keeps every `error.type` it
/// is given. Messages go to the tracing backend, so they must not hold secrets.
///
/// [recording errors]: https://opentelemetry.io/docs/specs/semconv/general/recording-errors/
/// [exceptions on spans]: https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-spans/
///
/// ```
/// use opentelemetry::Context;
/// use traceprop_core::span::{ErrorReport, SpanExt};
///
/// let error = "seventeen".parse::<u32>().unwrap_err();
/// let report = ErrorReport::new(&error).error_type("bad_quantity").with_causes();
/// Context::current().record_report(&report);
/// ```
#[must_use = "a report is recorded with `SpanExt::record_report` or `Call::fail`"]
pub struct ErrorReport<'a, E: ?Sized = dyn Error + 'static> {
    error: &'a E,
    named: Named<E>,
    db_status_code: Option<Cow<'static, str>>,
    causes: bool,
}

/// Where `error.type` comes from.
enum Named<E: ?Sized> {
    Type,
    Trait(fn(&E) -> Cow<'static, str>),
    Given(Cow<'static, str>),
}

impl<'a, E: Error + ?Sized> ErrorReport<'a, E> {
    /// The longest message kept, in bytes; a longer one is cut.
    pub const MAX_MESSAGE: usize = 2048;
    /// The longest text of an error and its causes kept, in bytes; a longer one is cut.
    pub const MAX_CHAIN: usize = 8192;
    /// How many causes are followed.
    pub const MAX_CAUSES: usize = 16;

    /// Reports `error`, whose `error.type` is the path of its type without generic arguments.
    ///
    /// A `dyn Error` does not know its type: its `error.type` is [`OTHER`] unless
    /// [`error_type`](Self::error_type) is given, and its event has no `exception.type`.
    pub fn new(error: &'a E) -> Self {
        Self {
            error,
            named: Named::Type,
            db_status_code: None,
            causes: false,
        }
    }

    /// Reports `error`, whose `error.type` is what its [`ErrorType`] says.
    pub fn typed(error: &'a E) -> Self
    where
        E: ErrorType,
    {
        Self {
            named: Named::Trait(E::error_type),
            ..Self::new(error)
        }
    }

    /// Sets `error.type`: a name with few values, never a message.
    pub fn error_type(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.named = Named::Given(name.into());
        self
    }

    /// Sets the database's own code for the error, `db.response.status_code`.
    ///
    /// It is the `error.type` too, unless that is set or comes from [`typed`](Self::typed).
    pub fn db_status_code(mut self, code: impl Into<Cow<'static, str>>) -> Self {
        self.db_status_code = Some(code.into());
        self
    }

    /// Adds the chain of causes to the event, as `exception.stacktrace`: one line for the error, and
    /// one `caused by: ` line for each [`source`](Error::source), up to
    /// [`MAX_CAUSES`](Self::MAX_CAUSES) of them and [`MAX_CHAIN`](Self::MAX_CHAIN) bytes.
    pub fn with_causes(mut self) -> Self {
        self.causes = true;
        self
    }

    /// The `error.type`.
    pub(super) fn name(&self) -> Cow<'static, str> {
        match (&self.named, &self.db_status_code) {
            (Named::Given(name), _) => name.clone(),
            (Named::Trait(name), _) => name(self.error),
            (Named::Type, Some(code)) => code.clone(),
            (Named::Type, None) => of_type::<E>().unwrap_or(OTHER).into(),
        }
    }

    /// Writes everything to a span that is recording.
    pub(super) fn write(&self, span: &SpanRef<'_>) {
        let name = self.name();
        let description = self.write_event(span, &name);
        span.set_attribute(KeyValue::new(semconv::ERROR_TYPE, name));
        span.set_status(Status::error(description));
    }

    /// Writes all but `error.type` and the status to a span that is recording; gives the status's
    /// description.
    ///
    /// The error is formatted before the span is touched: what a `Display` does cannot meet its lock.
    pub(super) fn write_event(&self, span: &SpanRef<'_>, name: &str) -> String {
        let message = bounded(self.error, Self::MAX_MESSAGE);
        let mut attributes = Vec::with_capacity(3);
        let type_name = of_type::<E>();
        if let Some(type_name) = type_name {
            attributes.push(KeyValue::new(semconv::EXCEPTION_TYPE, type_name));
        }
        attributes.push(KeyValue::new(semconv::EXCEPTION_MESSAGE, message.clone()));
        if self.causes {
            let chain = self.chain(type_name.unwrap_or(name), &message);
            attributes.push(KeyValue::new(semconv::EXCEPTION_STACKTRACE, chain));
        }
        span.add_event("exception", attributes);
        if let Some(code) = &self.db_status_code {
            let key = semconv::DB_RESPONSE_STATUS_CODE;
            span.set_attribute(KeyValue::new(key, code.clone()));
        }
        // An error status without words is what an `error!` line sets, and calls ignore that one.
        if message.is_empty() {
            name.to_owned()
        } else {
            message
        }
    }

    fn chain(&self, name: &str, message: &str) -> String {
        let mut chain = Bounded::new(Self::MAX_CHAIN);
        chain.push(format_args!("{name}: {message}"));
        // Bounded, since an error may be its own cause.
        let causes = std::iter::successors(self.error.source(), |&error| error.source());
        for cause in causes.take(Self::MAX_CAUSES) {
            chain.push(format_args!("\ncaused by: {cause}"));
        }
        chain.finish()
    }
}

impl<E: fmt::Debug + ?Sized> fmt::Debug for ErrorReport<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorReport")
            .field("error", &self.error)
            .field("causes", &self.causes)
            .finish_non_exhaustive()
    }
}
