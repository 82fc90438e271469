//! B3.

use opentelemetry::Context;
use opentelemetry::propagation::Extractor;
use opentelemetry::trace::{TraceContextExt, Tracer, TracerProvider};
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use traceprop_core::propagation::{B3Propagator, B3State, ContextExt};

use super::{Pairs, Row, SPAN, TRACE, check, hop, read, written};

const PARENT: &str = "05e3ac9a4f6e3b90";

/// The ids in the multi encoding, with more headers.
fn multi<'a>(more: Pairs<'a>) -> Vec<(&'a str, &'a str)> {
    let ids = [("x-b3-traceid", TRACE), ("x-b3-spanid", SPAN)];
    ids.into_iter().chain(more.iter().copied()).collect()
}

/// A row of the single header; nothing goes on of a malformed one.
fn single(rules: &'static str, name: &'static str, sent: &str, onward: &str) -> Row {
    let want = [("b3", onward)];
    let want = if onward.is_empty() { &[] } else { &want[..] };
    hop(rules, name, "b3", &[("b3", sent)], want)
}

/// A row of the ids in the multi encoding with more headers, and the state that goes on.
fn state(rules: &'static str, name: &'static str, more: Pairs<'_>, onward: &str) -> Row {
    let onward = format!("{TRACE}-{SPAN}{onward}");
    hop(rules, name, "b3", &multi(more), &[("b3", &onward)])
}

fn decision(
    rules: &'static str,
    name: &'static str,
    headers: Pairs<'static>,
    want: B3State,
) -> Row {
    check(rules, name, move || {
        for names in ["b3", "b3multi"] {
            let cx = read(names, headers);
            assert_eq!(cx.b3_state(), Some(want));
            assert!(!cx.has_active_span());
        }
    })
}

/// What a span of our own sends, whose parent came with these headers.
fn child_of(header: &str, sampler: Sampler) -> String {
    let cx = read("b3", &[("b3", header)]);
    let provider = SdkTracerProvider::builder().with_sampler(sampler).build();
    let child = provider.tracer("test").start_with_context("child", &cx);
    let lines = written(&B3Propagator::single(), &cx.with_span(child));
    let value = lines.get("b3").unwrap();
    value[value.len() - 2..].to_owned()
}

