//! What is carried: the headers that are read and the contexts that are written.

use std::str::FromStr;

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::Context;
use opentelemetry::baggage::{Baggage, BaggageExt};
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};

pub type Headers = &'static [(&'static str, &'static str)];

pub const TRACEPARENT: (&str, &str) = (
    "traceparent",
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
);
pub const TRACESTATE: (&str, &str) = (
    "tracestate",
    "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7,vendor=s:2;o:rum",
);
pub const BAGGAGE: (&str, &str) = (
    "baggage",
    "userId=alice,serverNode=DF%2028,isProduction=false",
);
pub const B3_SINGLE: Headers = &[("b3", "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1")];
pub const B3_MULTI: Headers = &[
    ("x-b3-traceid", "0af7651916cd43dd8448eb211c80319c"),
    ("x-b3-spanid", "b7ad6b7169203331"),
    ("x-b3-sampled", "1"),
];
pub const JAEGER: Headers = &[(
    "uber-trace-id",
    "0af7651916cd43dd8448eb211c80319c:b7ad6b7169203331:0:1",
)];

/// What a request has besides.
const OTHERS: Headers = &[
    ("host", "shop.example"),
    ("user-agent", "curl/8.5.0"),
    ("accept", "application/json"),
    ("accept-encoding", "gzip, deflate, br"),
    ("content-type", "application/json"),
    ("content-length", "118"),
    ("x-request-id", "7b1c9a0e-3c1f-4f0e-9f6e-6f1d0c6b8a11"),
    ("x-forwarded-for", "192.0.2.7"),
];

/// These headers among eight others.
pub fn map(headers: &[(&'static str, &str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in OTHERS.iter().chain(headers) {
        let value = HeaderValue::from_str(value).expect("a header's value");
        map.insert(HeaderName::from_static(name), value);
    }
    map
}

pub fn trace_state() -> TraceState {
    TraceState::from_str(TRACESTATE.1).expect("three members")
}

pub fn span_context(state: TraceState) -> SpanContext {
    SpanContext::new(
        TraceId::from(0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c_u128),
        SpanId::from(0xb7ad_6b71_6920_3331_u64),
        TraceFlags::SAMPLED,
        true,
        state,
    )
}

/// A context with a sampled span and these members.
pub fn with_span(state: TraceState) -> Context {
    Context::new().with_remote_span_context(span_context(state))
}

/// The three members of [`BAGGAGE`].
pub fn baggage() -> Baggage {
    let mut baggage = Baggage::new();
    // As they come off the wire: names, values and metadata of their own.
    for (name, value) in [
        ("userId", "alice"),
        ("serverNode", "DF 28"),
        ("isProduction", "false"),
    ] {
        baggage.insert_with_metadata(name.to_owned(), value.to_owned(), "");
    }
    baggage
}

pub fn with_baggage() -> Context {
    Context::new().with_baggage(baggage())
}
