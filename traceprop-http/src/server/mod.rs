//! The server side: a tower layer for any service of `http::Request`.
//!
//! # When a call ends
//!
//! Each call ends exactly once, and its metrics are counted at the same instant as its span's end.
//!
//! | what happens | when it ends | as |
//! |---|---|---|
//! | the body gives its last frame, trailers, or all the bytes that were promised | then | the status says: 5xx is a failure |
//! | HEAD, 1xx, 204, 304, 2xx to CONNECT, an empty body | with the response | the same |
//! | the body fails | then | failed, `error.type` the error's type |
//! | the service fails | then | failed, `error.type` the error's type |
//! | the client goes away: the future or the body is dropped | then | cancelled, `error.type` `cancelled`; no error. After a 5xx: failed |
//! | a panic | when it passes through, and it goes on | failed, `error.type` `panic` |
//! | [`CurrentCall::set_error`](traceprop_core::call::CurrentCall::set_error) in the handler | as otherwise | failed, `error.type` what was set |
//! | 101 Switching Protocols | with the response; see [`Session`](crate::Session) | the status says |
//!
//! The bytes that are promised are those of Content-Length, else of the body's exact size: a server
//! drops a body without a last poll when it has sent these. The span's status is an error for a failed
//! call and unset otherwise; its description is empty, since `error.type` says it all.
//!
//! # Where it stands
//!
//! As far outside as possible, so that what other layers do is part of the call, and their time too. With
//! axum give it to the outermost router's `layer`, last of all; the module `axum` shows which request
//! gets which name, and has a layer for where it must be wrapped around the router. A panic that a layer
//! inside turns into a response is that response; one that a layer outside catches is a panic.
//!
//! # Browsers
//!
//! A page from elsewhere may send `traceparent` only if the server's CORS answer allows it, and a script
//! may read `traceresponse` only if it is exposed. Keep tower-http's `CorsLayer` outside of this layer:
//! preflight requests are then answered before they get here, and all answers carry the headers. Where
//! it must be the other way round, [`ServerLayer::skip_preflights`] leaves them out.
//!
//! ```
//! use axum::{Router, routing::get};
//! use tower_http::cors::{Any, CorsLayer};
//! use traceprop_http::{ServerLayer, TraceResponse};
//!
//! let trace = ServerLayer::new().trace_response(TraceResponse::TraceResponse);
//! let cors = CorsLayer::new()
//!     .allow_origin(Any)
//!     .allow_headers(trace.request_header_names())
//!     .expose_headers(trace.response_header_names());
//! // In axum the layer that is added last is the outermost.
//! let app: Router = Router::new().route("/", get(|| async {})).layer(trace).layer(cors);
//! # let _ = app;
//! ```

mod attributes;
mod future;
mod layer;
mod respond;
mod service;
mod setters;
mod settings;
mod skip;
mod start;

pub use self::future::ResponseFuture;
pub use self::layer::ServerLayer;
pub use self::service::Server;
