//! From OTLP's spans to those of the tree.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::{SpanId, SpanKind, Status, TraceId};
use opentelemetry::{KeyValue, Value};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1 as common;
use opentelemetry_proto::tonic::common::v1::any_value;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind as ProtoKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, Span as ProtoSpan};
use traceprop_core::semconv::SERVICE_NAME;
use traceprop_core::tree::Span;

/// The spans of one export request, and how many of its spans had no valid ids.
pub(super) fn spans(request: &ExportTraceServiceRequest) -> (Vec<Span>, usize) {
    let (mut spans, mut refused) = (Vec::new(), 0);
    for resource_spans in &request.resource_spans {
        let resource: Arc<[KeyValue]> = resource(resource_spans).into();
        let service = service(&resource);
        let of_scopes = resource_spans.scope_spans.iter();
        for proto in of_scopes.flat_map(|scope| &scope.spans) {
            match span(proto, &service) {
                Some(mut span) => {
                    span.resource = resource.clone();
                    spans.push(span);
                }
                None => refused += 1,
            }
        }
    }
    (spans, refused)
}

fn resource(spans: &ResourceSpans) -> Vec<KeyValue> {
    let resource = spans.resource.as_ref();
    resource.map_or_else(Vec::new, |resource| attributes(&resource.attributes))
}

fn service(resource: &[KeyValue]) -> Arc<str> {
    let name = resource.iter().find(|kv| kv.key.as_str() == SERVICE_NAME);
    match name.map(|kv| &kv.value) {
        Some(Value::String(name)) => name.as_str().into(),
        _ => "unknown_service".into(),
    }
}

fn span(proto: &ProtoSpan, service: &Arc<str>) -> Option<Span> {
    let trace_id = TraceId::from_bytes(proto.trace_id.as_slice().try_into().ok()?);
    let span_id = SpanId::from_bytes(proto.span_id.as_slice().try_into().ok()?);
    if trace_id == TraceId::INVALID || span_id == SpanId::INVALID {
        return None;
    }
    let mut span = Span::new(
        trace_id,
        span_id,
        service.clone(),
        proto.name.clone(),
        at(proto.start_time_unix_nano)?,
        at(proto.end_time_unix_nano)?,
    );
    span.parent_span_id = match proto.parent_span_id.as_slice() {
        [] => None,
        parent => Some(SpanId::from_bytes(parent.try_into().ok()?)),
    }
    .filter(|parent| *parent != SpanId::INVALID);
    span.kind = kind(proto.kind());
    span.status = status(proto);
    span.attributes = attributes(&proto.attributes);
    Some(span)
}

fn at(nanos: u64) -> Option<SystemTime> {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_nanos(nanos))
}

fn kind(kind: ProtoKind) -> SpanKind {
    match kind {
        ProtoKind::Server => SpanKind::Server,
        ProtoKind::Client => SpanKind::Client,
        ProtoKind::Producer => SpanKind::Producer,
        ProtoKind::Consumer => SpanKind::Consumer,
        ProtoKind::Internal | ProtoKind::Unspecified => SpanKind::Internal,
    }
}

fn status(proto: &ProtoSpan) -> Status {
    let Some(status) = &proto.status else {
        return Status::Unset;
    };
    match status.code() {
        StatusCode::Unset => Status::Unset,
        StatusCode::Ok => Status::Ok,
        StatusCode::Error => Status::error(status.message.clone()),
    }
}

fn attributes(from: &[common::KeyValue]) -> Vec<KeyValue> {
    let known = from.iter().filter_map(|attribute| {
        let value = value(attribute.value.as_ref())?;
        Some(KeyValue::new(attribute.key.clone(), value))
    });
    known.collect()
}

/// Scalars; a waterfall shows no others.
fn value(from: Option<&common::AnyValue>) -> Option<Value> {
    match from?.value.as_ref()? {
        any_value::Value::StringValue(text) => Some(text.clone().into()),
        any_value::Value::BoolValue(flag) => Some((*flag).into()),
        any_value::Value::IntValue(number) => Some((*number).into()),
        any_value::Value::DoubleValue(number) => Some((*number).into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proto(trace_id: &[u8], span_id: &[u8], parent: &[u8]) -> ProtoSpan {
        ProtoSpan {
            trace_id: trace_id.to_vec(),
            span_id: span_id.to_vec(),
            parent_span_id: parent.to_vec(),
            ..ProtoSpan::default()
        }
    }

    #[test]
    fn ids_of_a_wrong_length_are_refused() {
        #[rustfmt::skip]
        let table: [(&str, ProtoSpan, bool); 6] = [
            ("a root",              proto(&[1; 16], &[2; 8], &[]),     true),
            ("a child",             proto(&[1; 16], &[2; 8], &[3; 8]), true),
            ("a short trace id",    proto(&[1; 15], &[2; 8], &[]),     false),
            ("a trace id of zeros", proto(&[0; 16], &[2; 8], &[]),     false),
            ("no span id",          proto(&[1; 16], &[], &[]),         false),
            ("a long parent",       proto(&[1; 16], &[2; 8], &[3; 9]), false),
        ];
        for (name, proto, valid) in table {
            assert_eq!(span(&proto, &"orders".into()).is_some(), valid, "{name}");
        }
    }
}
