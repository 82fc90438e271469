//! `tracestate` beside a good `traceparent`, with and without a limit.
#![no_main]

use libfuzzer_sys::fuzz_target;
use traceprop_core::propagation::TraceContextPropagator;
use traceprop_fuzz::{Headers, check};

fuzz_target!(|data: &[u8]| {
    // Nothing but lists: another `traceparent` would void the good one.
    let lists = data.split(|byte| *byte == traceprop_fuzz::END);
    let lists = lists.map(|list| list.rsplit(|byte| *byte == traceprop_fuzz::IS).next());
    let lists: Vec<_> = lists.flatten().collect();
    let headers = Headers::parse(&lists.join(&traceprop_fuzz::END), "tracestate").with(
        "traceparent",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    );
    check(&TraceContextPropagator::new(), &headers);
    check(&TraceContextPropagator::new().max_tracestate(512), &headers);
});
