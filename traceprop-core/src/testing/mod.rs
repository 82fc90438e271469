//! For tests: record spans, look at them as trees, and say what they should look like.
//!
//! ```
//! use opentelemetry::{Context, trace::{SpanKind, TraceContextExt, Tracer}};
//! use traceprop_core::testing::TestOtel;
//!
//! let otel = TestOtel::new("orders");
//! let tracer = otel.tracer();
//! let request = tracer.span_builder("GET /orders/{id}").with_kind(SpanKind::Server);
//! let request = Context::new().with_span(request.start_with_context(&tracer, &Context::new()));
//! tracer.start_with_context("db.query", &request);
//! request.span().end();
//!
//! let trace = otel.single_trace();
//! trace.assert_connected();
//! trace.root("GET /orders/{id}").kind(SpanKind::Server).no_error().child("db.query");
//! trace.assert_tree("
//!     orders  GET /orders/{id}  server
//!     └─ orders  db.query  internal
//! ");
//! ```
//!
//! With `tracing`, put [`layer`](crate::layer) over its tracer into a subscriber of the test's own:
//!
//! ```
//! use tracing_subscriber::layer::SubscriberExt;
//!
//! let otel = traceprop_core::testing::TestOtel::new("orders");
//! let subscriber = tracing_subscriber::registry().with(traceprop_core::layer(otel.tracer()));
//! tracing::subscriber::with_default(subscriber, || {
//!     tracing::info_span!("reserve", order.id = 7).in_scope(|| {});
//! });
//! otel.single_trace().root("reserve").attr("order.id", 7).no_error();
//! ```
//!
//! Spans are recorded as they end, with no queue, no exporter and no sleep: what has ended is seen
//! at once. For what ends on another thread or task, [`SpanRecorder::wait_for`] and its like wait on a
//! condition variable, with a deadline.
//!
//! The assertions on a [`Trace`](crate::tree::Trace) are methods of it ([`assert_connected`],
//! [`assert_hop`], [`root`], [`assert_tree`]); each failure prints the tree as it is and the reason.
//!
//! [`assert_connected`]: crate::tree::Trace::assert_connected
//! [`assert_hop`]: crate::tree::Trace::assert_hop
//! [`root`]: crate::tree::Trace::root
//! [`assert_tree`]: crate::tree::Trace::assert_tree

mod call_recorder;
mod diff;
mod hop;
mod log;
mod otel;
mod recorder;
mod span_check;
mod trace_check;
mod tree_text;

pub use self::{
    call_recorder::{CallRecorder, RecordedCall},
    otel::TestOtel,
    recorder::{RecordingProcessor, SpanRecorder},
    span_check::SpanCheck,
    tree_text::TreeText,
};
