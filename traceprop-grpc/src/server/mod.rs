//! The server side: a tower layer for tonic's server, or any service of gRPC over `http`.

mod authority;
mod future;
mod layer;
mod service;
mod start;

pub use self::future::ResponseFuture;
pub use self::layer::ServerLayer;
pub use self::service::Server;
