//! Why a header was refused, and who is told.
//!
//! The kinds hold no byte of the header: it comes from the network, and errors get logged.

use std::fmt;
use std::sync::Arc;

/// Defines a format's error: its variants, what they read as, and which header they are about.
macro_rules! kinds {
    (
        $(#[$doc:meta])*
        $name:ident($header:literal) {
            $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)+
        }
    ) => {
        $(#[$doc])*
        #[non_exhaustive]
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $name {
            const HEADER: &'static str = $header;

            /// The rule that was broken, in a few words; one of a fixed set, fit for a label.
            #[must_use]
            pub const fn kind(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}: {}", Self::HEADER, self.kind())
            }
        }

        impl std::error::Error for $name {}
    };
}

kinds! {
    /// Why a `traceparent` was refused (W3C Trace Context level 2, §3.2): a new trace starts.
    TraceparentError("traceparent") {
        /// There is more than one value.
        Repeated = "more than one value",
        /// Fewer bytes than version 00 has, or more than are looked at.
        Length = "length",
        /// No `-` at byte 2, 35 or 52.
        Separator = "separator",
        /// Version `ff`, or not two lower-case hex digits.
        Version = "version",
        /// Version 00 goes on after its flags, or a later one without a `-`.
        Trailing = "trailing bytes",
        /// The trace id is all zero, or not 32 lower-case hex digits.
        TraceId = "trace id",
        /// The parent id is all zero, or not 16 lower-case hex digits.
        SpanId = "parent id",
        /// The flags are not two lower-case hex digits.
        Flags = "flags",
    }
}

kinds! {
    /// Why a `tracestate` was dropped (W3C Trace Context level 2, §3.3): the `traceparent` stands.
    TracestateError("tracestate") {
        /// A member has no `=`.
        Separator = "member without =",
        /// A key breaks its grammar.
        Key = "key",
        /// A value breaks its grammar.
        Value = "value",
        /// There is a 33rd member.
        Members = "too many members",
    }
}

kinds! {
    /// Why a member of `baggage` was left out (W3C Baggage, §3.2): the others stand.
    BaggageError("baggage") {
        /// A member has no `=`.
        Separator = "member without =",
        /// A name is empty or no token.
        Key = "key",
        /// A value holds a byte that it may not.
        Value = "value",
        /// A property breaks its grammar; the member stands without it.
        Property = "property",
        /// There are more names than are read.
        Members = "too many members",
        /// The lists are longer than is read.
        Length = "length",
    }
}

kinds! {
    /// Why the B3 headers were refused.
    B3Error("b3") {
        /// The single header is none of its forms.
        Form = "form",
        /// The trace id is all zero, or not 16 or 32 lower-case hex digits.
        TraceId = "trace id",
        /// The span id is all zero, or not 16 lower-case hex digits.
        SpanId = "span id",
        /// The state is none that there is.
        State = "sampling state",
        /// The parent's id in the single header is not 16 lower-case hex digits.
        ParentId = "parent id",
        /// One of the two ids is there without the other.
        Missing = "one id alone",
    }
}

kinds! {
    /// Why a Jaeger header was refused.
    JaegerError("jaeger") {
        /// `uber-trace-id` is longer than is looked at.
        Length = "length",
        /// `uber-trace-id` has not four parts.
        Parts = "parts",
        /// The trace id is zero, or not 1 to 32 hex digits.
        TraceId = "trace id",
        /// The span id is zero, or not 1 to 16 hex digits.
        SpanId = "span id",
        /// The flags are not one or two hex digits.
        Flags = "flags",
        /// A baggage value holds a byte that it may not, or is no pair.
        Baggage = "baggage",
        /// There is more baggage than is read.
        Limit = "too much baggage",
    }
}

