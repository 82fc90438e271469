//! What is read from and written into.

use std::collections::HashMap;

use http::HeaderMap;
use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator;

use crate::context::{Headers, map};
use crate::measure::Work;

/// A propagator as libraries hold one.
pub type Propagator = Box<dyn TextMapPropagator>;

/// Something that a propagator reads and writes through a carrier.
pub trait Carrier: 'static {
    fn with(headers: Headers) -> Self;
    fn extract(&self, propagator: &dyn TextMapPropagator, cx: &Context) -> Context;
    fn inject(&mut self, propagator: &dyn TextMapPropagator, cx: &Context);
}

/// A header map, through the carriers of traceprop.
pub struct Ours(HeaderMap);

impl Carrier for Ours {
    fn with(headers: Headers) -> Self {
        Self(map(headers))
    }

    fn extract(&self, propagator: &dyn TextMapPropagator, cx: &Context) -> Context {
        propagator.extract_with_context(cx, &traceprop_http::HeaderExtractor::new(&self.0))
    }

    fn inject(&mut self, propagator: &dyn TextMapPropagator, cx: &Context) {
        propagator.inject_context(cx, &mut traceprop_http::HeaderInjector::new(&mut self.0));
    }
}

/// A header map, through the carriers of OpenTelemetry.
pub struct Theirs(HeaderMap);

impl Carrier for Theirs {
    fn with(headers: Headers) -> Self {
        Self(map(headers))
    }

    fn extract(&self, propagator: &dyn TextMapPropagator, cx: &Context) -> Context {
        propagator.extract_with_context(cx, &opentelemetry_http::HeaderExtractor(&self.0))
    }

    fn inject(&mut self, propagator: &dyn TextMapPropagator, cx: &Context) {
        propagator.inject_context(cx, &mut opentelemetry_http::HeaderInjector(&mut self.0));
    }
}

/// A plain map, which is its own carrier.
pub struct Plain(HashMap<String, String>);

impl Carrier for Plain {
    fn with(headers: Headers) -> Self {
        let text = |text: &http::HeaderValue| text.to_str().expect("text").to_owned();
        let all = map(headers);
        let all = all.iter();
        Self(
            all.map(|(name, value)| (name.to_string(), text(value)))
                .collect(),
        )
    }

    fn extract(&self, propagator: &dyn TextMapPropagator, cx: &Context) -> Context {
        propagator.extract_with_context(cx, &self.0)
    }

    fn inject(&mut self, propagator: &dyn TextMapPropagator, cx: &Context) {
        propagator.inject_context(cx, &mut self.0);
    }
}

pub fn extract<C: Carrier>(propagator: Propagator, headers: Headers) -> Work {
    let (carrier, cx) = (C::with(headers), Context::new());
    Work::new(move || carrier.extract(&*propagator, &cx))
}

/// Writes again and again into one carrier, so that it has room for what is written.
pub fn inject<C: Carrier>(propagator: Propagator, cx: Context) -> Work {
    let mut carrier = C::with(&[]);
    Work::new(move || carrier.inject(&*propagator, &cx))
}
