//! The client side: a tower layer for services of `http::Request`, such as hyper's client.

pub(crate) mod attributes;
mod future;
mod layer;
mod service;

pub use self::future::ResponseFuture;
pub use self::layer::ClientLayer;
pub use self::service::Client;
