//! Starts a span through any tracer, and makes the `Context` that a call runs in.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use opentelemetry::trace::{
    Span, SpanBuilder, SpanContext, Status, TraceContextExt, TraceFlags, Tracer,
};
use opentelemetry::{Context, KeyValue};

/// W3C Trace Context Level 2 §3.2.2.5.2: the trace id's low 56 bits are random.
const RANDOM: u8 = 0x02;

/// Any tracer, behind one pointer.
#[derive(Clone)]
pub(crate) struct TracerHandle(Arc<dyn StartSpan>);

/// A call's context, and what the span in it may be asked.
pub(super) struct Begun {
    pub(super) context: Context,
    /// The span is the call's own: it must be ended, and nobody else ends it.
    pub(super) own: bool,
    pub(super) recording: bool,
}

trait StartSpan: Send + Sync {
    fn start(&self, builder: SpanBuilder, parent: &Context) -> Begun;
}

struct Erased<T>(T);

impl TracerHandle {
    pub(crate) fn new<T>(tracer: T) -> Self
    where
        T: Tracer + Send + Sync + 'static,
        T::Span: Send + Sync + 'static,
    {
        Self(Arc::new(Erased(tracer)))
    }

    pub(super) fn start(&self, builder: SpanBuilder, parent: &Context) -> Begun {
        self.0.start(builder, parent)
    }
}

impl fmt::Debug for TracerHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TracerHandle")
    }
}

impl<T> StartSpan for Erased<T>
where
    T: Tracer + Send + Sync,
    T::Span: Send + Sync + 'static,
{
    fn start(&self, builder: SpanBuilder, parent: &Context) -> Begun {
        let span = self.0.build_with_context(builder, parent);
        let own = span.span_context();
        if !own.is_valid() {
            // No provider, one that was shut down, or suppressed telemetry. The parent goes on as it
            // is, so that propagation does; an invalid span in it would end the trace.
            return Begun {
                context: parent.clone(),
                own: false,
                recording: false,
            };
        }
        let from = parent.span().span_context().clone();
        // A trace keeps its random bit from hop to hop; an id minted here is random.
        let random = if from.is_valid() {
            from.trace_flags().to_u8() & RANDOM
        } else {
            RANDOM
        };
        let flags = TraceFlags::new(own.trace_flags().to_u8() | random);
        if !span.is_recording() {
            // The SDK clears every flag of a dropped span, and boxing an empty span would cost more.
            let context = parent.with_remote_span_context(with_flags(own, flags));
            return Begun {
                context,
                own: true,
                recording: false,
            };
        }
        let context = if flags == own.trace_flags() {
            parent.with_span(span)
        } else {
            let span_context = with_flags(own, flags);
            parent.with_span(Flagged { span, span_context })
        };
        Begun {
            context,
            own: true,
            recording: true,
        }
    }
}

fn with_flags(from: &SpanContext, flags: TraceFlags) -> SpanContext {
    SpanContext::new(
        from.trace_id(),
        from.span_id(),
        flags,
        false,
        from.trace_state().clone(),
    )
}

/// A recorded root whose children and peers see the random bit, which the SDK does not set.
#[derive(Debug)]
struct Flagged<S> {
    span: S,
    span_context: SpanContext,
}

impl<S: Span> Span for Flagged<S> {
    fn add_event_with_timestamp<T>(&mut self, name: T, at: SystemTime, attributes: Vec<KeyValue>)
    where
        T: Into<Cow<'static, str>>,
    {
        self.span.add_event_with_timestamp(name, at, attributes);
    }

    fn span_context(&self) -> &SpanContext {
        &self.span_context
    }

    fn is_recording(&self) -> bool {
        self.span.is_recording()
    }

    fn set_attribute(&mut self, attribute: KeyValue) {
        self.span.set_attribute(attribute);
    }

    fn set_status(&mut self, status: Status) {
        self.span.set_status(status);
    }

    fn update_name<T>(&mut self, name: T)
    where
        T: Into<Cow<'static, str>>,
    {
        self.span.update_name(name);
    }

    fn add_link(&mut self, span_context: SpanContext, attributes: Vec<KeyValue>) {
        self.span.add_link(span_context, attributes);
    }

    fn end_with_timestamp(&mut self, at: SystemTime) {
        self.span.end_with_timestamp(at);
    }
}
