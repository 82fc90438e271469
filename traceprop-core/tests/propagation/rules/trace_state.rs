//! `tracestate`.

use opentelemetry::Context;
use opentelemetry::propagation::Extractor;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use traceprop_core::propagation::TraceContextPropagator;

use super::{PARENT, Row, check, hop, written};
use crate::carriers::Lines;

/// A row of a list and what of it goes on; nothing of a list that was dropped.
fn list(rules: &'static str, name: &'static str, sent: &str, onward: &str) -> Row {
    let want = [("traceparent", PARENT), ("tracestate", onward)];
    let want = if onward.is_empty() { &want[..1] } else { &want };
    hop(
        rules,
        name,
        "tracecontext",
        &[("traceparent", PARENT), ("tracestate", sent)],
        want,
    )
}

/// What is written of a state that a program has made.
fn mutated(state: TraceState, propagator: &TraceContextPropagator) -> Lines {
    let (trace_id, span_id) = (TraceId::from(1_u128), SpanId::from(1));
    let span = SpanContext::new(trace_id, span_id, TraceFlags::SAMPLED, false, state);
    written(propagator, &Context::new().with_remote_span_context(span))
}

pub(super) fn rows() -> Vec<Row> {
    let numbered = |count: usize| {
        let members: Vec<_> = (0..count).map(|n| format!("k{n}={n}")).collect();
        members.join(",")
    };
    let (longest, longer) = (
        format!("a={}", "x".repeat(256)),
        format!("a={}", "x".repeat(257)),
    );
    let most: Vec<_> = (10..42)
        .map(|n| format!("{n}{}={}", "k".repeat(254), "v".repeat(256)))
        .collect();
    let most = most.join(",");
    let future = PARENT.replacen("00", "cc", 1);
    vec![
        list("TS1", "its failure leaves the traceparent", "a", ""),
        hop(
            "TS2",
            "several headers are one list",
            "tracecontext",
            &[
                ("traceparent", PARENT),
                ("tracestate", "a=1"),
                ("tracestate", "b=2"),
            ],
            &[("traceparent", PARENT), ("tracestate", "a=1,b=2")],
        ),
        list(
            "TS3",
            "blank members are skipped",
            ",a=1, ,\t,b=2,",
            "a=1,b=2",
        ),
        list("TS3 TS15", "an empty list is not sent", "", ""),
        list("TS4", "a member without =", "a=1,b", ""),
        list("TS6", "leading spaces are the value's", "a=  1 ", "a=  1"),
        list("TS6", "256 bytes", &longest, &longest),
        list("TS6", "257 bytes", &longer, ""),
        list("TS6", "a tab", "a=1\t2", ""),
        list("TS6", "not ASCII", "a=é", ""),
        list("TS7", "empty value", "a=,b=2", ""),
        list("TS7", "empty key", "=1,b=2", ""),
        list("TS7", "two signs", "a==1", ""),
        list(
            "TS8",
            "one malformed member discards the list",
            "a=1,@b=2,c=3",
            "",
        ),
        list("TS9", "32 members", &numbered(32), &numbered(32)),
        list("TS9", "33 members", &numbered(33), ""),
        list(
            "TS9",
            "empty members do not count",
            &numbered(32).replace(',', ",,"),
            &numbered(32),
        ),
        list("TS11", "the longest list there is", &most, &most),
        check(
            "TS12",
            "a limit takes whole members, the large ones first",
            || {
                let kept = format!("big={},a=1,b={},c=3", "x".repeat(200), "y".repeat(200));
                let state = format!("{kept},d={}", "z".repeat(150)).parse().unwrap();
                let propagator = TraceContextPropagator::new().max_tracestate(512);
                let lines = mutated(state, &propagator);
                assert_eq!(lines.get("tracestate"), Some(kept.as_str()));
            },
        ),
        check("TS13", "a set key moves to the left, once", || {
            let state: TraceState = "a=1,b=2,c=3".parse().unwrap();
            let lines = mutated(
                state.insert("c", "4").unwrap(),
                &TraceContextPropagator::new(),
            );
            assert_eq!(lines.get("tracestate"), Some("c=4,a=1,b=2"));
        }),
        check("TS14", "a refused change leaves the old state", || {
            let state: TraceState = "a=1".parse().unwrap();
            assert!(state.insert("BAD", "1").is_err());
            let lines = mutated(state, &TraceContextPropagator::new());
            assert_eq!(lines.get("tracestate"), Some("a=1"));
        }),
        list(
            "TS15",
            "one field, joined by bare commas",
            "a=1 , b=2",
            "a=1,b=2",
        ),
        list("TS16", "the order stays", "b=2,a=1", "b=2,a=1"),
        hop(
            "TS17",
            "a later version's list is read",
            "tracecontext",
            &[("traceparent", &future), ("tracestate", "a=1")],
            &[("traceparent", PARENT), ("tracestate", "a=1")],
        ),
        list("OT2", "no one writes the member but samplers", "a=1", "a=1"),
        list(
            "OT2",
            "and what it does not know stays",
            "ot=p:8;r:62;x:y",
            "ot=p:8;r:62;x:y",
        ),
        list(
            "OT7",
            "a malformed threshold is passed on as it is",
            "ot=th:XYZ;rv:1",
            "ot=th:XYZ;rv:1",
        ),
        hop(
            "OT8",
            "b3 and jaeger carry none of it",
            "b3,jaeger",
            &[("tracestate", "ot=th:8")],
            &[],
        ),
    ]
}
