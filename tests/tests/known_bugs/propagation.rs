//! Propagators.

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TraceContextExt;
use traceprop_core::propagation::{
    B3Propagator, BaggagePropagator, JaegerPropagator, TraceContextPropagator, from_names,
};
use traceprop_http::{HeaderExtractor, HeaderInjector};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const SPAN: &str = "b7ad6b7169203331";

fn read(propagator: &dyn TextMapPropagator, lines: &[(&'static str, &str)]) -> Context {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        let value = HeaderValue::from_str(value).unwrap();
        headers.append(HeaderName::from_static(name), value);
    }
    propagator.extract_with_context(&Context::new(), &HeaderExtractor::new(&headers))
}

fn write(propagator: &dyn TextMapPropagator, context: &Context) -> HeaderMap {
    let mut headers = HeaderMap::new();
    propagator.inject_context(context, &mut HeaderInjector::new(&mut headers));
    headers
}

fn value(context: &Context, key: &str) -> Option<String> {
    context.baggage().get(key).map(ToString::to_string)
}

#[test]
fn jaeger_s_baggage_is_baggage_and_goes_on() {
    let propagator = JaegerPropagator::new();
    let uber = format!("{TRACE}:{SPAN}:0:1");
    let lines = [("uber-trace-id", uber.as_str()), ("uberctx-tenant", "acme")];
    let context = read(&propagator, &lines);
    assert_eq!(value(&context, "tenant").as_deref(), Some("acme"));
    assert_eq!(write(&propagator, &context)["uberctx-tenant"], "acme");
}

#[test]
fn a_debug_trace_of_b3_s_is_sampled() {
    let b3 = format!("{TRACE}-{SPAN}-d");
    let context = read(&B3Propagator::single(), &[("b3", &b3)]);
    assert!(context.span().span_context().is_sampled());
}

#[test]
fn a_client_without_a_trace_decides_nothing_for_its_server() {
    let headers = write(&B3Propagator::single(), &Context::new());
    assert!(headers.is_empty(), "{headers:?}");
}

#[test]
fn a_malformed_traceparent_is_no_parent() {
    for value in [
        "00-1-1-01".to_owned(),
        format!("00-{TRACE}-{SPAN}-01-"),
        format!("00-+{}-{SPAN}-01", &TRACE[1..]),
        format!("00-{TRACE}-{SPAN}-1"),
    ] {
        let context = read(&TraceContextPropagator::new(), &[("traceparent", &value)]);
        assert!(!context.span().span_context().is_valid(), "{value}");
    }
}

#[test]
fn no_empty_tracestate_is_sent() {
    let propagator = TraceContextPropagator::new();
    let traceparent = format!("00-{TRACE}-{SPAN}-01");
    let context = read(&propagator, &[("traceparent", &traceparent)]);
    let headers = write(&propagator, &context);
    assert_eq!(headers["traceparent"], traceparent);
    assert!(!headers.contains_key("tracestate"));
}

#[test]
fn second_lines_are_read() {
    let traceparent = format!("00-{TRACE}-{SPAN}-01");
    let context = read(
        &from_names("tracecontext,baggage").unwrap(),
        &[
            ("traceparent", &traceparent),
            ("tracestate", "a=1"),
            ("tracestate", "b=2"),
            ("baggage", "a=1"),
            ("baggage", "b=2"),
        ],
    );
    let span = context.span();
    assert_eq!(span.span_context().trace_state().get("b"), Some("2"));
    assert_eq!(value(&context, "b").as_deref(), Some("2"));
}

#[test]
fn a_value_of_baggage_is_read_to_its_end() {
    let context = read(&BaggagePropagator::new(), &[("baggage", "key=YQ==")]);
    assert_eq!(value(&context, "key").as_deref(), Some("YQ=="));
}
