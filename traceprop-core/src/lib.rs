//! Carry one trace across process boundaries, and decide what of it to keep.
//!
//! ```
//! use std::collections::HashMap;
//! use traceprop_core::opentelemetry::{Context, propagation::TextMapPropagator, trace::TraceContextExt};
//! use traceprop_core::propagation::TraceContextPropagator;
//!
//! let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned();
//! let request = HashMap::from([("traceparent".to_owned(), trace)]);
//! let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &request);
//! assert!(context.span().span_context().is_sampled());
//! ```
//!
//! Services use the adapters (`traceprop-http`, `traceprop-grpc`, `traceprop-kafka`), and from here
//! [`Telemetry`] to set everything up, [`span`] for spans of their own, and [`testing`] in their tests.
//! Everything is built on the types of [`opentelemetry`], which is re-exported in the one version that
//! the whole family uses; there is no trace id, no span and no registry of our own.
//!
//! * [`propagation`] reads and writes headers, one module a format: W3C, B3, Jaeger.
//! * [`call`] is the guard with which adapters make their spans: start there to write one.
//! * [`span`] has helpers for a service's own spans: errors, databases, caches, links.
//! * [`layer()`] and [`adopting`] make the spans of `tracing` and those of the calls one trace.
//! * [`telemetry`] sets up a service in one call, and [`logs`] its log lines.
//! * [`tree`] and [`console`] put a finished trace together and draw it.
//! * [`testing`] records spans and asserts on their tree.
//! * [`health`] counts what becomes of the spans, and [`semconv`] names the attributes.
//!
//! # Crate features
//!
//! None is on by default: the propagators need nothing but `opentelemetry`.
//!
//! * **call**: [`call`], [`span`] and [`health`]. Pulls in `tracing`.
//! * **tokio**: [`spawn`] and [`spawn_blocking`], which carry the context. Pulls in `tokio`.
//! * **layer**: [`layer()`]. Pulls in `tracing-opentelemetry` and `tracing-subscriber`.
//! * **logs**: [`logs`]. Pulls in `tracing-subscriber`'s formatters.
//! * **console**: [`console`] and [`tree`]. Pulls in `opentelemetry_sdk`.
//! * **telemetry**: [`Telemetry`], with all of the above. Pulls in `opentelemetry-otlp`, for gRPC and
//!   http/protobuf.
//! * **testing**: [`testing`] and [`tree`]. Pulls in `opentelemetry_sdk`.
//! * **sampler**: nothing yet but `opentelemetry_sdk`, which the samplers will be built on.
#![forbid(unsafe_code)]

#[cfg(feature = "call")]
pub mod call;
#[cfg(feature = "console")]
pub mod console;
pub mod guide;
#[cfg(feature = "call")]
pub mod health;
#[cfg(feature = "layer")]
mod layer;
#[cfg(feature = "logs")]
pub mod logs;
pub mod propagation;
pub mod semconv;
#[cfg(feature = "call")]
pub mod span;
#[cfg(feature = "telemetry")]
pub mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(any(feature = "console", feature = "testing"))]
pub mod tree;
mod warn;

pub use opentelemetry;

#[cfg(feature = "call")]
pub use self::call::adopting;
#[cfg(feature = "tokio")]
pub use self::call::{spawn, spawn_blocking};
#[cfg(feature = "layer")]
pub use self::layer::layer;
#[cfg(feature = "telemetry")]
pub use self::telemetry::Telemetry;
