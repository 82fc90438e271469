//! One finished span, wherever it comes from.

use std::{
    borrow::Cow,
    sync::Arc,
    time::{Duration, SystemTime},
};

use opentelemetry::{
    KeyValue, Value,
    trace::{Event, Link, SpanId, SpanKind, Status, TraceId},
};

/// One finished span, independent of the SDK and of OTLP.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use opentelemetry::trace::{SpanId, SpanKind, Status, TraceId};
/// use traceprop_core::tree::Span;
///
/// let start = SystemTime::now();
/// let end = start + Duration::from_millis(12);
/// let mut span = Span::new(TraceId::from(1), SpanId::from(2), "payments", "POST", start, end);
/// span.parent_span_id = Some(SpanId::from(1));
/// span.kind = SpanKind::Client;
/// span.status = Status::error("connection refused");
/// assert_eq!(span.duration(), Duration::from_millis(12));
/// assert_eq!(span.error(), Some("connection refused"));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Span {
    /// The trace it belongs to.
    pub trace_id: TraceId,
    /// Its own id, unique within the trace.
    pub span_id: SpanId,
    /// The span that caused it, or `None` for a root. Default: `None`.
    pub parent_span_id: Option<SpanId>,
    /// Whether the parent is in another process, where that is known. Default: `None`, not known.
    pub parent_is_remote: Option<bool>,
    /// `service.name` of the resource that recorded it.
    pub service: Arc<str>,
    /// The attributes of that resource, where they are known. Default: none.
    pub resource: Arc<[KeyValue]>,
    /// What was done, for example `GET /orders/{id}`.
    pub name: Cow<'static, str>,
    /// Which side of an exchange it is. Default: internal.
    pub kind: SpanKind,
    /// When it started, by its own machine's clock.
    pub start: SystemTime,
    /// When it ended; a clock that stepped back can put this before the start.
    pub end: SystemTime,
    /// How it ended. Default: unset.
    pub status: Status,
    /// Its attributes, in the order they were set; a key may occur twice.
    pub attributes: Vec<KeyValue>,
    /// What happened meanwhile.
    pub events: Vec<Event>,
    /// Spans that caused it besides its parent.
    pub links: Vec<Link>,
}

impl Span {
    /// A span without parent, attributes, events and links; of kind internal and status unset.
    #[must_use]
    pub fn new(
        trace_id: TraceId,
        span_id: SpanId,
        service: impl Into<Arc<str>>,
        name: impl Into<Cow<'static, str>>,
        start: SystemTime,
        end: SystemTime,
    ) -> Self {
        Self {
            trace_id,
            span_id,
            parent_span_id: None,
            parent_is_remote: None,
            service: service.into(),
            resource: Arc::default(),
            name: name.into(),
            kind: SpanKind::Internal,
            start,
            end,
            status: Status::Unset,
            attributes: Vec::new(),
            events: Vec::new(),
            links: Vec::new(),
        }
    }

    /// How long it took; zero where it ends before it starts.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.end.duration_since(self.start).unwrap_or_default()
    }

    /// The value of an attribute; of a key set twice, the later value.
    #[must_use]
    pub fn attribute(&self, key: &str) -> Option<&Value> {
        find(&self.attributes, key)
    }

    /// Whether its status is an error.
    #[must_use]
    pub fn is_error(&self) -> bool {
        matches!(self.status, Status::Error { .. })
    }

    /// What went wrong, or `None` where the status is no error.
    ///
    /// The status's description; where that is empty, `error.type`; then the last exception event's
    /// `exception.type`; else the word `error`.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        let Status::Error { description } = &self.status else {
            return None;
        };
        let exception = || {
            self.events
                .iter()
                .rfind(|e| e.name == "exception")
                .map(|e| &e.attributes)
        };
        Some(description.as_ref())
            .filter(|text| !text.is_empty())
            .or_else(|| text(self.attribute("error.type")?))
            .or_else(|| text(find(exception()?, "exception.type")?))
            .or(Some("error"))
    }
}

fn find<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a Value> {
    attributes
        .iter()
        .rfind(|kv| kv.key.as_str() == key)
        .map(|kv| &kv.value)
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text.as_str()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::fixture::{at, span};

    #[test]
    fn an_end_before_the_start_is_no_duration() {
        assert_eq!(span(1, 0, "backwards", 10, 5).duration(), Duration::ZERO);
    }

    #[test]
    fn the_error_text_comes_from_the_first_place_that_has_one() {
        let mut failed = span(1, 0, "POST", 0, 1);
        assert_eq!(failed.error(), None);
        failed.status = Status::error("");
        assert_eq!(failed.error(), Some("error"));
        let kind = vec![KeyValue::new("exception.type", "io::Error")];
        failed.events.push(Event::new("exception", at(0), kind, 0));
        assert_eq!(failed.error(), Some("io::Error"));
        failed
            .attributes
            .push(KeyValue::new("error.type", "timeout"));
        assert_eq!(failed.error(), Some("timeout"));
        failed.status = Status::error("no answer in 2 s");
        assert_eq!(failed.error(), Some("no answer in 2 s"));
        failed.status = Status::Ok;
        assert_eq!(failed.error(), None);
    }

    #[test]
    fn the_later_value_of_a_key_counts() {
        let mut twice = span(1, 0, "GET", 0, 1);
        twice.attributes = vec![KeyValue::new("n", 1), KeyValue::new("n", 2)];
        assert_eq!(twice.attribute("n"), Some(&Value::I64(2)));
        assert_eq!(twice.attribute("m"), None);
    }
}
