//! `uber-trace-id`, and whatever other headers there are.
#![no_main]

use libfuzzer_sys::fuzz_target;
use traceprop_core::propagation::JaegerPropagator;
use traceprop_fuzz::{Headers, check};

fuzz_target!(|data: &[u8]| {
    check(
        &JaegerPropagator::new(),
        &Headers::parse(data, "uber-trace-id"),
    );
});
