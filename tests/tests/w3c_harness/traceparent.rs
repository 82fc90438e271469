//! The 23 tests of `traceparent`.

use crate::Test;
use crate::exchange::{Exchange, PARENT, TRACE};

/// A `traceparent` with one of its fields replaced.
fn version(version: &str) -> String {
    format!("{version}-{TRACE}-{PARENT}-01")
}

fn trace_id(id: &str) -> String {
    format!("00-{id}-{PARENT}-01")
}

fn parent_id(id: &str) -> String {
    format!("00-{TRACE}-{id}-01")
}

fn flags(flags: &str) -> String {
    format!("00-{TRACE}-{PARENT}-{flags}")
}

/// Each of these values starts a new trace.
fn refused<const N: usize>(values: [String; N]) -> Vec<Exchange> {
    let one = |value: &String| Exchange::restarts(&[("traceparent", value)]);
    values.iter().map(one).collect()
}

/// Each of these values is gone on with.
fn taken<const N: usize>(values: [String; N]) -> Vec<Exchange> {
    let one = |value: &String| Exchange::continues(&[("traceparent", value)]);
    values.iter().map(one).collect()
}

pub(crate) fn tests() -> Vec<Test> {
    [headers(), versions(), ids(), rest()].concat()
}

fn headers() -> Vec<Test> {
    let good = version("00");
    let other = version("00").replace(TRACE, "0af7651916cd43dd8448eb211c80319c");
    let named = |name| [(name, good.as_str())];
    vec![
        (
            "both_traceparent_and_tracestate_missing",
            vec![Exchange::restarts(&[])],
        ),
        (
            "traceparent_included_tracestate_missing",
            taken([good.clone()]),
        ),
        (
            "traceparent_duplicated",
            vec![
                Exchange::restarts(&[("traceparent", &other), ("traceparent", &good)]),
                Exchange::restarts(&[("traceparent", &good), ("TraceParent", &good)]),
            ],
        ),
        (
            "traceparent_header_name",
            vec![
                Exchange::restarts(&named("trace-parent")),
                Exchange::restarts(&named("trace.parent")),
            ],
        ),
        (
            "traceparent_header_name_valid_casing",
            vec![
                Exchange::continues(&named("TraceParent")),
                Exchange::continues(&named("TrAcEpArEnT")),
                Exchange::continues(&named("TRACEPARENT")),
            ],
        ),
    ]
}

fn versions() -> Vec<Test> {
    let mut future = taken([version("cc"), format!("{}-what-comes", version("cc"))]);
    future.extend(refused([format!("{}.what-comes", version("cc"))]));
    #[rustfmt::skip]
    let tests = vec![
        ("traceparent_version_0x00",               refused([format!("{}.", version("00")), format!("{}-what-comes", version("00"))])),
        ("traceparent_version_0xcc",               future),
        ("traceparent_version_0xff",               refused([version("ff")])),
        ("traceparent_version_illegal_characters", refused([".0", "0."].map(version))),
        ("traceparent_version_too_long",           refused(["000", "0000"].map(version))),
        ("traceparent_version_too_short",          refused(["0"].map(version))),
    ];
    tests
}

fn ids() -> Vec<Test> {
    let cut = |id: &str| id[1..].to_owned();
    let dots = |id: &str| {
        [
            format!(".{}", &id[1..]),
            format!("{}.", &id[..id.len() - 1]),
        ]
    };
    let [trace_start, trace_end] = dots(TRACE);
    let [parent_start, parent_end] = dots(PARENT);
    #[rustfmt::skip]
    let tests = vec![
        ("traceparent_trace_id_all_zero",            refused([trace_id(&"0".repeat(32))])),
        ("traceparent_trace_id_illegal_characters",  refused([trace_id(&trace_start), trace_id(&trace_end)])),
        ("traceparent_trace_id_too_long",            refused([trace_id(&format!("{TRACE}3"))])),
        ("traceparent_trace_id_too_short",           refused([trace_id(&cut(TRACE))])),
        ("traceparent_parent_id_all_zero",           refused([parent_id(&"0".repeat(16))])),
        ("traceparent_parent_id_illegal_characters", refused([parent_id(&parent_start), parent_id(&parent_end)])),
        ("traceparent_parent_id_too_long",           refused([parent_id(&format!("{PARENT}7"))])),
        ("traceparent_parent_id_too_short",          refused([parent_id(&cut(PARENT))])),
    ];
    tests
}

fn rest() -> Vec<Test> {
    let good = version("00");
    #[rustfmt::skip]
    let tests = vec![
        ("traceparent_trace_flags_illegal_characters", refused([".0", "0."].map(flags))),
        ("traceparent_trace_flags_too_long",           refused(["001"].map(flags))),
        ("traceparent_trace_flags_too_short",          refused(["1"].map(flags))),
        ("traceparent_ows_handling",                   taken([
            format!(" {good}"), format!("\t{good}"), format!("{good} "), format!("{good}\t"), format!("\t {good} \t"),
        ])),
    ];
    tests
}
