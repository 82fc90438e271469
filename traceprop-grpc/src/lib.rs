//! Traces for gRPC: tower layers for tonic servers and clients, with the status from where it really
//! is.
//!
//! A gRPC call that fails the ordinary way says so in its trailers, after a response that is HTTP 200.
//! The layers here read the whole response, to its trailers, and end the span with the stream.
//!
//! ```
//! use traceprop_grpc::{ClientLayer, ServerLayer};
//!
//! // tonic::transport::Server::builder().layer(ServerLayer::new())
//! let server = ServerLayer::new();
//! // tower::ServiceBuilder::new().layer(client).service(channel)
//! let client = ClientLayer::new().server("payments.internal", 50051);
//! # let _ = (server, client);
//! ```
//!
//! # What a span has
//!
//! The [RPC conventions] 1.44.0: its name and `rpc.method` are `pkg.Service/Method`, or `grpc` and
//! `_OTHER` where nobody serves that; `rpc.system.name` is `grpc`; `rpc.response.status_code` is the
//! status as a word ([`StatusAttribute`] has its other names); `error.type` is the same word where the
//! call failed; `server.address` and `server.port` are what the caller asked for.
//!
//! # Where the status is
//!
//! In this order: the trailers, the response's headers, the `tonic::Status` in its extensions, its HTTP
//! status. A stream that ends without any is UNKNOWN. One that is dropped is CANCELLED, or
//! DEADLINE_EXCEEDED once `grpc-timeout` has passed; its last twentieth counts as passed, since the
//! caller's clock started earlier than this one. An error is what tonic makes of it: that of a reset
//! stream or of a connection that is gone has a status, too.
//!
//! # What there is
//!
//! * [`ServerLayer`] and [`ClientLayer`] trace unary and streaming calls, over any body.
//! * [`InjectingInterceptor`] puts the current context into a client's metadata, where no layer can be.
//! * [`MetadataExtractor`] and [`MetadataInjector`] are the carriers, for those who need no spans.
//!
//! [RPC conventions]: https://opentelemetry.io/docs/specs/semconv/rpc/grpc/
#![forbid(unsafe_code)]

mod attribute;
mod body;
mod carrier;
pub mod client;
mod deadline;
mod ending;
mod error;
mod head;
mod hooks;
mod in_flight;
mod interceptor;
mod method;
mod names;
pub mod server;
mod settings;
mod status;
mod trace_bin;

pub use self::attribute::StatusAttribute;
pub use self::body::ResponseBody;
pub use self::carrier::{MetadataExtractor, MetadataInjector};
pub use self::client::ClientLayer;
pub use self::head::RequestHead;
pub use self::interceptor::InjectingInterceptor;
pub use self::server::ServerLayer;
