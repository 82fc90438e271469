//! reqwest: a middleware for [`reqwest_middleware`], and [`ClientLayer`](crate::ClientLayer) over a
//! `reqwest::Client`, which is a tower service.

mod error;
mod future;
mod middleware;
mod response;
mod service;

pub(crate) use self::error::{as_error, inner, word};

pub use self::future::ResponseFuture;
pub use self::middleware::TraceMiddleware;
