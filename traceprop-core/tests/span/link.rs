//! Links to other spans.

use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer,
};
use opentelemetry::{Context, KeyValue};
use traceprop_core::span::SpanExt;

use crate::support::{pairs, texts, traced};

#[test]
fn links_what_is_valid_and_skips_the_rest() {
    let (spans, tracer, _) = traced();
    let other = SpanContext::new(
        TraceId::from(7),
        SpanId::from(9),
        TraceFlags::SAMPLED,
        true,
        TraceState::default(),
    );
    let remote = Context::new().with_remote_span_context(other.clone());
    let context = Context::new().with_span(tracer.start("work"));
    context.link_context(&remote);
    context.link_context(&Context::new());
    context.link_span(&SpanContext::empty_context());
    context.link_span_with(&other, vec![KeyValue::new("why", "retry")]);
    context.link_span_with(
        &SpanContext::empty_context(),
        vec![KeyValue::new("why", "no")],
    );
    context.span().end();

    let span = spans.named("work");
    assert_eq!(span.links.len(), 2);
    assert!(span.links.iter().all(|link| link.span_context == other));
    assert!(span.links[0].attributes.is_empty());
    assert_eq!(texts(&span.links[1].attributes), pairs(&[("why", "retry")]));
}
