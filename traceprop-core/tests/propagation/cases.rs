//! Runs the conformance vectors over one transport. `meta.fields` in their file defines every key.

use std::collections::BTreeSet;

use opentelemetry::Context;
use opentelemetry::baggage::{Baggage, BaggageExt};
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use serde_json::Value;
use traceprop_core::propagation::{B3State, ContextExt, TraceContextPropagator, from_names};

/// Names and values, in order.
pub(crate) type Headers = Vec<(String, String)>;

/// A carrier, and how a transport hands it over.
pub(crate) trait Transport {
    /// Lets `act` read from `headers`; `false` if the transport cannot hold them.
    fn read(headers: &Headers, act: &mut dyn FnMut(&dyn Extractor)) -> bool;

    /// What an adapter sends that found `headers` in the carrier; `None` if it cannot hold them.
    fn write(
        headers: &Headers,
        propagator: &dyn TextMapPropagator,
        cx: &Context,
    ) -> Option<Headers>;
}

/// The formats of the vectors' file, and their names in a list of propagators.
const FORMATS: [(&str, &str); 5] = [
    ("w3c", "tracecontext"),
    ("baggage", "baggage"),
    ("b3", "b3"),
    ("b3multi", "b3multi"),
    ("jaeger", "jaeger"),
];

const ALL: &str = "tracecontext,baggage,b3,jaeger";

pub(crate) fn file() -> Value {
    serde_json::from_str(include_str!("../data/propagation.json")).unwrap()
}

pub(crate) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

pub(crate) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

pub(crate) fn label(vector: &Value, names: &str) -> String {
    let (id, name) = (text(vector, "id"), text(vector, "name"));
    format!("{id} ({name}), {names}")
}

pub(crate) fn headers(value: &Value, key: &str) -> Headers {
    let part = |header: &Value, at: usize| header[at].as_str().unwrap().to_owned();
    let pair = |header: &Value| (part(header, 0), part(header, 1));
    list(value, key).iter().map(pair).collect()
}

/// The name in a list of propagators of a vector's format.
pub(crate) fn name_of(vector: &Value) -> &'static str {
    let mut formats = FORMATS.iter();
    formats
        .find(|(format, _)| *format == vector["format"])
        .unwrap()
        .1
}

/// Runs all vectors, and says how many the transport could hold.
pub(crate) fn run<T: Transport>() -> usize {
    let file = file();
    let mut ran = 0;
    for vector in list(&file, "vectors") {
        let name = name_of(vector);
        ran += usize::from(match text(vector, "op") {
            "extract" => [name, ALL]
                .into_iter()
                .all(|names| extract::<T>(vector, names)),
            "inject" => inject::<T>(vector, name),
            "roundtrip" => roundtrip::<T>(vector, name),
            other => panic!("unknown operation {other}"),
        });
    }
    for vector in list(&file, "composite_vectors") {
        ran += usize::from(composite::<T>(vector));
    }
    ran
}

fn propagator(vector: &Value, names: &str) -> Box<dyn TextMapPropagator> {
    match vector["options"]["tracestate_max_len"].as_u64() {
        Some(limit) => {
            let limit = usize::try_from(limit).unwrap();
            Box::new(TraceContextPropagator::new().max_tracestate(limit))
        }
        None => Box::new(from_names(names).unwrap()),
    }
}

fn extract<T: Transport>(vector: &Value, names: &str) -> bool {
    let (label, propagator) = (label(vector, names), propagator(vector, names));
    let initial = match &vector["initial"] {
        Value::Null => Context::new(),
        initial => initial_context(initial),
    };
    T::read(&headers(vector, "headers"), &mut |carrier| {
        let cx = propagator.extract_with_context(&initial, carrier);
        check(&label, &cx, &vector["expect"], propagator.as_ref());
    })
}

