//! Jaeger's baggage, in a header a name and as a list.
#![no_main]

use libfuzzer_sys::fuzz_target;
use traceprop_core::propagation::JaegerPropagator;
use traceprop_fuzz::{Headers, check};

fuzz_target!(|data: &[u8]| {
    check(
        &JaegerPropagator::new(),
        &Headers::parse(data, "jaeger-baggage"),
    );
    check(
        &JaegerPropagator::new(),
        &Headers::parse(data, "uberctx-key"),
    );
});
