//! The server side: a tower layer for any service of `http::Request`.

mod attributes;
mod future;
mod layer;
mod service;

pub use self::future::ResponseFuture;
pub use self::layer::ServerLayer;
pub use self::service::Server;
