//! What a process has one of: the set-up itself, the subscriber, and the globals that others ask.

use std::sync::atomic::{AtomicBool, Ordering};

use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::TracerProvider;
use opentelemetry::{Context, global};
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry};

use super::env::Env;
use super::{InitError, filter};
use crate::call::{self, Installed, TracerHandle};
use crate::logs::{self, Format};
use crate::propagation::CompositePropagator;

static CLAIMED: AtomicBool = AtomicBool::new(false);

/// The right to set this process up. It is given back unless it is used.
pub(super) struct Claim(());

impl Claim {
    pub(super) fn stake() -> Result<Self, InitError> {
        if CLAIMED.swap(true, Ordering::AcqRel) {
            return Err(InitError::AlreadyInitialized);
        }
        Ok(Self(()))
    }

    /// Makes provider and propagator the ones that adapters and `opentelemetry::global` give.
    pub(super) fn install(self, provider: &SdkTracerProvider, propagator: CompositePropagator) {
        let of_adapters = provider.clone();
        let installed = Installed {
            tracer: Box::new(move |scope| {
                TracerHandle::new(of_adapters.tracer_with_scope(scope.clone()))
            }),
            propagator,
        };
        // The claim makes this the first and only one.
        let _ = call::install(installed);
        global::set_tracer_provider(provider.clone());
        global::set_text_map_propagator(InstalledPropagator);
        std::mem::forget(self);
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        CLAIMED.store(false, Ordering::Release);
    }
}

/// Sets the global subscriber: log lines, and spans if there is a tracer for them.
pub(super) fn subscribe(
    tracer: Option<&SdkTracer>,
    format: Format,
    env: &mut Env,
) -> Result<(), InitError> {
    let mut layers: Vec<Box<dyn Layer<Registry> + Send + Sync>> = Vec::new();
    if let Some(tracer) = tracer {
        let spans = crate::layer(tracer.clone());
        layers.push(spans.with_filter(filter::of_spans(env)).boxed());
    }
    if let Some(lines) = logs::layer(format) {
        layers.push(lines.with_filter(filter::of_logs(env)).boxed());
    }
    let subscriber = tracing_subscriber::registry().with(layers);
    subscriber
        .try_init()
        .map_err(|_| InitError::SubscriberAlreadySet)
}

/// The installed propagator, for those who ask `opentelemetry::global`.
#[derive(Debug)]
struct InstalledPropagator;

impl TextMapPropagator for InstalledPropagator {
    fn inject_context(&self, context: &Context, injector: &mut dyn Injector) {
        call::propagator().inject_context(context, injector);
    }

    fn extract_with_context(&self, context: &Context, extractor: &dyn Extractor) -> Context {
        call::propagator().extract_with_context(context, extractor)
    }

    fn fields(&self) -> FieldIter<'_> {
        call::propagator().fields()
    }
}