fn inject<T: Transport>(vector: &Value, names: &str) -> bool {
    let (label, propagator) = (label(vector, names), propagator(vector, names));
    let cx = context(&vector["context"], text(vector, "format"));
    let written = T::write(&headers(vector, "headers"), propagator.as_ref(), &cx);
    let Some(written) = written else {
        return false;
    };
    check_headers::<T>(&label, &written, vector, propagator.as_ref());
    true
}

fn roundtrip<T: Transport>(vector: &Value, names: &str) -> bool {
    let (label, propagator) = (label(vector, names), propagator(vector, names));
    T::read(&headers(vector, "headers"), &mut |carrier| {
        let cx = propagator.extract_with_context(&Context::new(), carrier);
        check(&label, &cx, &vector["expect"], propagator.as_ref());
        let written = T::write(&Headers::new(), propagator.as_ref(), &cx).unwrap();
        check_headers::<T>(&label, &written, vector, propagator.as_ref());
    })
}

fn composite<T: Transport>(vector: &Value) -> bool {
    let names: Vec<_> = list(vector, "propagators")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let names = names.join(",");
    let (label, propagator) = (label(vector, &names), propagator(vector, &names));
    if let Some(fields) = vector["fields"].as_array() {
        let got = propagator.fields();
        assert!(got.eq(fields.iter().filter_map(Value::as_str)), "{label}");
    }
    T::read(&headers(vector, "headers"), &mut |carrier| {
        let cx = propagator.extract_with_context(&Context::new(), carrier);
        check(&label, &cx, &vector["expect"], propagator.as_ref());
        if !vector["expect_headers"].is_null() {
            let written = T::write(&Headers::new(), propagator.as_ref(), &cx).unwrap();
            let want = headers(vector, "expect_headers");
            assert_eq!(sorted(written), sorted(want), "{label}");
        }
    })
}

fn sorted(mut headers: Headers) -> Headers {
    headers.sort();
    headers
}

fn members(baggage: &Baggage) -> BTreeSet<[String; 3]> {
    let mut members = BTreeSet::new();
    for (name, (value, metadata)) in baggage {
        members.insert([name.to_string(), value.to_string(), metadata.to_string()]);
    }
    members
}

fn wanted_members(value: &Value) -> BTreeSet<[String; 3]> {
    let member = |member: &Value| [0, 1, 2].map(|at| member[at].as_str().unwrap().to_owned());
    list(value, "baggage").iter().map(member).collect()
}

/// What the context says of sampling: a span's flag unless it is deferred, or a decision alone.
fn sampled(cx: &Context) -> Option<bool> {
    let span = cx.span();
    match (span.span_context().is_valid(), cx.b3_state()) {
        (true, Some(B3State::Deferred)) => None,
        (true, _) => Some(span.span_context().is_sampled()),
        (false, None) => cx.jaeger_debug().then_some(true),
        (false, Some(state)) => state.sampled(),
    }
}

pub(crate) fn check(label: &str, cx: &Context, expect: &Value, propagator: &dyn TextMapPropagator) {
    let span = cx.span();
    let got = span.span_context();
    assert_eq!(Value::from(got.is_valid()), expect["valid"], "{label}");
    assert_eq!(serde_json::json!(sampled(cx)), expect["sampled"], "{label}");
    if let Some(debug) = expect["debug"].as_bool() {
        let got = cx.b3_state() == Some(B3State::Debug) || cx.jaeger_debug();
        assert_eq!(got, debug, "{label}");
    }
    if got.is_valid() {
        let (trace_id, span_id) = (got.trace_id().to_string(), got.span_id().to_string());
        assert_eq!(trace_id, text(expect, "trace_id"), "{label}");
        assert_eq!(span_id, text(expect, "span_id"), "{label}");
        assert_eq!(Value::from(got.is_remote()), expect["remote"], "{label}");
        if let Some(flags) = expect["flags"].as_str() {
            assert_eq!(format!("{:02x}", got.trace_flags()), flags, "{label}");
        }
        let mut written = std::collections::HashMap::new();
        propagator.inject_context(cx, &mut written);
        let written = written.get("tracestate").map(String::as_str);
        assert_eq!(written, expect["tracestate"].as_str(), "{label}");
    } else {
        assert!(!cx.has_active_span(), "{label}: {got:?}");
    }
    assert_eq!(members(cx.baggage()), wanted_members(expect), "{label}");
}

