//! All formats at once, and a proxy that hands headers on.
#![no_main]

use libfuzzer_sys::fuzz_target;
use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator;
use traceprop_core::propagation::{PassThrough, from_names};
use traceprop_fuzz::{Headers, check};

fuzz_target!(|data: &[u8]| {
    let headers = Headers::parse(data, "traceparent");
    for names in [
        "tracecontext,baggage,b3,jaeger",
        "jaeger,b3multi,baggage,tracecontext",
    ] {
        if let Ok(propagator) = from_names(names) {
            // What two formats say of each other is not stable at the first hop; nothing may panic.
            let cx = propagator.extract_with_context(&Context::new(), &headers);
            propagator.inject_context(&cx, &mut Headers::default());
        }
    }
    let cx = PassThrough::new().extract_with_context(&Context::new(), &headers);
    PassThrough::new().inject_context(&cx, &mut Headers::default());
    if let Ok(propagator) = from_names("tracecontext") {
        check(&propagator, &headers);
    }
});
