//! `baggage`, with the limits there are and with others.
#![no_main]

use libfuzzer_sys::fuzz_target;
use traceprop_core::propagation::BaggagePropagator;
use traceprop_fuzz::{Headers, check};

fuzz_target!(|data: &[u8]| {
    let headers = Headers::parse(data, "baggage");
    check(&BaggagePropagator::new(), &headers);
    check(
        &BaggagePropagator::new().max_members(2).max_bytes(20),
        &headers,
    );
    check(&BaggagePropagator::new().max_bytes(1 << 20), &headers);
});
