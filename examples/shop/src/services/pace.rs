//! Slow places, on demand: a request asks for it in its baggage, which reaches all five services.

use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt;

use crate::cli::Place;
use crate::messages::{PACE, SLOW};

/// How long a slow request stays at the slow place.
const SLOWNESS: Duration = Duration::from_millis(600);

/// Knows which place is the slow one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace(Place);

impl Pace {
    pub(super) fn new(slow: Place) -> Self {
        Self(slow)
    }

    /// How long the current request stays longer at `place`.
    pub(super) fn delay(self, place: Place) -> Duration {
        if self.0 == place && is_slow() {
            SLOWNESS
        } else {
            Duration::ZERO
        }
    }

    /// Stays at `place` for that long.
    pub(super) async fn take(self, place: Place) {
        let delay = self.delay(place);
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
    }
}

fn is_slow() -> bool {
    Context::map_current(|context| {
        let pace = context.baggage().get(PACE);
        pace.is_some_and(|pace| pace.as_str() == SLOW)
    })
}
