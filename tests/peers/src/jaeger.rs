//! The peer's Jaeger propagator, over the version of OpenTelemetry that it stopped at.

use std::collections::HashMap;

use old_opentelemetry::Context;
use old_opentelemetry::propagation::{Extractor, TextMapPropagator};
use old_opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState,
};
use old_opentelemetry_http::{HeaderExtractor, HeaderInjector};
use opentelemetry_jaeger_propagator::Propagator;

use crate::context::{Headers, map};
use crate::measure::Work;

fn propagator() -> Box<dyn TextMapPropagator> {
    Box::new(Propagator::new())
}

fn with_span() -> Context {
    Context::new().with_remote_span_context(SpanContext::new(
        TraceId::from(0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c_u128),
        SpanId::from(0xb7ad_6b71_6920_3331_u64),
        TraceFlags::SAMPLED,
        true,
        TraceState::NONE,
    ))
}

fn plain(headers: Headers) -> HashMap<String, String> {
    let text = |text: &http::HeaderValue| text.to_str().expect("text").to_owned();
    let all = map(headers);
    let all = all.iter();
    all.map(|(name, value)| (name.to_string(), text(value)))
        .collect()
}

pub fn extract(headers: Headers) -> Work {
    let (propagator, cx, map) = (propagator(), Context::new(), map(headers));
    Work::new(move || propagator.extract_with_context(&cx, &HeaderExtractor(&map)))
}

pub fn inject() -> Work {
    let (propagator, cx, mut map) = (propagator(), with_span(), map(&[]));
    Work::new(move || propagator.inject_context(&cx, &mut HeaderInjector(&mut map)))
}

pub fn extract_plain(headers: Headers) -> Work {
    let (propagator, cx, map) = (propagator(), Context::new(), plain(headers));
    Work::new(move || propagator.extract_with_context(&cx, &map as &dyn Extractor))
}

pub fn inject_plain() -> Work {
    let (propagator, cx, mut map) = (propagator(), with_span(), plain(&[]));
    Work::new(move || propagator.inject_context(&cx, &mut map))
}
