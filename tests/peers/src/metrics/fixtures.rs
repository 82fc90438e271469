//! What is observed, by whom, and with which labels.

use std::time::{Duration, Instant};

use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};
use prometheus_client::metrics::exemplar::HistogramWithExemplars;

/// The bounds of the semantic conventions, in seconds.
pub const BOUNDS: [f64; 14] = [
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
];

/// Durations of requests, most of them short.
const DURATIONS: [f64; 16] = [
    0.003, 0.012, 0.047, 0.004, 0.021, 0.110, 0.008, 0.032, 0.006, 0.290, 0.015, 0.002, 0.068,
    0.009, 0.041, 1.3,
];

/// Numbers from 0 to 15, again and again, and the durations at them.
#[derive(Clone, Copy, Default)]
pub struct Turns(usize);

impl Turns {
    pub fn next(&mut self) -> (usize, f64) {
        self.0 = (self.0 + 1) % DURATIONS.len();
        (self.0, DURATIONS[self.0])
    }
}

/// A time that goes on by a second a look, so that no gate is ever closed.
pub struct Seconds(Instant);

impl Seconds {
    pub fn new() -> Self {
        Self(Instant::now())
    }

    pub fn next(&mut self) -> Instant {
        self.0 += Duration::from_secs(1);
        self.0
    }
}

pub fn span() -> SpanContext {
    SpanContext::new(
        TraceId::from(0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c_u128),
        SpanId::from(0xb7ad_6b71_6920_3331_u64),
        TraceFlags::SAMPLED,
        false,
        TraceState::NONE,
    )
}

/// The labels of an exemplar, as the peer takes them.
pub type Ids = Vec<(&'static str, String)>;

/// In the peer's favour the ids are text already; what is left is that it must own them.
pub fn ids() -> Ids {
    let span = span();
    vec![
        ("trace_id", span.trace_id().to_string()),
        ("span_id", span.span_id().to_string()),
    ]
}

pub fn peer_with_exemplars() -> HistogramWithExemplars<Ids> {
    HistogramWithExemplars::new(BOUNDS.into_iter())
}

pub const LABELS: [&str; 3] = ["method", "route", "status"];

pub const METHODS: [&str; 10] = [
    "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY",
];
pub const ROUTES: [&str; 10] = [
    "/",
    "/orders",
    "/orders/{id}",
    "/orders/{id}/items",
    "/customers/{id}",
    "/customers/{id}/addresses",
    "/carts/{id}",
    "/carts/{id}/checkout",
    "/health",
    "/products/{category}/{id}/reviews",
];
pub const STATUSES: [&str; 10] = [
    "200", "201", "204", "301", "304", "400", "404", "409", "500", "503",
];

/// A thousand label sets.
pub fn label_sets() -> impl Iterator<Item = [&'static str; 3]> {
    METHODS.into_iter().flat_map(|method| {
        ROUTES.into_iter().flat_map(move |route| {
            STATUSES
                .into_iter()
                .map(move |status| [method, route, status])
        })
    })
}

/// The label sets of a small service: four routes, two methods, two statuses.
pub fn few_label_sets() -> Vec<[&'static str; 3]> {
    let few = |[method, route, status]: &[&'static str; 3]| {
        ["GET", "POST"].contains(method)
            && ROUTES[..4].contains(route)
            && ["200", "404"].contains(status)
    };
    label_sets().filter(few).collect()
}
