//! What a call is about, in the words of the semantic conventions.

use std::borrow::Cow;
use std::sync::Arc;

/// What a call is about, by family of the semantic conventions.
///
/// An adapter writes the fields that it knows, and leaves the rest to `Default`, since more may come:
///
/// ```
/// use traceprop_core::call::{Facts, HttpFacts, MessagingFacts};
///
/// let http = HttpFacts { method: "GET", scheme: "https", ..HttpFacts::default() };
/// assert_eq!(http.response_body_size, None);
/// let batch = MessagingFacts { system: "kafka", messages: 20, ..MessagingFacts::default() };
/// let facts = [Facts::from(http), Facts::from(batch)];
/// # let _ = facts;
/// ```
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
    /// The server's host: on the client's side, and on the server's if it is
    /// [`wanted`](super::Wanted::server_address), since there the caller chooses it.
    pub server_address: Option<Arc<str>>,
    /// The server's port, beside its host.
    pub server_port: Option<u16>,
    /// `url.template`, on the client's side: what the path was made from, for example `/orders/{id}`.
    /// Only if it is [`wanted`](super::Wanted::url_template).
    pub url_template: Option<Arc<str>>,
    /// Bytes of the request's body as they are on the wire, without the head; `Content-Length` where
    /// that is known. Only if it is [`wanted`](super::Wanted::body_sizes).
    pub request_body_size: Option<u64>,
    /// Bytes of the response's body as they are on the wire, without the head; as many as there were
    /// until the call ended. Only if it is [`wanted`](super::Wanted::body_sizes).
    pub response_body_size: Option<u64>,
}

/// A remote procedure call: [RPC metrics](https://opentelemetry.io/docs/specs/semconv/rpc/rpc-metrics/).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RpcFacts {
    /// `grpc`.
    pub system: &'static str,
    /// `pkg.Service/Method`, or `_OTHER`.
    pub method: Cow<'static, str>,
    /// `rpc.response.status_code`: `OK`, `DEADLINE_EXCEEDED` and so on, once known.
    pub status: Option<&'static str>,
    /// The server's host: on the client's side, and on the server's if it is
    /// [`wanted`](super::Wanted::server_address), since there the caller chooses it.
    pub server_address: Option<Arc<str>>,
    /// The server's port, beside its host.
    pub server_port: Option<u16>,
}

/// One message, or a batch that one operation handles:
/// [messaging metrics](https://opentelemetry.io/docs/specs/semconv/messaging/messaging-metrics/).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessagingFacts {
    /// `kafka`.
    pub system: &'static str,
    /// `messaging.operation.name`: `send`, `poll`, `process` or `commit`.
    pub operation: &'static str,
    /// The topic.
    pub destination: Option<Arc<str>>,
    /// The consumer group, on the consumer's side.
    pub consumer_group: Option<Arc<str>>,
    /// The partition, once one is chosen; it is never negative.
    pub partition: Option<i32>,
    /// How many messages were sent, or delivered to the application: 1 by default, 0 for a poll that
    /// brought none and for a record that never left for the broker.
    pub messages: u64,
}

impl Default for MessagingFacts {
    /// One message, of which nothing is known.
    fn default() -> Self {
        Self {
            system: "",
            operation: "",
            destination: None,
            consumer_group: None,
            partition: None,
            messages: 1,
        }
    }
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
