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
//! * [`ServerLayer`] traces what a service answers, to the end of the response's body. The module
//!   [`server`] says when that is, and where the layer stands among others.
//! * [`ClientLayer`] traces what a tower client sends, and `reqwest::TraceMiddleware` what a reqwest
//!   client does; both inject the context.
//! * [`Session`] is for what goes on after the response: websockets and other upgrades.
//! * [`HeaderExtractor`] and [`HeaderInjector`] are the carriers, for those who need no spans.
//!
//! # Attributes
//!
//! From the stable [HTTP conventions]. Those marked ● are there before the sampler decides, ○ once the
//! span is recorded or its value is known. Numbers are integers. What is off by default says which
//! setting turns it on.
//!
//! | attribute | server | client | when |
//! |---|---|---|---|
//! | `http.request.method` | ● | ● | always; `_OTHER` for a method that is not known |
//! | `http.request.method_original` | ○ | ○ | for a method that is not known |
//! | `http.response.status_code` | ○ | ○ | once there is a response |
//! | `http.route` | ● | | where a route is known; ○ where it is found later |
//! | `url.scheme` | ● | | always; from the target, `https()`, or trusted proxies; else `http` |
//! | `url.path` | ● | | always |
//! | `url.query` | ● | | off; `record_query_and_user_agent`, with secrets redacted |
//! | `url.full` | | ○ | always; without user info and query |
//! | `server.address`, `server.port` | ● | ● | server: from trusted proxies, the target or `Host`, the port where it is named; client: from the URL |
//! | `client.address` | ○ | | where the peer is known (axum's `ConnectInfo`, or `peer`), or from trusted proxies |
//! | `network.peer.address`, `network.peer.port` | ○ | | where the peer is known |
//! | `network.protocol.version` | ○ | | always |
//! | `user_agent.original` | ● | | off; `record_query_and_user_agent` |
//! | `http.request.header.*` | ● | | off; `capture_request_headers` |
//! | `http.response.header.*` | ○ | | off; `capture_response_headers` |
//! | `http.request.body.size` | ○ | | off; `record_body_sizes`, where there is a Content-Length |
//! | `http.response.body.size` | ○ | | off; `record_body_sizes` |
//! | `error.type` | ○ | ○ | failed or cancelled: the status code, the error's type, `cancelled`, `panic`, or what the handler set |
//! | `traceprop.ignored` | ○ | | on the span of a call that its handler ignored, for processors to drop it |
//!
//! Three deviations, all to give less away or to cost less: the convention has `url.query`, the query of
//! `url.full` and the user agent recorded unless told otherwise; and it wants `client.address` before the
//! sampler decides.
//!
//! # Metrics
//!
//! A [`Recorder`](traceprop_core::call::Recorder) is told of each call as it starts and ends, sampled or
//! not, from the same instants as the span: `recorder` gives a layer one. With `traceprop-metrics` these
//! are `http.server.active_requests`, `http.server.request.duration` and, if it is asked for them,
//! the body sizes.
//!
//! [HTTP conventions]: https://opentelemetry.io/docs/specs/semconv/http/http-spans/
//!
//! # Crate features
//!
//! * **axum** (off): routes from axum's matched path, the peer's address from its `ConnectInfo`, and
//!   the module `axum`.
//! * **reqwest** (off): `reqwest::TraceMiddleware`, for `reqwest-middleware`.
#![forbid(unsafe_code)]

mod authority;
#[cfg(feature = "axum")]
pub mod axum;
mod body;
mod capture;
mod carrier;
pub mod client;
mod forwarded;
mod framework;
mod head;
mod hooks;
mod known;
mod method;
mod query;
mod recent;
#[cfg(feature = "reqwest")]
pub mod reqwest;
mod response_header;
pub mod server;
mod session;

pub use self::body::ResponseBody;
pub use self::capture::{HeaderCapture, HeaderCaptureError};
pub use self::carrier::{HeaderExtractor, HeaderInjector};
pub use self::client::ClientLayer;
pub use self::forwarded::TrustedProxies;
pub use self::head::{RequestHead, ResponseHead};
pub use self::response_header::TraceResponse;
pub use self::server::ServerLayer;
pub use self::session::Session;
