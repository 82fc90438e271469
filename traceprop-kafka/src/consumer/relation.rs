//! How the span of a message relates to the span that sent it.

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use traceprop_core::call::{CallBuilder, Edge};

/// How the span that processes a message relates to the span that sent it.
///
/// The [messaging conventions] correlate by links and allow a parent for a message that is processed
/// alone. One trace from end to end is what most people want to see, so that is the default.
///
/// | | no span is current | a span is current |
/// |---|---|---|
/// | `Auto` | child of the sender | child of the current span, links the sender |
/// | `Parent` | child of the sender | child of the sender, links the current span |
/// | `Link` | a trace of its own, links the sender | child of the current span, links the sender |
///
/// A child of the sender has the sender's baggage too; elsewhere
/// [`Received::context`](crate::Received::context) gives it. Without a sender's context the span is a
/// child of the current one, or starts a trace.
///
/// ```
/// use rdkafka::ClientConfig;
/// use traceprop_kafka::{ConsumerBuilder, Relation, TracedBaseConsumer};
///
/// let consumer: TracedBaseConsumer = ConsumerBuilder::new()
///     .relation(Relation::Link)
///     .create(ClientConfig::new().set("group.id", "audit"))?;
/// # let _ = consumer;
/// # Ok::<(), rdkafka::error::KafkaError>(())
/// ```
///
/// [messaging conventions]: https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Relation {
    /// The sender is the parent, unless a span is current where the message is processed.
    #[default]
    Auto,
    /// The sender is the parent.
    Parent,
    /// The sender is linked, never the parent.
    Link,
}

impl Relation {
    /// Gives `call` its parent and its link; `sent` is what was read from the message.
    pub(super) fn relate(self, call: CallBuilder, sent: &Context) -> CallBuilder {
        let ambient = Context::current();
        // Also of a sender who is not trusted to be the parent.
        let sender = Edge::caller(sent);
        let current = ambient.span().span_context().clone();
        let child_of_sender = match self {
            Self::Auto => !current.is_valid(),
            Self::Parent => sender.is_valid() || !current.is_valid(),
            Self::Link => false,
        };
        // A link to an invalid span is dropped.
        if child_of_sender {
            call.parent(sent.clone()).link(current)
        } else {
            call.parent(ambient).link(sender)
        }
    }
}
