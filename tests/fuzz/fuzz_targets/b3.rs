//! B3 in both encodings.
#![no_main]

use libfuzzer_sys::fuzz_target;
use traceprop_core::propagation::B3Propagator;
use traceprop_fuzz::{Headers, check};

fuzz_target!(|data: &[u8]| {
    let headers = Headers::parse(data, "b3");
    check(&B3Propagator::single().decisions(true), &headers);
    check(&B3Propagator::multi().decisions(true), &headers);
});
