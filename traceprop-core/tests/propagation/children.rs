//! What reaches the next hop through the spans of an SDK.

use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{TraceContextExt, Tracer, TracerProvider};
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use traceprop_core::propagation::TraceContextPropagator;

use crate::carriers::Lines;

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// The headers that a span writes which is the child of `cx`.
fn next_hop(cx: &Context, sampler: Sampler) -> Lines {
    let provider = SdkTracerProvider::builder().with_sampler(sampler).build();
    let child = provider.tracer("test").start_with_context("child", cx);
    let mut onward = Lines::default();
    TraceContextPropagator::new().inject_context(&cx.with_span(child), &mut onward);
    onward
}

#[test]
fn a_tracestate_of_level_2_reaches_the_next_hop() {
    let state = "one@two@three=1,plain=2";
    let lines = Lines::new([("traceparent", PARENT), ("tracestate", state)]);
    let cx = TraceContextPropagator::new().extract_with_context(&Context::new(), &lines);
    for sampler in [Sampler::AlwaysOn, Sampler::AlwaysOff] {
        let onward = next_hop(&cx, sampler);
        assert_eq!(onward.get("tracestate"), Some(state));
        let parent = onward.get("traceparent").unwrap();
        assert_eq!(parent[..36], PARENT[..36]);
        assert_ne!(parent[36..52], PARENT[36..52]);
    }
}

#[test]
fn it_does_not_reach_a_trace_that_starts_in_its_context() {
    let lines = Lines::new([("traceparent", PARENT), ("tracestate", "one@two@three=1")]);
    let cx = TraceContextPropagator::new().extract_with_context(&Context::new(), &lines);
    let provider = SdkTracerProvider::default();
    let root = provider
        .tracer("test")
        .start_with_context("root", &Context::new());
    let mut onward = Lines::default();
    TraceContextPropagator::new().inject_context(&cx.with_span(root), &mut onward);
    assert!(onward.get("traceparent").is_some());
    assert_eq!(onward.get("tracestate"), None);
}
