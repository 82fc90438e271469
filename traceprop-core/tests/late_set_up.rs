//! A call before the set-up, and one after it, through the same adapter.
//!
//! A binary of its own: `opentelemetry::global` is the whole process's.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use opentelemetry::{Context, global};
use traceprop_core::call::{Call, Options, Outcome, Scope};
use traceprop_core::testing::TestOtel;

#[test]
fn a_router_that_is_built_before_the_set_up_is_not_dead() {
    let options = Options::new("test", Scope::Linked);
    let work = || {
        let call = Call::server("work").parent(Context::new()).start(&options);
        let is_recording = call.is_recording();
        call.finish(Outcome::Completed);
        is_recording
    };
    assert!(!work());

    let otel = TestOtel::new("orders");
    global::set_tracer_provider(otel.provider().clone());
    assert!(work() && work());
    assert_eq!(otel.spans().len(), 2);

    // What has been found is kept: no lock of the global provider on the path of every call.
    global::set_tracer_provider(TestOtel::new("another").provider().clone());
    assert!(work());
    assert_eq!(otel.spans().len(), 3);
}
