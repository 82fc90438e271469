//! What every layer finds around it: a provider whose spans go nowhere, and a subscriber.

use opentelemetry::trace::TracerProvider;
use opentelemetry::{Context, global};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{
    Sampler, SdkTracer, SdkTracerProvider, Span, SpanData, SpanProcessor,
};
use tracing::Dispatch;
use tracing_subscriber::layer::SubscriberExt;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sampled {
    Yes,
    No,
}

/// Drops each span as soon as it ends: what exporting costs is not a layer's.
#[derive(Debug)]
struct Discard;

impl SpanProcessor for Discard {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, _: SpanData) {}

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: std::time::Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// A tracer; its provider is the global one from now on, which some peers ask when they are built.
pub fn tracer(sampled: Sampled) -> SdkTracer {
    let sampler = match sampled {
        Sampled::Yes => Sampler::AlwaysOn,
        Sampled::No => Sampler::AlwaysOff,
    };
    let provider = SdkTracerProvider::builder()
        .with_sampler(sampler)
        .with_span_processor(Discard)
        .build();
    global::set_tracer_provider(provider.clone());
    global::set_text_map_propagator(TraceContextPropagator::new());
    provider.tracer("peers")
}

/// Nothing listens.
pub fn nobody() -> Dispatch {
    Dispatch::none()
}

/// Spans are kept, and nobody looks at them.
pub fn registry() -> Dispatch {
    Dispatch::new(tracing_subscriber::registry())
}

/// tracing-opentelemetry as it comes.
pub fn their_layer(tracer: SdkTracer) -> Dispatch {
    let layer = tracing_opentelemetry::layer().with_tracer(tracer);
    Dispatch::new(tracing_subscriber::registry().with(layer))
}

/// tracing-opentelemetry with what makes it adopt our spans.
pub fn our_layer(tracer: SdkTracer) -> Dispatch {
    Dispatch::new(tracing_subscriber::registry().with(traceprop_core::layer(tracer)))
}
