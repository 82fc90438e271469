//! What every library finds around it, and what it made of it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry::propagation::TextMapCompositePropagator;
use opentelemetry::trace::{TraceContextExt, Tracer, TracerProvider};
use opentelemetry::{Context, Key, Value, global};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider, Span, SpanData, SpanProcessor};
use tracing::{Dispatch, dispatcher};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Layer, SubscriberExt};

/// A provider, OpenTelemetry's globals, and a subscriber with tracing-opentelemetry.
pub struct World {
    provider: SdkTracerProvider,
    kept: Keep,
    within: Dispatch,
}

#[derive(Clone, Debug, Default)]
struct Keep(Arc<Mutex<Vec<SpanData>>>);

impl SpanProcessor for Keep {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        self.0.lock().expect("not poisoned").push(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

impl World {
    pub fn new() -> Self {
        Self::with_level(LevelFilter::TRACE)
    }

    /// A world whose subscriber keeps the spans of this level and above only.
    pub fn with_level(level: LevelFilter) -> Self {
        let kept = Keep::default();
        let provider = SdkTracerProvider::builder()
            .with_span_processor(kept.clone())
            .build();
        global::set_tracer_provider(provider.clone());
        global::set_text_map_propagator(propagator());
        let layer = tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("peer"))
            .with_filter(level);
        let within = Dispatch::new(tracing_subscriber::registry().with(layer));
        Self {
            provider,
            kept,
            within,
        }
    }

    pub fn tracer(&self) -> SdkTracer {
        self.provider.tracer("ours")
    }

    /// A context with a span of this world.
    pub fn caller(&self) -> Context {
        Context::new().with_span(self.tracer().start("caller"))
    }

    /// Runs it with the subscriber in force; `None` where it panics.
    pub fn run<R>(&self, run: impl FnOnce() -> R) -> Option<R> {
        dispatcher::with_default(&self.within, || catch_unwind(AssertUnwindSafe(run)).ok())
    }

    pub fn spans(&self) -> Vec<SpanData> {
        self.kept.0.lock().expect("not poisoned").clone()
    }

    /// The values of an attribute in all spans.
    pub fn values(&self, key: &str) -> Vec<Value> {
        let spans = self.spans();
        let all = spans.iter().flat_map(|span| &span.attributes);
        all.filter(|kv| kv.key == Key::from(key.to_owned()))
            .map(|kv| kv.value.clone())
            .collect()
    }

    /// Whether any attribute holds this text.
    pub fn holds(&self, text: &str) -> bool {
        let spans = self.spans();
        let mut all = spans.iter().flat_map(|span| &span.attributes);
        all.any(|kv| kv.value.to_string().contains(text))
    }
}

/// What OpenTelemetry's own documentation sets up.
pub fn propagator() -> TextMapCompositePropagator {
    TextMapCompositePropagator::new(vec![
        Box::new(TraceContextPropagator::new()),
        Box::new(BaggagePropagator::new()),
    ])
}

/// The numbers that HTTP's and gRPC's conventions want to be numbers.
pub const NUMBERS: [&str; 5] = [
    "client.port",
    "http.response.status_code",
    "network.peer.port",
    "rpc.grpc.status_code",
    "server.port",
];
