//! The client side: a tower layer for tonic's channel, or any service of gRPC over `http`.

mod future;
mod layer;
mod service;

pub use self::future::ResponseFuture;
pub use self::layer::ClientLayer;
pub use self::service::Client;

/// Any error, as tower's services give it.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
