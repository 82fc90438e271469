//! The client side: a tower layer for services of `http::Request`, such as hyper's client.

mod attempts;
pub(crate) mod attributes;
pub(crate) mod end;
mod future;
pub(crate) mod hosts;
mod layer;
mod service;
pub(crate) mod settings;
pub(crate) mod target;
mod template;

pub use self::attempts::Attempts;
pub use self::future::ResponseFuture;
pub use self::layer::ClientLayer;
pub use self::service::Client;
pub use self::template::UrlTemplate;