pub(super) fn rows() -> Vec<Row> {
    let ids = format!("{TRACE}-{SPAN}");
    let with = |state: &str| format!("{ids}{state}");
    let padded = format!("{}{SPAN}-{SPAN}-1", "0".repeat(16));
    let right_zero = format!("{SPAN}{}-{SPAN}-1", "0".repeat(16));
    let single_and_multi = |single: &str, onward: &str| {
        let mut headers = multi(&[("x-b3-sampled", "0")]);
        headers.push(("b3", single));
        hop(
            "B1",
            "a single header that is whole wins",
            "b3",
            &headers,
            &[("b3", onward)],
        )
    };
    vec![
        single_and_multi(&format!("{SPAN}-{SPAN}-1"), &padded),
        single_and_multi("garbage", &with("-0")),
        single("B2", "upper-case id", &with("-1").to_uppercase(), ""),
        single("B2", "31 digits", &with("-1")[1..], ""),
        single("B2", "a sign", &with("-1").replace("-00f", "-+0f"), ""),
        single(
            "B3",
            "64 bits are padded on the left",
            &format!("{SPAN}-{SPAN}-1"),
            &padded,
        ),
        single("B3", "a zero right half is legal", &right_zero, &right_zero),
        single("B4", "deferred", &ids, &ids),
        single(
            "B4 B22",
            "a parent's id is not sent on",
            &with(&format!("-1-{PARENT}")),
            &with("-1"),
        ),
        single("B4", "a longer value", &with(&format!("-1-{PARENT}x")), ""),
        single("B6", "trailing hyphen", &with("-"), ""),
        single("B6", "five fields", &with(&format!("-1-{PARENT}-x")), ""),
        single("B6", "upper-case debug", &with("-D"), ""),
        single("B6", "two digits of state", &with("-01"), ""),
        decision("B8", "deny alone", &[("b3", "0")], B3State::Deny),
        decision("B8", "debug alone", &[("x-b3-flags", "1")], B3State::Debug),
        decision(
            "B8",
            "accept alone",
            &[("x-b3-sampled", "1")],
            B3State::Accept,
        ),
        state("B10", "accept", &[("x-b3-sampled", "1")], "-1"),
        state("B10", "deny", &[("x-b3-sampled", "0")], "-0"),
        state("B10", "defer", &[], ""),
        state(
            "B10 B22",
            "a word in any case",
            &[("x-b3-sampled", "TRUE")],
            "-1",
        ),
        hop(
            "B11",
            "any other state",
            "b3",
            &multi(&[("x-b3-sampled", "d")]),
            &[],
        ),
        state(
            "B12",
            "flags of another value are none",
            &[("x-b3-sampled", "1"), ("x-b3-flags", "0")],
            "-1",
        ),
        state(
            "B12",
            "of a word, too",
            &[("x-b3-sampled", "0"), ("x-b3-flags", "true")],
            "-0",
        ),
        state(
            "B13",
            "debug wins over deny",
            &[("x-b3-sampled", "0"), ("x-b3-flags", "1")],
            "-d",
        ),
        hop(
            "B15",
            "one id alone",
            "b3",
            &[("x-b3-traceid", TRACE), ("x-b3-sampled", "1")],
            &[],
        ),
        state(
            "B16",
            "the first of two states",
            &[("x-b3-sampled", "1"), ("x-b3-sampled", "0")],
            "-1",
        ),
        hop(
            "B18 B23",
            "multi is a setting",
            "b3multi",
            &[("b3", &with("-1"))],
            &[
                ("x-b3-traceid", TRACE),
                ("x-b3-spanid", SPAN),
                ("x-b3-sampled", "1"),
            ],
        ),
        check(
            "B19",
            "no span writes nothing, unless it is asked for",
            || {
                let cx = Context::new().with_b3_state(B3State::Deny);
                assert!(written(&B3Propagator::single(), &cx).0.is_empty());
                assert!(
                    written(&B3Propagator::single(), &Context::new())
                        .0
                        .is_empty()
                );
                let single = written(&B3Propagator::single().decisions(true), &cx);
                assert_eq!(single.get("b3"), Some("0"));
                let debug = Context::new().with_b3_state(B3State::Debug);
                let multi = written(&B3Propagator::multi().decisions(true), &debug);
                assert_eq!(multi.0, [("x-b3-flags".to_owned(), "1".to_owned())]);
            },
        ),
        hop(
            "B20",
            "debug in multi is without sampled",
            "b3multi",
            &[("b3", &with("-d"))],
            &[
                ("x-b3-traceid", TRACE),
                ("x-b3-spanid", SPAN),
                ("x-b3-flags", "1"),
            ],
        ),
        check(
            "B20 B21",
            "a child keeps debug and decides what was deferred",
            || {
                let ids = format!("{TRACE}-{SPAN}");
                for (sampler, letter) in [(Sampler::AlwaysOn, "-1"), (Sampler::AlwaysOff, "-0")] {
                    assert_eq!(child_of(&ids, sampler.clone()), letter);
                    assert_eq!(child_of(&format!("{ids}-d"), sampler), "-d");
                }
            },
        ),
        check("B23", "fields of both", || {
            use opentelemetry::propagation::TextMapPropagator;
            assert!(B3Propagator::single().fields().eq(["b3"]));
            let four = ["x-b3-traceid", "x-b3-spanid", "x-b3-sampled", "x-b3-flags"];
            assert!(B3Propagator::multi().fields().eq(four));
        }),
    ]
}
