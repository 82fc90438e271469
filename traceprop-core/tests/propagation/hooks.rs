//! Who is told of what was refused, and where.

use std::sync::{Arc, Mutex};

use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::{Context, ContextGuard};
use traceprop_core::propagation::{
    B3Propagator, BaggagePropagator, CompositePropagator, ExtractError, JaegerPropagator,
    TraceContextPropagator,
};

use crate::carriers::{Joining, Lines};

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const B3: &str = "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1";

/// All formats, with one hook.
fn propagator(hook: impl Fn(&ExtractError) + Clone + Send + Sync + 'static) -> CompositePropagator {
    CompositePropagator::new(vec![
        Box::new(TraceContextPropagator::new().on_error(hook.clone())),
        Box::new(BaggagePropagator::new().on_error(hook.clone())),
        Box::new(B3Propagator::single().on_error(hook.clone())),
        Box::new(JaegerPropagator::new().on_error(hook)),
    ])
}

/// What is told of these headers: the header and the kind.
fn told(carrier: &dyn Extractor) -> Vec<(&'static str, &'static str)> {
    let told = Arc::new(Mutex::new(Vec::new()));
    let propagator = propagator({
        let told = Arc::clone(&told);
        move |error: &ExtractError| told.lock().unwrap().push((error.header(), error.kind()))
    });
    propagator.extract_with_context(&Context::new(), carrier);
    drop(propagator);
    Arc::try_unwrap(told).unwrap().into_inner().unwrap()
}

#[test]
fn each_header_is_told_of_once_by_kind() {
    type Pairs<'a> = &'a [(&'a str, &'a str)];
    #[rustfmt::skip]
    let table: [(&str, Pairs<'_>, Pairs<'_>); 13] = [
        // what it shows            headers                                              told
        ("absent",                  &[("x", "?")],                                       &[]),
        ("good",                    &[("traceparent", PARENT), ("b3", B3), ("baggage", "a=1,")], &[]),
        ("traceparent",             &[("traceparent", "?")],                             &[("traceparent", "length")]),
        ("two of them",             &[("traceparent", PARENT), ("traceparent", PARENT)], &[("traceparent", "more than one value")]),
        ("tracestate",              &[("traceparent", PARENT), ("tracestate", "A=1,B")], &[("tracestate", "key")]),
        ("not read, not told",      &[("tracestate", "A=1")],                            &[]),
        ("baggage, the first kind", &[("baggage", "a,=1,b=\"")],                         &[("baggage", "member without =")]),
        ("b3",                      &[("b3", "?")],                                      &[("b3", "sampling state")]),
        ("b3 multi",                &[("x-b3-traceid", "1")],                            &[("b3", "one id alone")]),
        ("a denial is none",        &[("b3", "0")],                                      &[]),
        ("jaeger",                  &[("uber-trace-id", "?")],                           &[("jaeger", "parts")]),
        ("jaeger baggage",          &[("uberctx-a", "\0"), ("jaeger-baggage", "a")],     &[("jaeger", "baggage")]),
        ("several",                 &[("b3", "x"), ("baggage", "x")],                    &[("baggage", "member without ="), ("b3", "sampling state")]),
    ];
    for (name, headers, want) in table {
        let lines = Lines::new(headers.iter().copied());
        assert_eq!(told(&lines), want, "{name}");
        // Joined, two values of `traceparent` are one that breaks its grammar.
        if name != "two of them" {
            assert_eq!(told(&Joining::new(&lines)), want, "{name}");
        }
    }
}

#[test]
fn a_hook_may_attach_a_context() {
    thread_local! {
        static KEPT: Mutex<Option<ContextGuard>> = const { Mutex::new(None) };
    }
    let lines = Lines::new([("traceparent", "?"), ("baggage", "?"), ("b3", "?")]);
    let hook = |_: &ExtractError| {
        // Within `Context::map_current` this panics.
        let guard = Context::current().with_value(7_u8).attach();
        KEPT.with(|kept| kept.lock().unwrap().replace(guard));
    };
    propagator(hook).extract(&lines);
    TraceContextPropagator::new().on_error(hook).extract(&lines);
    assert_eq!(Context::current().get::<u8>(), Some(&7));
    KEPT.with(|kept| kept.lock().unwrap().take());
}
