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
//! | `http.request.resend_count` | | ○ | from the second attempt on, inside of what retries |
//! | `http.response.status_code` | ○ | ○ | once there is a response |
//! | `http.route` | ● | | where a route is known; ○ where it is found later |
//! | `url.scheme` | ● | | always; from the target, `https()`, or trusted proxies; else `http` |
//! | `url.path` | ● | | always |
//! | `url.query` | ● | | off; `record_query_and_user_agent`, with secrets redacted |
//! | `url.full` | | ○ | always; without credentials, and without the query unless `record_query_and_user_agent` |
//! | `url.template` | | ○ | where the request or the layer has one |
//! | `server.address`, `server.port` | ● | ● | server: from trusted proxies, the target or `Host`, the port where it is named; client: from the URL |
//! | `client.address` | ○ | | where the peer is known (axum's `ConnectInfo`, or `peer`), or from trusted proxies |
//! | `network.peer.address`, `network.peer.port` | ○ | ○ | where the peer is known; client: from the response, with the feature `hyper` |
//! | `network.protocol.version` | ○ | ○ | server: always; client: once there is a response |
//! | `user_agent.original` | ● | ○ | off; `record_query_and_user_agent` |
//! | `http.request.header.*` | ● | ○ | off; `capture_request_headers` |
//! | `http.response.header.*` | ○ | ○ | off; `capture_response_headers` |
//! | `http.request.body.size` | ○ | ○ | off; `record_body_sizes`, server: where there is a Content-Length; client: where the body knows |
//! | `http.response.body.size` | ○ | ○ | off; `record_body_sizes` |
//! | `error.type` | ○ | ○ | failed or cancelled: the status code, or a word as below; what the handler set |
//! | `traceprop.ignored` | ○ | | on the span of a call that its handler ignored, for processors to drop it |
//!
//! Where there is no status, `error.type` is `cancelled`, `panic`, or says why no response came:
//! `timeout`, `dns`, `connection_refused`, `unreachable`, `tls`, `connection` (any other reason why there
//! is no connection), `connection_reset`, `connection_closed`, `protocol`; of reqwest's own `redirect`,
//! `builder`, `request`, `body`, `decode` and `middleware`; else the type of the error, or `_OTHER` where
//! that is hidden in a box. It is found from the types and the kinds of the errors, never their text.
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
//! * **hyper** (off): the peer's address where hyper's connector names it, and hyper's errors by their
//!   kind in `error.type`.
//! * **reqwest** (off): `reqwest::TraceMiddleware`, for `reqwest-middleware`, and [`ClientLayer`] over a
//!   `reqwest::Client`. Turns **hyper** on, which reqwest is built on.
#![forbid(unsafe_code)]

#[cfg(not(all(feature = "hyper", feature = "reqwest")))]
mod absent;
mod authority;
#[cfg(feature = "axum")]
pub mod axum;
mod body;
mod capture;
mod carrier;
pub mod client;
mod failure;
mod forwarded;
mod framework;
mod head;
mod hooks;
#[cfg(feature = "hyper")]
mod hyper;
mod known;
mod method;
mod query;
mod recent;
#[cfg(feature = "reqwest")]
pub mod reqwest;
mod response_header;
pub mod server;
mod session;

#[cfg(not(feature = "hyper"))]
use self::absent::hyper;
#[cfg(not(feature = "reqwest"))]
use self::absent::reqwest;

pub use self::body::ResponseBody;
pub use self::capture::{HeaderCapture, HeaderCaptureError};
pub use self::carrier::{HeaderExtractor, HeaderInjector};
pub use self::client::ClientLayer;
pub use self::forwarded::TrustedProxies;
pub use self::head::{RequestHead, ResponseHead};
pub use self::response_header::TraceResponse;
pub use self::server::ServerLayer;
pub use self::session::Session;
