//! Reading and writing the headers that carry a trace, one wire format a module.
//!
//! | in `OTEL_PROPAGATORS` | propagator | headers |
//! |---|---|---|
//! | `tracecontext` | [`TraceContextPropagator`] | `traceparent`, `tracestate` |
//! | `baggage` | [`BaggagePropagator`] | `baggage` |
//! | `b3` | [`B3Propagator::single`] | `b3` |
//! | `b3multi` | [`B3Propagator::multi`] | `x-b3-traceid`, `x-b3-spanid`, `x-b3-sampled`, `x-b3-flags` |
//! | `jaeger` | [`JaegerPropagator`] | `uber-trace-id`, `uberctx-*` |
//! | `none` | none | none |
//!
//! All are [`TextMapPropagator`]s, so each works with any library's middleware. Extraction never
//! fails: what is absent, malformed or hostile leaves the context as it was, and nothing of it is
//! logged; the propagators' `on_error` tells of it by kind ([`ExtractError`]). [`from_env`] chooses
//! the propagators as the environment says, [`from_names`] as the program does, and [`register`] adds
//! to the names they know; [`CompositePropagator`] makes one of several. [`PassThrough`] hands on
//! what a proxy has no part in. [`ContextExt`] shows what a span context cannot hold, and
//! [`carrier`] is for those who write a carrier.
//!
//! ```
//! use std::collections::HashMap;
//! use traceprop_core::opentelemetry::{
//!     Context, baggage::BaggageExt, propagation::TextMapPropagator, trace::TraceContextExt,
//! };
//! use traceprop_core::propagation::from_names;
//!
//! let request = HashMap::from([
//!     ("traceparent".to_owned(), "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned()),
//!     ("baggage".to_owned(), "tenant=42".to_owned()),
//! ]);
//! let propagator = from_names("tracecontext,baggage")?;
//! let cx = propagator.extract_with_context(&Context::new(), &request);
//! assert!(cx.span().span_context().is_valid());
//!
//! let mut onward = HashMap::new();
//! propagator.inject_context(&cx, &mut onward);
//! assert_eq!(onward, request);
//! # Ok::<(), traceprop_core::propagation::UnknownPropagator>(())
//! ```
//!
//! [`TextMapPropagator`]: opentelemetry::propagation::TextMapPropagator

mod b3;
mod baggage;
mod baggage_list;
mod baggage_print;
pub mod carrier;
mod class;
mod composite;
mod context_ext;
mod error;
mod few;
pub(crate) mod hex;
mod jaeger;
mod jaeger_baggage;
mod level2;
mod names;
mod pass_through;
mod percent;
mod registry;
mod trace_context;
mod trace_state;

pub use self::b3::B3Propagator;
pub use self::baggage::BaggagePropagator;
pub use self::composite::CompositePropagator;
#[cfg(feature = "call")]
pub(crate) use self::context_ext::undecided;
pub use self::context_ext::{B3State, ContextExt};
pub use self::error::{
    B3Error, BaggageError, ExtractError, JaegerError, TraceparentError, TracestateError,
};
pub use self::jaeger::JaegerPropagator;
pub use self::names::{UnknownPropagator, from_env, from_names};
pub use self::pass_through::PassThrough;
pub use self::registry::{InvalidName, register};
pub use self::trace_context::TraceContextPropagator;

/// A wire format: its name in a list of propagators, and how to make its propagator.
type Format = (&'static str, fn() -> registry::Boxed);

const FORMATS: &[Format] = &[
    ("tracecontext", || Box::new(TraceContextPropagator::new())),
    ("baggage", || Box::new(BaggagePropagator::new())),
    ("b3", || Box::new(B3Propagator::single())),
    ("b3multi", || Box::new(B3Propagator::multi())),
    ("jaeger", || Box::new(JaegerPropagator::new())),
];

/// What is used where nothing is chosen, as OpenTelemetry has it.
const DEFAULT: &str = "tracecontext,baggage";

/// The name that stands for no propagator at all.
const NONE: &str = "none";
