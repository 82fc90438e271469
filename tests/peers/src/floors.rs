//! What OpenTelemetry's own types cost, which no propagator can do without.

use http::{HeaderName, HeaderValue};
use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{TraceContextExt, TraceState};

use crate::context::{B3_MULTI, TRACEPARENT, baggage, map, span_context, trace_state};
use crate::measure::Work;

/// The members of the headers as they are in memory before a type of OpenTelemetry holds them.
const MEMBERS: [(&str, &str); 3] = [
    ("congo", "t61rcWkgMzE"),
    ("rojo", "00f067aa0ba902b7"),
    ("vendor", "s:2;o:rum"),
];

/// A header that is looked up and not there.
pub fn absent() -> Work {
    static NAME: HeaderName = HeaderName::from_static("traceparent");
    let map = map(&[]);
    Work::new(move || map.get(&NAME).is_none())
}

/// A context with a span context of ids that are known already.
pub fn span() -> Work {
    let cx = Context::new();
    Work::new(move || cx.with_remote_span_context(span_context(TraceState::NONE)))
}

/// The same with a `TraceState` of three members, that are validated already.
pub fn span_and_state() -> Work {
    let cx = Context::new();
    Work::new(move || {
        let state = TraceState::from_key_value(MEMBERS).expect("three members");
        cx.with_remote_span_context(span_context(state))
    })
}

/// A context with a `Baggage` of three members, that are decoded already.
pub fn members() -> Work {
    let cx = Context::new();
    Work::new(move || cx.with_baggage(baggage()))
}

/// Both.
pub fn all() -> Work {
    let cx = Context::new();
    Work::new(move || {
        let state = TraceState::from_key_value(MEMBERS).expect("three members");
        let cx = cx.with_remote_span_context(span_context(state));
        cx.with_baggage(baggage())
    })
}

/// One header set to a text that is known already.
pub fn set() -> Work {
    set_all(vec![TRACEPARENT.1.to_owned()])
}

/// Two headers, the second from a `TraceState`.
pub fn set_state() -> Work {
    set_all(vec![TRACEPARENT.1.to_owned(), trace_state().header()])
}

/// The three headers of B3.
pub fn set_three() -> Work {
    set_all(
        B3_MULTI
            .iter()
            .map(|(_, value)| (*value).to_owned())
            .collect(),
    )
}

fn set_all(values: Vec<String>) -> Work {
    static NAMES: [HeaderName; 3] = [
        HeaderName::from_static("traceparent"),
        HeaderName::from_static("tracestate"),
        HeaderName::from_static("x-b3-sampled"),
    ];
    let mut map = map(&[]);
    Work::new(move || {
        for (name, value) in NAMES.iter().zip(&values) {
            let value = HeaderValue::try_from(value.clone()).expect("a header's value");
            map.insert(name, value);
        }
    })
}
