//! Lists of propagators, as the environment has them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use opentelemetry::propagation::TextMapPropagator;
use traceprop_core::propagation::from_names;

fuzz_target!(|names: &str| match from_names(names) {
    Ok(propagator) => assert!(propagator.fields().count() <= 9),
    Err(unknown) => {
        assert!(names.contains(unknown.name()));
        assert!(!unknown.to_string().is_empty());
    }
});