fn span_context(value: &Value, flags: TraceFlags, remote: bool, state: TraceState) -> SpanContext {
    let trace_id = TraceId::from_hex(text(value, "trace_id")).unwrap();
    let span_id = SpanId::from_hex(text(value, "span_id")).unwrap();
    SpanContext::new(trace_id, span_id, flags, remote, state)
}

/// The context that a vector extracts into.
fn initial_context(value: &Value) -> Context {
    let flags = match value["sampled"] == true {
        true => TraceFlags::SAMPLED,
        false => TraceFlags::NOT_SAMPLED,
    };
    let state = text(value, "tracestate").parse().unwrap();
    let mut cx = Context::new();
    if value["valid"] == true {
        let remote = value["remote"] == true;
        cx = cx.with_remote_span_context(span_context(value, flags, remote, state));
    }
    with_baggage(&cx, value)
}

fn with_baggage(cx: &Context, value: &Value) -> Context {
    let mut baggage = Baggage::new();
    for [name, value, metadata] in wanted_members(value) {
        baggage.insert_with_metadata(name, value, metadata);
    }
    cx.with_baggage(baggage)
}

/// The context that a vector injects.
fn context(value: &Value, format: &str) -> Context {
    let mut state: TraceState = text(value, "tracestate").parse().unwrap();
    for op in list(value, "tracestate_ops") {
        let part = |index: usize| op[index].as_str().unwrap();
        let changed = match part(0) {
            "set" => state.insert(part(1), part(2)),
            "delete" => state.delete(part(1)),
            other => panic!("unknown operation {other}"),
        };
        state = changed.unwrap_or(state);
    }
    let flags = TraceFlags::new(u8::from_str_radix(text(value, "flags"), 16).unwrap());
    let mut cx = Context::new().with_remote_span_context(span_context(value, flags, false, state));
    if value["debug"] == true {
        cx = match format {
            "jaeger" => cx.with_jaeger_debug(true),
            _ => cx.with_b3_state(B3State::Debug),
        };
    }
    if value["deferred"] == true {
        cx = cx.with_b3_state(B3State::Deferred);
    }
    with_baggage(&cx, value)
}

fn check_headers<T: Transport>(
    label: &str,
    got: &Headers,
    vector: &Value,
    propagator: &dyn TextMapPropagator,
) {
    let names = |headers: &Headers| {
        let names = headers.iter().map(|header| header.0.clone());
        names.collect::<BTreeSet<_>>()
    };
    let want = headers(vector, "expect_headers");
    assert_eq!(got.len(), want.len(), "{label}: {got:?}");
    assert_eq!(names(got), names(&want), "{label}");
    for absent in list(vector, "absent") {
        assert!(!names(got).contains(absent.as_str().unwrap()), "{label}");
    }
    match text(vector, "match") {
        "exact" => assert_eq!(sorted(got.clone()), sorted(want), "{label}"),
        "decoded" => {
            let read = |headers: &Headers| {
                let mut read = None;
                T::read(headers, &mut |carrier| {
                    let cx = propagator.extract_with_context(&Context::new(), carrier);
                    read = Some((cx.span().span_context().clone(), members(cx.baggage())));
                });
                read.unwrap()
            };
            assert_eq!(read(got), read(&want), "{label}");
            let legal = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
            let all = got.iter().all(|header| header.1.bytes().all(legal));
            assert!(all, "{label}: {got:?}");
        }
        other => panic!("{label}: unknown match {other}"),
    }
}
