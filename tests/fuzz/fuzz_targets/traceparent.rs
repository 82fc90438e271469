//! `traceparent`: one value or several.
#![no_main]

use libfuzzer_sys::fuzz_target;
use traceprop_core::propagation::TraceContextPropagator;
use traceprop_fuzz::{Headers, check};

fuzz_target!(|data: &[u8]| {
    check(
        &TraceContextPropagator::new(),
        &Headers::parse(data, "traceparent"),
    );
});
