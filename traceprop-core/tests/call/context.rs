//! The context that a call runs in, with a tracer and without one.

use std::collections::HashMap;

use opentelemetry::Context;
use opentelemetry::trace::noop::NoopTracer;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry_sdk::trace::Sampler;
use traceprop_core::call::{Call, Options, Outcome, Scope};
use traceprop_core::testing::TestOtel;

fn remote(flags: u8) -> Context {
    let span_context = SpanContext::new(
        TraceId::from(7),
        SpanId::from(8),
        TraceFlags::new(flags),
        true,
        TraceState::default(),
    );
    Context::new().with_remote_span_context(span_context)
}

fn options(otel: &TestOtel) -> Options {
    Options::new("test", Scope::Linked).tracer(otel.tracer())
}

/// The `traceparent` that goes out of a call under `parent`.
fn injected(options: &Options, parent: Context) -> Option<String> {
    let call = Call::server("work").parent(parent).start(options);
    let mut carrier = HashMap::new();
    options.inject(call.context(), &mut carrier);
    call.finish(Outcome::Completed);
    carrier.remove("traceparent")
}

#[test]
fn without_a_provider_the_parents_context_goes_on() {
    let through = format!("00-{:032x}-{:016x}-03", 7, 8);
    let nobody = Options::new("test", Scope::Linked).tracer(NoopTracer::new());
    assert_eq!(injected(&nobody, remote(3)), Some(through.clone()));
    assert_eq!(
        injected(&nobody, Context::new()),
        None,
        "and no trace is made up"
    );

    let otel = TestOtel::new("orders");
    let closed = options(&otel);
    otel.provider().shutdown().unwrap();
    assert_eq!(injected(&closed, remote(3)), Some(through.clone()));

    let otel = TestOtel::new("orders");
    let suppressed = remote(3).with_telemetry_suppressed();
    assert_eq!(injected(&options(&otel), suppressed), Some(through));
    assert!(otel.spans().is_empty());
}

#[test]
fn a_context_without_a_valid_span_is_never_attached() {
    let nobody = Options::new("test", Scope::Linked).tracer(NoopTracer::new());
    let mut call = Call::server("work").parent(Context::new()).start(&nobody);
    let _inside = call.enter();
    // An active but invalid span would make parent-based samplers drop the trace.
    assert!(!Context::current().has_active_span());
}

#[test]
fn the_random_bit_is_the_traces_own() {
    #[rustfmt::skip]
    let table = [
        // what it shows                   sampler             parent           flags out
        ("a root is minted here",          Sampler::AlwaysOn,  None,            "03"),
        ("also one that is dropped",       Sampler::AlwaysOff, None,            "02"),
        ("a trace that has it keeps it",   Sampler::AlwaysOn,  Some(remote(3)), "03"),
        ("also where it is dropped",       Sampler::AlwaysOff, Some(remote(3)), "02"),
        ("one without it does not get it", Sampler::AlwaysOn,  Some(remote(1)), "01"),
        ("nor where it is dropped",        Sampler::AlwaysOff, Some(remote(1)), "00"),
    ];
    for (name, sampler, parent, flags) in table {
        let otel = TestOtel::with_builder("orders", |builder| builder.with_sampler(sampler));
        let out = injected(&options(&otel), parent.unwrap_or_default()).expect("a trace");
        assert_eq!(&out[53..], flags, "{name}");
    }
}

#[test]
fn children_of_a_recorded_root_inherit_the_bit() {
    let otel = TestOtel::new("orders");
    let mut root = Call::server("root").start(&options(&otel));
    {
        let _inside = root.enter();
        assert_eq!(
            &injected(&options(&otel), Context::current()).unwrap()[53..],
            "03"
        );
    }
    root.finish(Outcome::Completed);
    assert_eq!(otel.single_trace().spans().len(), 2);
}

#[test]
fn what_is_current_here_is_no_parent_of_what_came_from_elsewhere() {
    let otel = TestOtel::new("orders");
    let mut ambient = Call::server("ambient").start(&options(&otel));
    let _inside = ambient.enter();
    let nothing = HashMap::<String, String>::new();
    let extracted = options(&otel).extract(&nothing);
    assert!(!extracted.has_active_span());
}
