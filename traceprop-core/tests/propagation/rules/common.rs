//! What holds for all formats.

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{TraceContextExt, TraceFlags};
use traceprop_core::propagation::{
    ExtractError, TraceContextPropagator, TraceparentError, from_names,
};

use super::{PARENT, Row, SPAN, TRACE, check, hop, read, written};
use crate::carriers::Lines;

const ALL: &str = "tracecontext,baggage,b3multi,jaeger";

pub(super) fn rows() -> Vec<Row> {
    let single = format!("{TRACE}-{SPAN}-1");
    let short = format!("{SPAN}-{SPAN}-1");
    let zeros = "0".repeat(32);
    let (zero, both) = (format!("00-{zeros}-{SPAN}-01"), format!("{zeros}-{SPAN}-1"));
    let padded = format!("00-{}{SPAN}-{SPAN}-01", &zeros[..16]);
    let spaced = format!(" \t{PARENT}\t ");
    let odd = format!("\u{a0}{PARENT}");
    vec![
        check(
            "G1",
            "what is written is ASCII in lower-case headers",
            || {
                let cx = read(ALL, &[("traceparent", PARENT), ("baggage", "K=%C3%A9%0A")]);
                for (name, value) in written(&from_names(ALL).unwrap(), &cx).0 {
                    assert!(
                        value.bytes().all(|byte| matches!(byte, b' '..=b'~')),
                        "{value}"
                    );
                    let legal =
                        |byte: u8| byte.is_ascii_lowercase() || b"0123456789-".contains(&byte);
                    assert!(name.bytes().all(legal), "{name}");
                }
            },
        ),
        check(
            "G2",
            "what is malformed leaves the context as it was",
            || {
                let before = read(ALL, &[("traceparent", PARENT), ("baggage", "a=1")]);
                let names = [
                    "traceparent",
                    "baggage",
                    "b3",
                    "x-b3-sampled",
                    "uber-trace-id",
                ];
                let bad = Lines::new(names.map(|name| (name, "garbage!")));
                let after = from_names(ALL).unwrap().extract_with_context(&before, &bad);
                assert_eq!(after.span().span_context(), before.span().span_context());
                let all = from_names(ALL).unwrap();
                assert_eq!(written(&all, &after), written(&all, &before));
            },
        ),
        check("G3", "what is read is remote", || {
            let b3 = format!("{TRACE}-{SPAN}-1");
            let uber = format!("{TRACE}:{SPAN}:0:1");
            for header in [
                ("traceparent", PARENT),
                ("b3", &b3),
                ("uber-trace-id", &uber),
            ] {
                let cx = read(ALL, &[header]);
                assert!(cx.span().span_context().is_remote(), "{}", header.0);
            }
        }),
        hop(
            "G4",
            "an id of zeros is malformed",
            "tracecontext",
            &[("traceparent", &zero)],
            &[],
        ),
        hop("G4", "in every format", "b3", &[("b3", &both)], &[]),
        hop(
            "G5",
            "names match in any case",
            "tracecontext",
            &[("TraceParent", PARENT)],
            &[("traceparent", PARENT)],
        ),
        hop(
            "G5",
            "in every format",
            "b3",
            &[("B3", &single)],
            &[("b3", &single)],
        ),
        hop(
            "G6",
            "space and tab around a value",
            "tracecontext",
            &[("traceparent", &spaced)],
            &[("traceparent", PARENT)],
        ),
        hop(
            "G6",
            "and nothing else",
            "tracecontext",
            &[("traceparent", &odd)],
            &[],
        ),
        hop(
            "G7",
            "a second value that is no text makes two",
            "tracecontext",
            &[("traceparent", PARENT), ("traceparent", "\0")],
            &[],
        ),
        check(
            "G8",
            "a carrier that is used again holds each field once",
            || {
                let propagator = from_names(ALL).unwrap();
                let stale = [
                    ("TraceState", "a=1"),
                    ("x-b3-flags", "1"),
                    ("baggage", "b=2"),
                    ("x", "y"),
                ];
                let mut lines = Lines::new(stale);
                lines.clear(&propagator);
                let cx = read("tracecontext", &[("traceparent", PARENT)]);
                propagator.inject_context(&cx, &mut lines);
                let mut names: Vec<_> = lines.0.iter().map(|line| line.0.as_str()).collect();
                names.sort_unstable();
                assert_eq!(
                    names,
                    [
                        "traceparent",
                        "uber-trace-id",
                        "x",
                        "x-b3-sampled",
                        "x-b3-spanid",
                        "x-b3-traceid"
                    ]
                );
            },
        ),
        check(
            "G9",
            "fields are those that may be written, in a stable order",
            || {
                let fields = |names: &str| {
                    let propagator = from_names(names).unwrap();
                    propagator.fields().map(str::to_owned).collect::<Vec<_>>()
                };
                assert_eq!(fields("tracecontext"), ["traceparent", "tracestate"]);
                assert_eq!(fields("baggage"), ["baggage"]);
                assert_eq!(fields(ALL), fields(ALL));
            },
        ),
        check("G10", "propagators are constants", || {
            const PROPAGATOR: TraceContextPropagator = TraceContextPropagator::new();
            assert_eq!(PROPAGATOR.fields().count(), 2);
        }),
        hop(
            "G11 G12",
            "a short id is padded on the left",
            "b3,tracecontext",
            &[("b3", &short)],
            &[
                ("b3", &format!("{}{short}", &zeros[..16])),
                ("traceparent", &padded),
            ],
        ),
        check("G12", "a padded id is not called random", || {
            let cx = read("b3", &[("b3", &format!("{SPAN}-{SPAN}-1"))]);
            assert_eq!(cx.span().span_context().trace_flags(), TraceFlags::SAMPLED);
        }),
        check(
            "G13",
            "an error says which rule broke and holds nothing of the value",
            || {
                let error = ExtractError::from(TraceparentError::Version);
                assert_eq!(error.to_string(), "traceparent: version");
                assert_eq!(size_of::<ExtractError>(), 2);
            },
        ),
    ]
}
