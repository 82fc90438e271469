//! Runs the conformance vectors. `meta.fields` in their file defines every key.

use std::collections::BTreeSet;

use opentelemetry::Context;
use opentelemetry::baggage::{Baggage, BaggageExt};
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use serde_json::Value;
use traceprop_core::propagation::from_names;

use crate::carriers::{Joining, Lines};

/// The formats of the vectors' file that there are, and their names in a list of propagators.
const FORMATS: [(&str, &str); 2] = [("w3c", "tracecontext"), ("baggage", "baggage")];

const ALL: &str = "tracecontext,baggage";

fn file() -> Value {
    serde_json::from_str(include_str!("../data/propagation.json")).unwrap()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The vectors of one operation, each with its own propagator and with all of them composed.
fn each(op: &str, run: impl Fn(&str, &Value, &dyn TextMapPropagator)) {
    let file = file();
    let mut ran = 0;
    for vector in list(&file, "vectors") {
        let format = FORMATS
            .iter()
            .find(|(format, _)| *format == vector["format"]);
        let Some((_, name)) = format.filter(|_| vector["op"] == op) else {
            continue;
        };
        for names in [name, ALL] {
            let label = format!("{} ({}), {names}", text(vector, "id"), text(vector, "name"));
            run(&label, vector, &from_names(names).unwrap());
            ran += 1;
        }
    }
    assert!(ran > 0, "{op}: the file has no such vector");
}

fn lines(headers: &[Value]) -> Lines {
    let pair = |header: &Value| {
        let part = |index: usize| header[index].as_str().unwrap().to_owned();
        (part(0), part(1))
    };
    Lines(headers.iter().map(pair).collect())
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

fn check(label: &str, cx: &Context, expect: &Value, propagator: &dyn TextMapPropagator) {
    let span = cx.span();
    let got = span.span_context();
    if expect["valid"] == true {
        assert_eq!(
            got.trace_id().to_string(),
            text(expect, "trace_id"),
            "{label}"
        );
        assert_eq!(
            got.span_id().to_string(),
            text(expect, "span_id"),
            "{label}"
        );
        assert_eq!(Value::from(got.is_sampled()), expect["sampled"], "{label}");
        assert_eq!(Value::from(got.is_remote()), expect["remote"], "{label}");
        assert_eq!(
            format!("{:02x}", got.trace_flags()),
            text(expect, "flags"),
            "{label}"
        );
        let mut written = Lines::default();
        propagator.inject_context(cx, &mut written);
        assert_eq!(
            written.get("tracestate"),
            expect["tracestate"].as_str(),
            "{label}"
        );
    } else {
        assert!(!cx.has_active_span(), "{label}: {got:?}");
    }
    assert_eq!(members(cx.baggage()), wanted_members(expect), "{label}");
}

#[test]
fn extract() {
    each("extract", |label, vector, propagator| {
        assert_eq!(vector["initial"], Value::Null, "{label}: not supported");
        let lines = lines(list(vector, "headers"));
        let joining = Joining::new(&lines);
        for carrier in [&lines as &dyn Extractor, &joining] {
            let cx = propagator.extract_with_context(&Context::new(), carrier);
            check(label, &cx, &vector["expect"], propagator);
        }
    });
}

#[test]
fn inject() {
    each("inject", |label, vector, propagator| {
        let mut carrier = lines(list(vector, "headers"));
        carrier.clear(propagator);
        propagator.inject_context(&context(&vector["context"]), &mut carrier);
        check_headers(label, &carrier, vector);
    });
}

#[test]
fn roundtrip() {
    each("roundtrip", |label, vector, propagator| {
        let lines = lines(list(vector, "headers"));
        let cx = propagator.extract_with_context(&Context::new(), &lines);
        check(label, &cx, &vector["expect"], propagator);
        let mut carrier = Lines::default();
        propagator.inject_context(&cx, &mut carrier);
        check_headers(label, &carrier, vector);
    });
}

#[test]
fn configuration() {
    let file = file();
    let mut ran = 0;
    for vector in list(&file, "config_vectors") {
        let names: Vec<_> = list(vector, "expect")
            .iter()
            .filter_map(Value::as_str)
            .collect();
        if names
            .iter()
            .all(|name| ALL.split(',').any(|known| known == *name))
        {
            let want = if names.is_empty() {
                "none".to_owned()
            } else {
                names.join(",")
            };
            let (got, want) = (from_names(text(vector, "env")), from_names(&want));
            assert!(got.unwrap().fields().eq(want.unwrap().fields()), "{vector}");
            ran += 1;
        }
    }
    assert!(ran >= 4, "the file lacks vectors: {ran}");
}

/// The context that a vector injects.
fn context(value: &Value) -> Context {
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
    let span_context = SpanContext::new(
        TraceId::from_hex(text(value, "trace_id")).unwrap(),
        SpanId::from_hex(text(value, "span_id")).unwrap(),
        TraceFlags::new(u8::from_str_radix(text(value, "flags"), 16).unwrap()),
        false,
        state,
    );
    let mut baggage = Baggage::new();
    for [name, value, metadata] in wanted_members(value) {
        baggage.insert_with_metadata(name, value, metadata);
    }
    Context::new()
        .with_remote_span_context(span_context)
        .with_baggage(baggage)
}

fn check_headers(label: &str, got: &Lines, vector: &Value) {
    let want = lines(list(vector, "expect_headers"));
    let names = |lines: &Lines| {
        lines
            .0
            .iter()
            .map(|line| line.0.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(got), names(&want), "{label}");
    for absent in list(vector, "absent") {
        assert_eq!(got.get(absent.as_str().unwrap()), None, "{label}");
    }
    match text(vector, "match") {
        "exact" => assert_eq!(got, &want, "{label}"),
        "decoded" => {
            let baggage = from_names("baggage").unwrap();
            let read = |lines: &Lines| {
                members(
                    baggage
                        .extract_with_context(&Context::new(), lines)
                        .baggage(),
                )
            };
            assert_eq!(read(got), read(&want), "{label}");
            let legal = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
            assert!(
                got.0.iter().all(|line| line.1.bytes().all(legal)),
                "{label}: {got:?}"
            );
        }
        other => panic!("{label}: unknown match {other}"),
    }
}
