//! Traces for HTTP: tower layers for servers and clients, and a reqwest middleware.
#![forbid(unsafe_code)]

mod authority;
mod axum;
mod body;
mod carrier;
pub mod client;
mod head;
mod method;
#[cfg(feature = "reqwest")]
pub mod reqwest;
pub mod server;

pub use self::body::ResponseBody;
pub use self::carrier::{HeaderExtractor, HeaderInjector};
pub use self::client::ClientLayer;
pub use self::head::RequestHead;
pub use self::server::ServerLayer;
