//! Traces for HTTP: tower layers for servers and clients, and a reqwest middleware.
//!
//! ```
//! # #[cfg(feature = "axum")] {
//! use axum::{Router, routing::get};
//! use traceprop_http::ServerLayer;
//!
//! let app: Router = Router::new()
//!     .route("/orders/{id}", get(|| async { "one order" }))
//!     .layer(ServerLayer::new());
//! # let _ = app;
//! # }
//! ```
//!
//! * [`ServerLayer`] traces what a service answers, to the end of the response's body.
//! * [`ClientLayer`] traces what a tower client sends, and `reqwest::TraceMiddleware` what a reqwest
//!   client does; both inject the context.
//! * [`HeaderExtractor`] and [`HeaderInjector`] are the carriers, for those who need no spans.
//!
//! # Attributes
//!
//! From the stable [HTTP conventions]. Those marked ● are there before the sampler decides.
//!
//! | attribute | server | client | when |
//! |---|---|---|---|
//! | `http.request.method` | ● | ● | always; `_OTHER` for a method that is not known |
//! | `http.request.method_original` | ○ | ○ | for a method that is not known |
//! | `http.response.status_code` | ○ | ○ | once there is a response |
//! | `http.route` | ● | | where a route is known; later, where it is matched later |
//! | `url.scheme`, `url.path` | ● | | always |
//! | `url.full` | | ○ | always; without user info and query |
//! | `server.address`, `server.port` | ● | ● | server: from the target or `Host`; client: from the URL |
//! | `network.protocol.version` | ○ | | always |
//! | `error.type` | ○ | ○ | failed or cancelled: the status code, the error's type, `cancelled`, `panic` |
//!
//! The query and the user agent are never recorded, nor is any header.
//!
//! [HTTP conventions]: https://opentelemetry.io/docs/specs/semconv/http/http-spans/
//!
//! # Crate features
//!
//! * **axum** (off): routes from axum's matched path.
//! * **reqwest** (off): `reqwest::TraceMiddleware`, for `reqwest-middleware`.
#![forbid(unsafe_code)]

mod authority;
mod axum;
mod body;
mod carrier;
pub mod client;
mod head;
mod known;
mod method;
#[cfg(feature = "reqwest")]
pub mod reqwest;
pub mod server;

pub use self::body::ResponseBody;
pub use self::carrier::{HeaderExtractor, HeaderInjector};
pub use self::client::ClientLayer;
pub use self::head::RequestHead;
pub use self::server::ServerLayer;