/// Why a propagator refused a header, or a part of one.
///
/// Propagators hand it to the hook that their `on_error` was given: once at most for each header and
/// extraction, with the first rule that was broken. A header that is not there is no error.
///
/// ```
/// use std::collections::HashMap;
/// use std::sync::{Arc, Mutex};
/// use opentelemetry::{Context, propagation::TextMapPropagator};
/// use traceprop_core::propagation::{ExtractError, TraceContextPropagator};
///
/// let seen = Arc::new(Mutex::new(Vec::new()));
/// let propagator = TraceContextPropagator::new().on_error({
///     let seen = Arc::clone(&seen);
///     move |error: &ExtractError| seen.lock().unwrap().push((error.header(), error.kind()))
/// });
/// let request = HashMap::from([("traceparent".to_owned(), "garbage".to_owned())]);
/// propagator.extract_with_context(&Context::new(), &request);
/// assert_eq!(*seen.lock().unwrap(), [("traceparent", "length")]);
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ExtractError {
    /// `traceparent`: no span context was read.
    Traceparent(TraceparentError),
    /// `tracestate`: the list was dropped.
    Tracestate(TracestateError),
    /// `baggage`: a part of the list was left out.
    Baggage(BaggageError),
    /// `b3` or the `x-b3-` headers: no span context was read from them.
    B3(B3Error),
    /// `uber-trace-id`: no span context was read; or a baggage header: it was left out.
    Jaeger(JaegerError),
}

impl ExtractError {
    /// The header, or the family of headers.
    #[must_use]
    pub const fn header(self) -> &'static str {
        match self {
            Self::Traceparent(_) => TraceparentError::HEADER,
            Self::Tracestate(_) => TracestateError::HEADER,
            Self::Baggage(_) => BaggageError::HEADER,
            Self::B3(_) => B3Error::HEADER,
            Self::Jaeger(_) => JaegerError::HEADER,
        }
    }

    /// The rule that was broken, in a few words; one of a fixed set, fit for a label.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Traceparent(error) => error.kind(),
            Self::Tracestate(error) => error.kind(),
            Self::Baggage(error) => error.kind(),
            Self::B3(error) => error.kind(),
            Self::Jaeger(error) => error.kind(),
        }
    }
}

impl fmt::Display for ExtractError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.header(), self.kind())
    }
}

impl std::error::Error for ExtractError {}

/// Turns a format's error into the one that hooks see.
macro_rules! from {
    ($($variant:ident($error:ident)),+) => {
        $(impl From<$error> for ExtractError {
            fn from(error: $error) -> Self {
                Self::$variant(error)
            }
        })+
    };
}

from!(
    Traceparent(TraceparentError),
    Tracestate(TracestateError),
    Baggage(BaggageError),
    B3(B3Error),
    Jaeger(JaegerError)
);

/// Who is told of what was refused: nobody, until a user asks.
#[derive(Clone, Default)]
pub(super) struct Hook(Option<Told>);

type Told = Arc<dyn Fn(&ExtractError) + Send + Sync>;

impl Hook {
    pub(super) const NONE: Self = Self(None);

    pub(super) fn new(hook: impl Fn(&ExtractError) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(hook)))
    }

    pub(super) fn tell(&self, error: impl Into<ExtractError>) {
        if let Some(hook) = &self.0 {
            hook(&error.into());
        }
    }

    /// The value; an error is told.
    pub(super) fn ok<T>(&self, result: Result<T, impl Into<ExtractError>>) -> Option<T> {
        result.map_err(|error| self.tell(error)).ok()
    }
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "set" } else { "none" })
    }
}

/// Gives a propagator, with a `Hook` in its field `hook`, the setter of it.
macro_rules! on_error {
    () => {
        /// Sets who is told of what was refused, to count it by its kind. Default: nobody.
        ///
        /// The hook runs within the extraction: keep it short. It may use contexts as it likes when
        /// the propagator, or a [`CompositePropagator`](crate::propagation::CompositePropagator)
        /// with it, is used as it is; within another library's composite, whose `extract` borrows
        /// the thread's current context meanwhile, attaching one would panic.
        #[must_use]
        pub fn on_error(
            mut self,
            hook: impl Fn(&crate::propagation::ExtractError) + Send + Sync + 'static,
        ) -> Self {
            self.hook = crate::propagation::error::Hook::new(hook);
            self
        }
    };
}

/// `inject` and `extract` on a copy of the current context: the provided ones run within
/// `Context::map_current`, where a hook, or a carrier, that attaches a context would panic.
macro_rules! on_current_context {
    () => {
        fn inject(&self, injector: &mut dyn Injector) {
            self.inject_context(&Context::current(), injector);
        }

        fn extract(&self, extractor: &dyn Extractor) -> Context {
            self.extract_with_context(&Context::current(), extractor)
        }
    };
}

pub(super) use {on_current_context, on_error};
