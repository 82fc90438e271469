//! What `Telemetry` installed for adapters that were given no tracer or propagator of their own.

use std::sync::OnceLock;

use opentelemetry::InstrumentationScope;
use opentelemetry::propagation::TextMapPropagator;

use super::tracer::TracerHandle;
use crate::propagation::{CompositePropagator, from_env};

static INSTALLED: OnceLock<Installed> = OnceLock::new();

/// A tracer of the installed provider, with no boxed spans, and the installed propagator.
pub(crate) struct Installed {
    pub(crate) tracer: Box<dyn Fn(&InstrumentationScope) -> TracerHandle + Send + Sync>,
    pub(crate) propagator: CompositePropagator,
}

/// Installs once for the process; gives it back where something is installed already.
#[cfg(feature = "telemetry")]
pub(crate) fn install(installed: Installed) -> Result<(), Installed> {
    INSTALLED.set(installed)
}

pub(super) fn tracer(scope: &InstrumentationScope) -> Option<TracerHandle> {
    INSTALLED.get().map(|installed| (installed.tracer)(scope))
}

pub(crate) fn propagator() -> &'static dyn TextMapPropagator {
    static FROM_ENV: OnceLock<CompositePropagator> = OnceLock::new();
    match INSTALLED.get() {
        Some(installed) => &installed.propagator,
        None => FROM_ENV.get_or_init(from_env),
    }
}
