//! The 14 tests of `tracestate`: the last six are those of the strict level.

use crate::Test;
use crate::exchange::{Exchange, PARENT, TRACE};

/// A valid `traceparent` with these `tracestate` lines is gone on with, and so is the list `want`.
fn lines(lists: &[&str], want: &str) -> Exchange {
    let headers: Vec<_> = lists.iter().map(|list| ("tracestate", *list)).collect();
    named(&headers, want)
}

fn named(headers: &[(&str, &str)], want: &str) -> Exchange {
    let parent = format!("00-{TRACE}-{PARENT}-00");
    let mut all = vec![("traceparent", parent.as_str())];
    all.extend_from_slice(headers);
    Exchange::continues(&all).with_tracestate(want)
}

/// The list comes back as it is.
fn kept(list: &str) -> Exchange {
    lines(&[list], list)
}

/// The whole list is dropped, and the trace goes on.
fn dropped(list: &str) -> Exchange {
    lines(&[list], "")
}

pub(crate) fn tests() -> Vec<Test> {
    [level_1(), strict()].concat()
}

fn level_1() -> Vec<Test> {
    let alone = |list| Exchange::restarts(&[("tracestate", list)]);
    let name = |name| named(&[(name, "foo=1")], "");
    let casing = |name| named(&[(name, "foo=1")], "foo=1");
    let key = "abcdefghijklmnopqrstuvwxyz0123456789_-*/";
    let value: String = (' '..='~').filter(|char| !",=".contains(*char)).collect();
    #[rustfmt::skip]
    let tests = vec![
        ("tracestate_included_traceparent_missing",     vec![alone("foo=1"), alone("foo=1,bar=2")]),
        ("tracestate_included_traceparent_included",    vec![kept("foo=1,bar=2")]),
        ("tracestate_header_name",                      vec![name("trace-state"), name("trace.state")]),
        ("tracestate_header_name_valid_casing",         vec![casing("TraceState"), casing("TrAcEsTaTe"), casing("TRACESTATE")]),
        ("tracestate_empty_header",                     vec![
            dropped(""), lines(&["foo=1", ""], "foo=1"), lines(&["", "foo=1"], "foo=1"),
        ]),
        ("tracestate_multiple_headers_different_keys",  vec![
            lines(&["foo=1,bar=2", "rojo=1,congo=2", "baz=3"], "foo=1,bar=2,rojo=1,congo=2,baz=3"),
        ]),
        ("tracestate_all_allowed_characters",           vec![
            kept(&format!("{key}={value}")), kept(&format!("{key}@a-z0-9_-*/={value}")),
        ]),
        ("tracestate_ows_handling",                     vec![
            lines(&["foo=1 \t , \t bar=2, \t baz=3"], "foo=1,bar=2,baz=3"),
            lines(&["foo=1\t \t,\t \tbar=2,\t \tbaz=3"], "foo=1,bar=2,baz=3"),
            lines(&[" foo=1"], "foo=1"), lines(&["\tfoo=1"], "foo=1"),
            lines(&["foo=1 "], "foo=1"), lines(&["foo=1\t"], "foo=1"), lines(&["\t foo=1 \t"], "foo=1"),
        ]),
    ];
    tests
}

fn strict() -> Vec<Test> {
    let members = |count: usize| -> Vec<String> {
        let all: Vec<_> = (1..=count).map(|n| format!("bar{n:02}={n:02}")).collect();
        all.chunks(10).map(|line| line.join(",")).collect()
    };
    let spread = |count, want: &str| {
        let all = members(count);
        let all: Vec<_> = all.iter().map(String::as_str).collect();
        lines(&all, want)
    };
    let beside = |key: &str| [format!("{key}=1"), format!("foo=1,{key}=1")];
    let long = |key: String| {
        let [line, both] = beside(&key);
        lines(&["foo=1", &line], &both)
    };
    let too_long = |key: String| {
        let [line, _] = beside(&key);
        lines(&["foo=1", &line], "")
    };
    #[rustfmt::skip]
    let tests = vec![
        // Keeping both, or one of them, is right: ours keeps the leftmost.
        ("tracestate_duplicated_keys",           vec![
            lines(&["foo=1,foo=1"], "foo=1"), lines(&["foo=1,foo=2"], "foo=1"),
            lines(&["foo=1", "foo=1"], "foo=1"), lines(&["foo=1", "foo=2"], "foo=1"),
        ]),
        ("tracestate_key_illegal_characters",    vec![dropped("foo =1"), dropped("FOO=1"), dropped("foo.bar=1")]),
        // Level 2 has no vendor format: an @ may stand anywhere but in front.
        ("tracestate_key_illegal_vendor_format", vec![
            kept("foo@=1,bar=2"), dropped("@foo=1,bar=2"), kept("foo@@bar=1,bar=2"), kept("foo@bar@baz=1,bar=2"),
        ]),
        ("tracestate_member_count_limit",        vec![spread(32, &members(32).join(",")), spread(33, "")]),
        ("tracestate_key_length_limit",          vec![
            long("z".repeat(256)), too_long("z".repeat(257)),
            long(format!("{}@{}", "t".repeat(241), "v".repeat(14))),
            long(format!("{}@v", "t".repeat(242))), long(format!("t@{}", "v".repeat(15))),
        ]),
        ("tracestate_value_illegal_characters",  vec![dropped("foo=bar=baz"), dropped("foo=,bar=3")]),
    ];
    tests
}
