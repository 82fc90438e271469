//! The formats of propagation.

use traceprop_core::propagation::{CompositePropagator, from_names};

use crate::Fallible;

/// One format, and what it carries beside the ids and the decision.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Format {
    name: &'static str,
    propagators: &'static str,
    pub(crate) carries_baggage: bool,
    pub(crate) carries_state: bool,
}

const FORMATS: [Format; 5] = [
    Format::of("tracecontext", "tracecontext,baggage", true, true),
    Format::of("b3", "b3", false, false),
    Format::of("b3multi", "b3multi", false, false),
    Format::of("jaeger", "jaeger", true, false),
    // For peers whose propagator leaves Jaeger's baggage out.
    Format::of("jaeger-ids", "jaeger", false, false),
];

impl Format {
    const fn of(
        name: &'static str,
        propagators: &'static str,
        carries_baggage: bool,
        carries_state: bool,
    ) -> Self {
        Self {
            name,
            propagators,
            carries_baggage,
            carries_state,
        }
    }

    pub(crate) fn new(name: &str) -> Fallible<Self> {
        let mut formats = FORMATS.into_iter();
        let found = formats.find(|format| format.name == name);
        found.ok_or_else(|| format!("{name} is no format").into())
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn propagator(&self) -> Fallible<CompositePropagator> {
        Ok(from_names(self.propagators)?)
    }
}
