//! Jaeger.

use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TraceContextExt;
use traceprop_core::propagation::{ContextExt, JaegerPropagator};

use super::{Row, SPAN, TRACE, check, hop, read};

/// A row of the header; nothing goes on of a malformed one.
fn uber(rules: &'static str, name: &'static str, sent: &str, onward: &str) -> Row {
    let want = [("uber-trace-id", onward)];
    let want = if onward.is_empty() { &[] } else { &want[..] };
    hop(rules, name, "jaeger", &[("uber-trace-id", sent)], want)
}

pub(super) fn rows() -> Vec<Row> {
    let ids = format!("{TRACE}:{SPAN}");
    let with = |rest: &str| format!("{ids}:{rest}");
    let one = format!("{}1:{}1:0:1", "0".repeat(31), "0".repeat(15));
    let baggage = |rules, name, value: &str, onward: &str| {
        hop(
            rules,
            name,
            "jaeger",
            &[("uberctx-k", value)],
            &[("uberctx-k", onward)],
        )
    };
    vec![
        uber("J1", "four parts", &with("0:1"), &with("0:1")),
        uber("J1", "three", &ids, ""),
        uber("J1", "a trailing colon", &with("0:1:"), ""),
        uber("J2", "short ids are padded", "1:1:0:1", &one),
        uber("J2", "33 digits", &format!("0{}", with("0:1")), ""),
        uber("J2", "zero", "0:1:0:1", ""),
        uber(
            "J4",
            "the parent is not looked at",
            &with("?:1"),
            &with("0:1"),
        ),
        uber("J5", "flags are hex", &with("0:11"), &with("0:1")),
        uber("J5", "a sign", &with("0:+1"), ""),
        uber("J6", "debug alone is nothing", &with("0:2"), &with("0:0")),
        uber(
            "J6 J9",
            "debug with sampled goes on",
            &with("0:3"),
            &with("0:3"),
        ),
        uber("J7", "firehose does not", &with("0:9"), &with("0:1")),
        uber(
            "J8",
            "encoded colons",
            &with("0:1").replace(':', "%3a"),
            &with("0:1"),
        ),
        uber(
            "J8",
            "are decoded once",
            &with("0:1").replace(':', "%253A"),
            "",
        ),
        hop(
            "J9",
            "the random flag of W3C is not debug",
            "tracecontext,jaeger",
            &[("traceparent", &format!("00-{TRACE}-{SPAN}-03"))],
            &[
                ("traceparent", &format!("00-{TRACE}-{SPAN}-03")),
                ("uber-trace-id", &with("0:1")),
            ],
        ),
        baggage("J10", "space and plus", "a+b%20c%2Bd", "a%20b%20c%2Bd"),
        baggage("J10", "a malformed escape is literal", "%GG", "%25GG"),
        baggage("J10", "bad UTF-8", "%ff", "%EF%BF%BD"),
        hop(
            "J11",
            "baggage stands without a trace",
            "jaeger",
            &[
                ("uber-trace-id", "x"),
                ("uberctx-A", "1"),
                ("uberctx-", "2"),
            ],
            &[("uberctx-a", "1")],
        ),
        hop(
            "J12",
            "pairs for people",
            "jaeger",
            &[("jaeger-baggage", "a=1, b = 2,c,d=e=f")],
            &[("uberctx-a", "1"), ("uberctx-b", "2")],
        ),
        check(
            "J13",
            "a debug id is a decision where there is no trace",
            || {
                let cx = read("jaeger", &[("jaeger-debug-id", "why")]);
                assert!(cx.jaeger_debug() && !cx.has_active_span());
                assert_eq!(cx.jaeger_debug_id(), Some("why"));
                let value = format!("{TRACE}:{SPAN}:0:1");
                let cx = read(
                    "jaeger",
                    &[("jaeger-debug-id", "why"), ("uber-trace-id", &value)],
                );
                assert!(!cx.jaeger_debug());
                assert_eq!(cx.jaeger_debug_id(), None);
            },
        ),
        check("J14", "baggage is bounded", || {
            let pairs: String = (0..1000).map(|n| format!("k{n}=v,")).collect();
            assert_eq!(
                read("jaeger", &[("jaeger-baggage", &pairs)])
                    .baggage()
                    .len(),
                64
            );
            let long = "x".repeat(8193);
            assert!(read("jaeger", &[("uberctx-k", &long)]).baggage().is_empty());
        }),
        check("J16", "fields", || {
            assert!(JaegerPropagator::new().fields().eq(["uber-trace-id"]));
        }),
    ]
}
