//! `traceparent`, and how it is written.

use std::collections::HashMap;

use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator;
use traceprop_core::propagation::PassThrough;

use super::{PARENT, Row, SPAN, TRACE, check, hop};

const W3C: &str = "tracecontext";

pub(super) fn rows() -> Vec<Row> {
    let value = |version: &str, flags: &str| format!("{version}-{TRACE}-{SPAN}-{flags}");
    let restarts =
        |rules, name, value: String| hop(rules, name, W3C, &[("traceparent", &value)], &[]);
    let goes_on = |rules, name, value: String, onward: &str| {
        let onward = format!("00-{TRACE}-{SPAN}-{onward}");
        hop(
            rules,
            name,
            W3C,
            &[("traceparent", &value)],
            &[("traceparent", &onward)],
        )
    };
    let upper = TRACE.to_uppercase();
    vec![
        goes_on("TP1", "55 bytes", value("00", "01"), "01"),
        restarts("TP1", "a byte short", value("00", "1")),
        restarts(
            "TP1",
            "other separators",
            value("00", "01").replace('-', "_"),
        ),
        restarts(
            "TP2",
            "upper-case trace id",
            format!("00-{upper}-{SPAN}-01"),
        ),
        restarts("TP2", "upper-case version", value("CC", "01")),
        restarts("TP2", "upper-case flags", value("00", "0A")),
        restarts("TP3", "version ff", value("ff", "01")),
        goes_on("TP3", "any other version", value("fe", "01"), "01"),
        restarts("TP4", "version 00 with a trailing dash", value("00", "01-")),
        restarts("TP4", "version 00 that goes on", value("00", "01-what")),
        goes_on(
            "TP5",
            "a later version goes on after a dash",
            value("cc", "01-what"),
            "01",
        ),
        goes_on("TP5", "or ends in it", value("cc", "01-"), "01"),
        restarts("TP5", "but not after anything else", value("cc", "01.what")),
        restarts(
            "TP6",
            "zero parent id",
            format!("00-{TRACE}-{}-01", "0".repeat(16)),
        ),
        restarts(
            "TP6",
            "short trace id",
            format!("00-{}-{SPAN}-01", &TRACE[1..]),
        ),
        restarts(
            "TP6",
            "a sign in an id",
            format!("00-+{}-{SPAN}-01", &TRACE[1..]),
        ),
        hop(
            "TP6 TS1",
            "without it tracestate is not read",
            W3C,
            &[("traceparent", "x"), ("tracestate", "a=1")],
            &[],
        ),
        goes_on("TP7", "not sampled", value("00", "00"), "00"),
        goes_on("TP7 WI3", "random alone", value("00", "02"), "02"),
        goes_on(
            "TP7 WI2",
            "reserved bits are not sent",
            value("00", "fd"),
            "01",
        ),
        goes_on(
            "TP9 WI2",
            "nor those of a later version",
            value("cc", "ff-x"),
            "03",
        ),
        hop(
            "TP10",
            "two values",
            W3C,
            &[("traceparent", PARENT), ("traceparent", PARENT)],
            &[],
        ),
        hop(
            "TP10",
            "two spellings of the name",
            W3C,
            &[("traceparent", PARENT), ("Traceparent", PARENT)],
            &[],
        ),
        restarts(
            "TP11",
            "two values, joined by a proxy",
            format!("{PARENT},{PARENT}"),
        ),
        restarts(
            "TP11",
            "two of a later version",
            format!("{0}, {0}", value("cc", "01")),
        ),
        check(
            "TP13",
            "a proxy hands on what it does not understand",
            || {
                let sent = [("traceparent", "zz what? "), ("tracestate", ",,=")];
                let sent = sent.map(|(name, value)| (name.to_owned(), value.to_owned()));
                let sent = HashMap::from(sent);
                let cx = PassThrough::new().extract_with_context(&Context::new(), &sent);
                let mut onward = HashMap::new();
                PassThrough::new().inject_context(&cx, &mut onward);
                assert_eq!(onward, sent);
            },
        ),
    ]
}
