//! Several propagators, and their names.

use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use traceprop_core::propagation::{
    B3Propagator, CompositePropagator, TraceContextPropagator, from_env, from_names,
};

use super::{PARENT, Row, SPAN, check, hop, written};
use crate::carriers::Lines;

/// A row of a list of names and the fields that it stands for.
fn names(
    rules: &'static str,
    name: &'static str,
    list: &'static str,
    fields: &'static [&'static str],
) -> Row {
    check(rules, name, move || {
        let propagator = from_names(list).unwrap();
        assert!(propagator.fields().eq(fields.iter().copied()), "{list}");
    })
}

/// A row of W3C's and Jaeger's baggage in one request: both, and of one name the later one's.
fn mixed(list: &'static str, w3c: &'static str) -> Row {
    check("C1", "baggage of two formats is one", move || {
        let sent = Lines::new([
            ("baggage", "k=w3c,w=1"),
            ("uberctx-k", "jaeger"),
            ("uberctx-j", "2"),
        ]);
        let propagator = from_names(list).unwrap();
        let cx = propagator.extract_with_context(&Context::new(), &sent);
        let want = format!("j=2,{w3c}");
        let lines = written(&propagator, &cx);
        assert_eq!(lines.get("baggage"), Some(want.as_str()));
    })
}

const DEFAULT: &[&str] = &["traceparent", "tracestate", "baggage"];

pub(super) fn rows() -> Vec<Row> {
    let other = format!("{SPAN}-{SPAN}-0");
    let padded = format!("{}{other}", "0".repeat(16));
    let b3_wins = format!("00-{}{SPAN}-{SPAN}-00", "0".repeat(16));
    vec![
        hop(
            "C1",
            "the last one that finds a span context wins",
            "tracecontext,b3",
            &[("traceparent", PARENT), ("b3", &other)],
            &[("traceparent", &b3_wins), ("b3", &padded)],
        ),
        hop(
            "C1",
            "one that fails changes nothing",
            "tracecontext,b3",
            &[("traceparent", PARENT), ("b3", "0")],
            &[
                ("traceparent", PARENT),
                ("b3", &format!("{}-1", &PARENT[3..52])),
            ],
        ),
        mixed("baggage,jaeger", "k=jaeger,w=1"),
        mixed("jaeger,baggage", "k=w3c,w=1"),
        check("C2", "or the first one, for a migration", || {
            let propagator = CompositePropagator::first_match(vec![
                Box::new(TraceContextPropagator::new()),
                Box::new(B3Propagator::single()),
            ]);
            let other = format!("{SPAN}-{SPAN}-0");
            let both = Lines::new([("traceparent", PARENT), ("b3", &other)]);
            let cx = propagator.extract_with_context(&Context::new(), &both);
            assert_eq!(written(&propagator, &cx).get("traceparent"), Some(PARENT));
            let one = Lines::new([("b3", &other[..])]);
            let cx = propagator.extract_with_context(&Context::new(), &one);
            assert!(
                written(&propagator, &cx)
                    .get("b3")
                    .unwrap()
                    .ends_with(&other)
            );
        }),
        names("C4", "nothing stands for the default", "", DEFAULT),
        names("C4", "blank", " , ", DEFAULT),
        names(
            "C4",
            "every name",
            "jaeger,b3,b3multi",
            &[
                "uber-trace-id",
                "b3",
                "x-b3-traceid",
                "x-b3-spanid",
                "x-b3-sampled",
                "x-b3-flags",
            ],
        ),
        names("C4", "none", "none", &[]),
        names("C5", "space and case", "\t B3 ,, ", &["b3"]),
        names(
            "C6 C10",
            "twice is once, in order",
            "baggage,tracecontext,baggage",
            &["baggage", "traceparent", "tracestate"],
        ),
        check(
            "C7",
            "a program is told of a name that is not known",
            || {
                assert_eq!(from_names("b3,what").unwrap_err().name(), "what");
            },
        ),
        check(
            "C7 C9",
            "the environment never fails, and SDKs that are off do not matter",
            || {
                let this = std::env::current_exe().unwrap();
                let output = std::process::Command::new(this)
                    .args(["--exact", "rules::compose::in_an_environment"])
                    .env("OTEL_PROPAGATORS", "what,b3")
                    .env("OTEL_SDK_DISABLED", "true")
                    .env(CHILD, "1")
                    .output()
                    .unwrap();
                let text = String::from_utf8_lossy(&output.stdout);
                assert!(text.contains("1 passed"), "{text}");
            },
        ),
    ]
}

/// Set in the process that runs [`in_an_environment`] in the one it is about.
const CHILD: &str = "TRACEPROP_TEST_CHILD";

#[test]
fn in_an_environment() {
    if std::env::var_os(CHILD).is_some() {
        assert!(from_env().fields().eq(["b3"]));
    }
}
