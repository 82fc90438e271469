//! From the SDK's finished span to ours. The tree names the SDK nowhere else.

use std::sync::Arc;

#[cfg(feature = "console")]
use opentelemetry::KeyValue;
use opentelemetry::{Key, Value, trace::SpanId};
use opentelemetry_sdk::{Resource, trace::SpanData};

use super::Span;

impl Span {
    /// Copies a finished span of the SDK; `service` is its resource's `service.name`, which
    /// [`SpanData`] does not carry.
    ///
    /// ```
    /// use opentelemetry::trace::{Span as _, Tracer, TracerProvider};
    /// use opentelemetry_sdk::trace::SdkTracerProvider;
    ///
    /// let provider = SdkTracerProvider::builder().build();
    /// let span = provider.tracer("shop").start("db.query");
    /// let data = span.exported_data().expect("it is recording");
    /// let span = traceprop_core::tree::Span::from_span_data(&data, &"orders".into());
    /// assert_eq!((&*span.service, &*span.name), ("orders", "db.query"));
    /// ```
    #[must_use]
    pub fn from_span_data(data: &SpanData, service: &Arc<str>) -> Self {
        Self {
            attributes: data.attributes.clone(),
            events: data.events.events.clone(),
            links: data.links.links.clone(),
            ..Self::bare(data, service)
        }
    }

    /// The part of a span that a terminal shows: the attributes that `keep` wants, the last exception,
    /// and at most `links` links. Spans wait in memory for the end of their trace, so what is not shown is not kept.
    #[cfg(feature = "console")]
    pub(crate) fn sketch(
        data: &SpanData,
        service: &Arc<str>,
        keep: impl Fn(&str) -> bool,
        links: usize,
    ) -> Self {
        let wanted = |kv: &&KeyValue| keep(kv.key.as_str());
        Self {
            attributes: data.attributes.iter().filter(wanted).cloned().collect(),
            events: data
                .events
                .iter()
                .rfind(|e| e.name == "exception")
                .into_iter()
                .cloned()
                .collect(),
            links: data.links.iter().take(links).cloned().collect(),
            ..Self::bare(data, service)
        }
    }

    fn bare(data: &SpanData, service: &Arc<str>) -> Self {
        let parent = Some(data.parent_span_id).filter(|id| *id != SpanId::INVALID);
        let mut span = Self::new(
            data.span_context.trace_id(),
            data.span_context.span_id(),
            Arc::clone(service),
            data.name.clone(),
            data.start_time,
            data.end_time,
        );
        span.parent_span_id = parent;
        span.parent_is_remote = parent.map(|_| data.parent_span_is_remote);
        span.kind = data.span_kind.clone();
        span.status = data.status.clone();
        span
    }
}

/// Whether the span is of a call that was ignored. The mark is the last thing that its call writes.
pub(crate) fn is_ignored(span: &SpanData) -> bool {
    let last = span.attributes.last();
    last.is_some_and(|last| last.key.as_str() == crate::semconv::IGNORED)
}

/// A resource's `service.name`, or `unknown_service`.
pub(crate) fn service_name(resource: &Resource) -> Arc<str> {
    match resource.get_ref(&Key::from_static_str("service.name")) {
        Some(Value::String(name)) => name.as_str().into(),
        Some(other) => other.to_string().into(),
        None => "unknown_service".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry::{
        KeyValue,
        trace::{
            Link, Span as _, SpanContext, SpanKind, Status, TraceContextExt, TraceFlags, TraceId,
            TraceState, Tracer, TracerProvider,
        },
    };
    use opentelemetry_sdk::trace::SdkTracerProvider;

    #[test]
    fn every_field_is_taken_over() {
        let tracer = SdkTracerProvider::builder().build().tracer("test");
        let (trace_id, parent) = (TraceId::from(5), SpanId::from(6));
        let remote = SpanContext::new(
            trace_id,
            parent,
            TraceFlags::SAMPLED,
            true,
            TraceState::NONE,
        );
        let parent_cx = opentelemetry::Context::new().with_remote_span_context(remote.clone());
        let mut span = tracer
            .span_builder("GET")
            .with_kind(SpanKind::Server)
            .with_attributes([KeyValue::new("a", 1)])
            .with_links(vec![Link::with_context(remote)])
            .start_with_context(&tracer, &parent_cx);
        span.add_event("seen", Vec::new());
        span.set_status(Status::error("late"));
        let data = span.exported_data().unwrap();

        let got = Span::from_span_data(&data, &"orders".into());
        assert_eq!(got.trace_id, trace_id);
        assert_eq!(got.span_id, span.span_context().span_id());
        assert_eq!(
            (got.parent_span_id, got.parent_is_remote),
            (Some(parent), Some(true))
        );
        assert_eq!(
            (&*got.service, &*got.name, &got.kind),
            ("orders", "GET", &SpanKind::Server)
        );
        assert_eq!((got.start, got.end), (data.start_time, data.end_time));
        assert_eq!(
            (got.attributes.len(), got.events.len(), got.links.len()),
            (1, 1, 1)
        );
        assert_eq!(got.error(), Some("late"));

        let root = tracer.start_with_context("root", &opentelemetry::Context::new());
        let got = Span::from_span_data(&root.exported_data().unwrap(), &"orders".into());
        assert_eq!((got.parent_span_id, got.parent_is_remote), (None, None));
    }

    #[test]
    fn names_of_services() {
        let named = |kv| Resource::builder_empty().with_attributes(kv).build();
        let name = |resource| service_name(&resource).to_string();
        assert_eq!(
            name(named(vec![KeyValue::new("service.name", "orders")])),
            "orders"
        );
        assert_eq!(name(named(vec![KeyValue::new("service.name", 7)])), "7");
        assert_eq!(name(named(Vec::new())), "unknown_service");
    }
}
