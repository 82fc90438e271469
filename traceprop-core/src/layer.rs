//! The `tracing_subscriber` layer that adopts running calls.

use opentelemetry::trace::Tracer;
use tracing::Subscriber;
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::registry::LookupSpan;

use crate::call::{AdoptingTracer, adopting};

/// A tracing-opentelemetry layer whose spans and the calls of the adapters are one trace.
///
/// It is `tracing_opentelemetry::layer()` with an [`adopting`] tracer, source locations and targets
/// on, thread names and idle times off. The type can be named, so it can stand in a `struct` or behind
/// a filter. Have one such layer in a registry: two of them panic. A `reload::Layer` around it hides
/// it from `OpenTelemetrySpanExt`.
///
/// ```
/// use opentelemetry::trace::noop::NoopTracer;
/// use tracing_subscriber::layer::SubscriberExt;
///
/// let subscriber = tracing_subscriber::registry().with(traceprop_core::layer(NoopTracer::new()));
/// # let _ = subscriber;
/// ```
pub fn layer<S, T>(tracer: T) -> OpenTelemetryLayer<S, AdoptingTracer<T>>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    T: Tracer + Send + Sync + 'static,
    T::Span: Send + Sync,
{
    tracing_opentelemetry::layer()
        .with_tracer(adopting(tracer))
        .with_location(true)
        .with_target(true)
        .with_threads(false)
        .with_tracked_inactivity(false)
}
