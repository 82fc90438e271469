//! What adapters report of each call, so that metrics need no adapter and adapters no metrics.

use std::borrow::Cow;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::{Duration, Instant};

use opentelemetry::trace::{SpanContext, SpanKind};

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
}

impl Outcome {
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
            Self::Completed => None,
            Self::Failed { error_type, .. } => Some(error_type),
            Self::Cancelled => Some("cancelled"),
        }
    }
}

/// What a call is about, by family of the semantic conventions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Facts {
    /// A call outside the families below; it has a span and no metrics.
    #[default]
    Other,
    /// An HTTP exchange.
    Http(HttpFacts),
    /// A remote procedure call.
    Rpc(RpcFacts),
    /// A message sent, received or processed.
    Messaging(MessagingFacts),
}

/// An HTTP exchange: [HTTP metrics](https://opentelemetry.io/docs/specs/semconv/http/http-metrics/).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpFacts {
    /// A known method, or `_OTHER`; never a stranger's word.
    pub method: &'static str,
    /// `http` or `https`.
    pub scheme: &'static str,
    /// The route's template, for example `/orders/{id}`; never the path.
    pub route: Option<Arc<str>>,
    /// `1.1`, `2` and so on.
    pub protocol_version: Option<&'static str>,
    /// The status code, once there is a response.
    pub status: Option<u16>,
    /// The server's host, on the client's side.
    pub server_address: Option<Arc<str>>,
    /// The server's port, on the client's side.
    pub server_port: Option<u16>,
}

/// A remote procedure call: [RPC metrics](https://opentelemetry.io/docs/specs/semconv/rpc/rpc-metrics/).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RpcFacts {
    /// `grpc`.
    pub system: &'static str,
    /// `pkg.Service/Method`, or `_OTHER`.
    pub method: Cow<'static, str>,
    /// `OK`, `DEADLINE_EXCEEDED` and so on, once known.
    pub status: Option<&'static str>,
    /// The server's host, on the client's side.
    pub server_address: Option<Arc<str>>,
    /// The server's port, on the client's side.
    pub server_port: Option<u16>,
}

/// A message: [messaging metrics](https://opentelemetry.io/docs/specs/semconv/messaging/messaging-metrics/).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessagingFacts {
    /// `kafka`.
    pub system: &'static str,
    /// `messaging.operation.name`: `send`, `poll`, `process` or `commit`.
    pub operation: &'static str,
    /// The topic.
    pub destination: Option<Arc<str>>,
    /// The consumer group, on the consumer's side.
    pub consumer_group: Option<Arc<str>>,
}

impl HttpFacts {
    /// How the method is written in a span's name: `HTTP` for one that is not known.
    pub(crate) fn name_of_method(&self) -> &'static str {
        if self.method == "_OTHER" {
            "HTTP"
        } else {
            self.method
        }
    }
}

impl From<HttpFacts> for Facts {
    fn from(facts: HttpFacts) -> Self {
        Self::Http(facts)
    }
}

impl From<RpcFacts> for Facts {
    fn from(facts: RpcFacts) -> Self {
        Self::Rpc(facts)
    }
}

impl From<MessagingFacts> for Facts {
    fn from(facts: MessagingFacts) -> Self {
        Self::Messaging(facts)
    }
}
