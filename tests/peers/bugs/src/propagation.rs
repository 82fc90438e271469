//! Propagators.

use std::collections::HashMap;

use http::{HeaderMap, HeaderName, HeaderValue};
use old_opentelemetry::baggage::BaggageExt as _;
use old_opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TraceContextExt;
use opentelemetry_http::{HeaderExtractor, HeaderInjector};
use opentelemetry_sdk::propagation as sdk;
use opentelemetry_zipkin::B3Encoding;
use traceprop_core::propagation as ours;

use crate::table::Library::{Jaeger, OpenTelemetry, Ours, Zipkin};
use crate::table::Row;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const SPAN: &str = "b7ad6b7169203331";

pub fn rows() -> Vec<Row> {
    vec![
        jaeger_baggage(),
        b3_debug(),
        b3_decision_alone(),
        w3c_malformed(),
        w3c_empty_state(),
        second_lines(),
        baggage_values(),
    ]
}

fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        let value = HeaderValue::from_str(value).expect("a value");
        headers.append(HeaderName::from_static(name), value);
    }
    headers
}

/// What a propagator of ours reads, through our carrier.
fn read(propagator: &dyn TextMapPropagator, lines: &[(&'static str, &str)]) -> Context {
    let headers = headers(lines);
    let carrier = traceprop_http::HeaderExtractor::new(&headers);
    propagator.extract_with_context(&Context::new(), &carrier)
}

/// What a peer reads, through OpenTelemetry's carrier.
fn read_theirs(propagator: &dyn TextMapPropagator, lines: &[(&'static str, &str)]) -> Context {
    let headers = headers(lines);
    propagator.extract_with_context(&Context::new(), &HeaderExtractor(&headers))
}

fn jaeger_baggage() -> Row {
    let uber = format!("{TRACE}:{SPAN}:0:1");
    let ours = {
        let propagator = ours::JaegerPropagator::new();
        let context = read(
            &propagator,
            &[("uber-trace-id", &uber), ("uberctx-tenant", "acme")],
        );
        let mut onward = HashMap::new();
        propagator.inject_context(&context, &mut onward);
        let tenant = context.baggage().get("tenant").map(ToString::to_string);
        tenant.as_deref() != Some("acme") || !onward.contains_key("uberctx-tenant")
    };
    let theirs = {
        let propagator = opentelemetry_jaeger_propagator::Propagator::new();
        let inbound = HashMap::from([
            ("uber-trace-id".to_owned(), uber.clone()),
            ("uberctx-tenant".to_owned(), "acme".to_owned()),
        ]);
        let none = old_opentelemetry::Context::new();
        let context = propagator.extract_with_context(&none, &inbound);
        let mut onward: HashMap<String, String> = HashMap::new();
        propagator.inject_context(&context, &mut onward);
        context.baggage().get("tenant").is_none() || !onward.contains_key("uberctx-tenant")
    };
    Row::new(
        "Jaeger's baggage is no baggage, and does not go on",
        [(Ours, ours), (Jaeger, theirs)],
    )
}

fn b3_debug() -> Row {
    let debug = format!("{TRACE}-{SPAN}-d");
    let misses = |context: Context| !context.span().span_context().is_sampled();
    let lines = [("b3", debug.as_str())];
    let theirs = opentelemetry_zipkin::Propagator::with_encoding(B3Encoding::SingleHeader);
    Row::new(
        "a debug trace of B3's is not sampled",
        [
            (Ours, misses(read(&ours::B3Propagator::single(), &lines))),
            (Zipkin, misses(read_theirs(&theirs, &lines))),
        ],
    )
}

fn b3_decision_alone() -> Row {
    let ours = {
        let propagator = ours::B3Propagator::single();
        let mut onward = HashMap::new();
        propagator.inject_context(&Context::new(), &mut onward);
        !onward.is_empty()
    };
    let theirs = {
        let propagator = opentelemetry_zipkin::Propagator::new();
        let mut onward = HashMap::new();
        propagator.inject_context(&Context::new(), &mut onward);
        !onward.is_empty()
    };
    Row::new(
        "a client without a trace sends B3's \"do not sample\" to its server",
        [(Ours, ours), (Zipkin, theirs)],
    )
}

fn w3c_malformed() -> Row {
    let values = [
        "00-1-1-01".to_owned(),
        format!("00-{TRACE}-{SPAN}-01-"),
        format!("00-+{}-{SPAN}-01", &TRACE[1..]),
        format!("00-{TRACE}-{SPAN}-1"),
    ];
    let accepts = |read: &dyn Fn(&str) -> Context| {
        let mut contexts = values.iter().map(|value| read(value));
        contexts.any(|context| context.span().span_context().is_valid())
    };
    let ours = accepts(&|value| {
        read(
            &ours::TraceContextPropagator::new(),
            &[("traceparent", value)],
        )
    });
    let theirs = accepts(&|value| {
        read_theirs(
            &sdk::TraceContextPropagator::new(),
            &[("traceparent", value)],
        )
    });
    Row::new(
        "a malformed `traceparent`, such as `00-1-1-01`, is taken for a parent",
        [(Ours, ours), (OpenTelemetry, theirs)],
    )
}

fn w3c_empty_state() -> Row {
    let lines = [("traceparent", &*format!("00-{TRACE}-{SPAN}-01"))];
    let context = read(&ours::TraceContextPropagator::new(), &lines);
    let sends = |propagator: &dyn TextMapPropagator| {
        let mut headers = HeaderMap::new();
        propagator.inject_context(&context, &mut HeaderInjector(&mut headers));
        headers.contains_key("tracestate")
    };
    Row::new(
        "an empty `tracestate` is sent with each request",
        [
            (Ours, sends(&ours::TraceContextPropagator::new())),
            (OpenTelemetry, sends(&sdk::TraceContextPropagator::new())),
        ],
    )
}

fn second_lines() -> Row {
    let traceparent = format!("00-{TRACE}-{SPAN}-01");
    let lines = [
        ("traceparent", traceparent.as_str()),
        ("tracestate", "a=1"),
        ("tracestate", "b=2"),
        ("baggage", "a=1"),
        ("baggage", "b=2"),
    ];
    let misses = |context: Context| {
        let span = context.span();
        let state = span.span_context().trace_state();
        state.get("b").is_none() || context.baggage().get("b").is_none()
    };
    let propagator = ours::from_names("tracecontext,baggage").expect("known names");
    Row::new(
        "a second line of `tracestate` or `baggage` is not read",
        [
            (Ours, misses(read(&propagator, &lines))),
            (
                OpenTelemetry,
                misses(read_theirs(&crate::world::propagator(), &lines)),
            ),
        ],
    )
}

fn baggage_values() -> Row {
    let cuts = |context: Context| {
        let value = context.baggage().get("key").map(ToString::to_string);
        value.as_deref() != Some("YQ==")
    };
    let lines = [("baggage", "key=YQ==")];
    Row::new(
        "a value in `baggage` is cut at its second `=`, as Base64 has them",
        [
            (Ours, cuts(read(&ours::BaggagePropagator::new(), &lines))),
            (
                OpenTelemetry,
                cuts(read_theirs(&sdk::BaggagePropagator::new(), &lines)),
            ),
        ],
    )
}
