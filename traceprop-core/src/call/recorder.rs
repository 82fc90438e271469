//! What adapters report of each call, so that metrics need no adapter and adapters no metrics.

use std::borrow::Cow;
use std::fmt::Debug;
use std::time::{Duration, Instant};

use opentelemetry::trace::{SpanContext, SpanKind};

use super::facts::Facts;
use super::labels::Labels;

/// Told of every call that starts and of every call that ends, each exactly once.
///
/// `traceprop-metrics` implements it for Prometheus; an OpenTelemetry `Meter` can implement it too.
/// Both methods run on the request's path: they must not block, and must not panic.
///
/// ```
/// use std::sync::atomic::{AtomicI64, Ordering};
/// use traceprop_core::call::{Finished, Recorder, Started};
///
/// #[derive(Debug, Default)]
/// struct InFlight(AtomicI64);
///
/// impl Recorder for InFlight {
///     fn started(&self, _call: &Started<'_>) {
///         self.0.fetch_add(1, Ordering::Relaxed);
///     }
///     fn finished(&self, _call: &Finished<'_>) {
///         self.0.fetch_sub(1, Ordering::Relaxed);
///     }
/// }
/// ```
pub trait Recorder: Debug + Send + Sync {
    /// A call has begun; [`finished`](Self::finished) will follow with the same kind and facts, or
    /// with facts that have grown a route or a status.
    fn started(&self, call: &Started<'_>);

    /// The call is over: completed, failed or cancelled.
    fn finished(&self, call: &Finished<'_>);

    /// Which of the facts that cost something to find this recorder uses. Default: none.
    ///
    /// It is asked when an adapter is given its recorder, and not again.
    fn wanted(&self) -> Wanted {
        Wanted::default()
    }
}

/// Facts that an adapter looks for only if its recorder asks for them.
///
/// ```
/// use traceprop_core::call::Wanted;
///
/// let nothing = Wanted::default();
/// assert!(!nothing.body_sizes && !nothing.server_address && !nothing.url_template);
/// let sizes = Wanted { body_sizes: true, ..nothing };
/// assert_eq!(sizes | nothing, sizes);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// [`HttpFacts::request_body_size`](super::HttpFacts::request_body_size) and
    /// [`response_body_size`](super::HttpFacts::response_body_size).
    pub body_sizes: bool,
    /// The server's address and port on the server's side, where the caller names them.
    pub server_address: bool,
    /// [`HttpFacts::url_template`](super::HttpFacts::url_template).
    pub url_template: bool,
}

impl std::ops::BitOr for Wanted {
    type Output = Self;

    /// What either of two recorders asks for.
    fn bitor(self, other: Self) -> Self {
        Self {
            body_sizes: self.body_sizes || other.body_sizes,
            server_address: self.server_address || other.server_address,
            url_template: self.url_template || other.url_template,
        }
    }
}

/// Tells both, the first one first: Prometheus and an OpenTelemetry `Meter`, say.
impl<A: Recorder, B: Recorder> Recorder for (A, B) {
    fn started(&self, call: &Started<'_>) {
        self.0.started(call);
        self.1.started(call);
    }

    fn finished(&self, call: &Finished<'_>) {
        self.0.finished(call);
        self.1.finished(call);
    }

    fn wanted(&self) -> Wanted {
        self.0.wanted() | self.1.wanted()
    }
}

/// What is known when a call starts.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Started<'a> {
    /// Which side of the exchange this is.
    pub kind: &'a SpanKind,
    /// What the adapter knows of the call so far.
    pub facts: &'a Facts,
}

/// What is known when a call is over.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Finished<'a> {
    /// Which side of the exchange this was.
    pub kind: &'a SpanKind,
    /// What the adapter knows of the call.
    pub facts: &'a Facts,
    /// What the user labelled the call with, mostly nothing.
    pub labels: &'a Labels,
    /// How it ended.
    pub outcome: &'a Outcome,
    /// How long it took; the span has the same duration.
    pub duration: Duration,
    /// When it ended, so that a recorder need not ask the clock again.
    pub ended: Instant,
    /// The call's own span, sampled or not; the exemplar points here.
    pub span_context: &'a SpanContext,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It ran to its end, and the end was no failure of this side.
    Completed,
    /// It failed.
    Failed {
        /// `error.type`: a low-cardinality name such as `500` or `DEADLINE_EXCEEDED`.
        error_type: Cow<'static, str>,
        /// The span status's description, where it says more than `error_type` does.
        description: Option<String>,
    },
    /// It was dropped before its end: the peer went away, or the caller lost interest.
    Cancelled,
    /// Code inside the call said that it does not count: a recorder takes it out of what is in flight,
    /// and records nothing else of it.
    Ignored,
}

impl Outcome {
    /// The `error.type` of a cancelled call.
    pub(super) const CANCELLED: &'static str = "cancelled";

    /// A failure that `error_type` says everything about.
    #[must_use]
    pub fn failed(error_type: impl Into<Cow<'static, str>>) -> Self {
        Self::Failed {
            error_type: error_type.into(),
            description: None,
        }
    }

    /// The value of `error.type`, or `None` where the call completed; `cancelled` for a cancelled one.
    #[must_use]
    pub fn error_type(&self) -> Option<&str> {
        match self {
            Self::Completed | Self::Ignored => None,
            Self::Failed { error_type, .. } => Some(error_type),
            Self::Cancelled => Some(Self::CANCELLED),
        }
    }
}
