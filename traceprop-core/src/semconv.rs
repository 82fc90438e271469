//! The attribute keys that traceprop emits, from the [semantic conventions] 1.44.0.
//!
//! Constants of our own, since the `opentelemetry-semantic-conventions` crate keeps the messaging and
//! RPC ones behind an unstable feature and lags the text.
//!
//! [semantic conventions]: https://opentelemetry.io/docs/specs/semconv/

/// The schema that the attributes follow.
pub const SCHEMA_URL: &str = "https://opentelemetry.io/schemas/1.44.0";

macro_rules! keys {
    ($($(#[$doc:meta])* $name:ident = $key:literal;)*) => {
        $($(#[$doc])* pub const $name: &str = $key;)*
    };
}

keys! {
    /// Why a call failed: a low-cardinality name.
    ERROR_TYPE = "error.type";
    /// `true` on the span of a call that is to be ignored: traceprop's own, no convention's.
    IGNORED = "traceprop.ignored";
    /// The client's address, behind any proxies that are trusted.
    CLIENT_ADDRESS = "client.address";
    /// Bytes of the request's body, an integer.
    HTTP_REQUEST_BODY_SIZE = "http.request.body.size";
    /// Bytes of the response's body, an integer.
    HTTP_RESPONSE_BODY_SIZE = "http.response.body.size";
    /// A known method, or `_OTHER`.
    HTTP_REQUEST_METHOD = "http.request.method";
    /// The method as it came, where it is not a known one.
    HTTP_REQUEST_METHOD_ORIGINAL = "http.request.method_original";
    /// How often the request was sent before this attempt, an integer.
    HTTP_REQUEST_RESEND_COUNT = "http.request.resend_count";
    /// The status code, an integer.
    HTTP_RESPONSE_STATUS_CODE = "http.response.status_code";
    /// The matched route's template.
    HTTP_ROUTE = "http.route";
    /// `http`.
    NETWORK_PROTOCOL_NAME = "network.protocol.name";
    /// `1.1`, `2` and so on.
    NETWORK_PROTOCOL_VERSION = "network.protocol.version";
    /// The peer's address, as the socket has it.
    NETWORK_PEER_ADDRESS = "network.peer.address";
    /// The peer's port, as the socket has it.
    NETWORK_PEER_PORT = "network.peer.port";
    /// The server's host.
    SERVER_ADDRESS = "server.address";
    /// The server's port, an integer.
    SERVER_PORT = "server.port";
    /// The full URL of an outgoing request, without its secrets.
    URL_FULL = "url.full";
    /// The path.
    URL_PATH = "url.path";
    /// The query, redacted.
    URL_QUERY = "url.query";
    /// The `User-Agent` header.
    USER_AGENT_ORIGINAL = "user_agent.original";
    /// `http` or `https`.
    URL_SCHEME = "url.scheme";
    /// What the path of an outgoing request was made from: `/orders/{id}`.
    URL_TEMPLATE = "url.template";
    /// `grpc`.
    RPC_SYSTEM_NAME = "rpc.system.name";
    /// `pkg.Service/Method`, or `_OTHER`.
    RPC_METHOD = "rpc.method";
    /// The method as it came, where it is not a known one.
    RPC_METHOD_ORIGINAL = "rpc.method_original";
    /// The status as a word: `OK`, `DEADLINE_EXCEEDED`.
    RPC_RESPONSE_STATUS_CODE = "rpc.response.status_code";
    /// The same, from version 1.45 of the conventions on.
    RPC_STATUS_CODE = "rpc.status_code";
    /// gRPC's status as an integer, up to version 1.39 of the conventions.
    RPC_GRPC_STATUS_CODE = "rpc.grpc.status_code";
    /// `kafka`.
    MESSAGING_SYSTEM = "messaging.system";
    /// `send`, `poll`, `process` or `commit`.
    MESSAGING_OPERATION_NAME = "messaging.operation.name";
    /// `send`, `receive`, `process` or `settle`.
    MESSAGING_OPERATION_TYPE = "messaging.operation.type";
    /// The topic.
    MESSAGING_DESTINATION_NAME = "messaging.destination.name";
    /// The partition, a string.
    MESSAGING_DESTINATION_PARTITION_ID = "messaging.destination.partition.id";
    /// The consumer group.
    MESSAGING_CONSUMER_GROUP_NAME = "messaging.consumer.group.name";
    /// The client's id.
    MESSAGING_CLIENT_ID = "messaging.client.id";
    /// How many messages a batch holds.
    MESSAGING_BATCH_MESSAGE_COUNT = "messaging.batch.message_count";
    /// The offset, an integer.
    MESSAGING_KAFKA_OFFSET = "messaging.kafka.offset";
    /// The message's key, in its text form.
    MESSAGING_KAFKA_MESSAGE_KEY = "messaging.kafka.message.key";
    /// `true` for a message without a value.
    MESSAGING_KAFKA_MESSAGE_TOMBSTONE = "messaging.kafka.message.tombstone";
    /// `sqlite`, `postgresql`, `redis`.
    DB_SYSTEM_NAME = "db.system.name";
    /// The table or collection.
    DB_COLLECTION_NAME = "db.collection.name";
    /// The database.
    DB_NAMESPACE = "db.namespace";
    /// `SELECT`, `GET`.
    DB_OPERATION_NAME = "db.operation.name";
    /// The query's text.
    DB_QUERY_TEXT = "db.query.text";
    /// A short name of the query: `SELECT orders`.
    DB_QUERY_SUMMARY = "db.query.summary";
    /// The database's own status code.
    DB_RESPONSE_STATUS_CODE = "db.response.status_code";
    /// The exception's message.
    EXCEPTION_MESSAGE = "exception.message";
    /// The exception's type.
    EXCEPTION_TYPE = "exception.type";
    /// The exception's stack, or the chain of its causes.
    EXCEPTION_STACKTRACE = "exception.stacktrace";
    /// The service's name, of the resource.
    SERVICE_NAME = "service.name";
    /// The service's version, of the resource.
    SERVICE_VERSION = "service.version";
    /// This process of the service, of the resource.
    SERVICE_INSTANCE_ID = "service.instance.id";
}
