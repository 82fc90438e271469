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
//! * [`ServerLayer`] and [`ClientLayer`] trace unary and streaming calls, over any body.
//! * [`MetadataExtractor`] and [`MetadataInjector`] are the carriers, for those who need no spans.
#![forbid(unsafe_code)]

mod body;
mod carrier;
pub mod client;
mod deadline;
mod ending;
mod in_flight;
mod method;
pub mod server;
mod status;

pub use self::body::ResponseBody;
pub use self::carrier::{MetadataExtractor, MetadataInjector};
pub use self::client::ClientLayer;
pub use self::server::ServerLayer;
