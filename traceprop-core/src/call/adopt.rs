//! Lets tracing-opentelemetry take over a span that runs already, instead of starting its own.
//!
//! A call offers its context on this thread, opens its scope and enters it once: the layer then asks
//! its tracer for a span, and [`AdoptingTracer`] answers with a handle onto the call's. Nothing goes
//! into the `Context`, where the user's first `#[instrument]` span could take it.

use std::borrow::Cow;
use std::cell::Cell;
use std::time::SystemTime;

use opentelemetry::trace::{Span, SpanBuilder, SpanContext, Status, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue};

thread_local! {
    static OFFER: Cell<Option<Offer>> = const { Cell::new(None) };
    static ENDING: Cell<bool> = const { Cell::new(false) };
}

struct Offer {
    expected: Expected,
    context: Context,
}

/// The `tracing` span that may take an offer, by its name.
#[derive(Clone, Copy, Debug)]
pub(super) enum Expected {
    /// A scope of ours.
    Scope(&'static str),
    /// A span of the user's own, whose fields are meant for the trace, too.
    Users(&'static str),
}

impl Expected {
    fn is(self, name: &str) -> bool {
        let (Self::Scope(expected) | Self::Users(expected)) = self;
        expected == name
    }
}

/// Offers `context` to an adopting tracer while `open` runs; says whether one took it.
///
/// `expected` is the `tracing` span that may take it.
pub(super) fn offer<R>(
    expected: Expected,
    context: Context,
    open: impl FnOnce() -> R,
) -> (R, bool) {
    /// Takes the offer back even when a subscriber panics in `open`.
    struct Withdraw;

    impl Drop for Withdraw {
        fn drop(&mut self) {
            OFFER.take();
        }
    }

    let withdraw = Withdraw;
    OFFER.set(Some(Offer { expected, context }));
    let opened = open();
    let taken = OFFER.take().is_none();
    drop(withdraw);
    (opened, taken)
}

/// Runs `end`, during which no handle touches its span on this thread.
///
/// A processor's `on_end` runs under the span's lock. What it logs is a `tracing` event, which comes
/// back here if the span's scope is still entered further out, and would wait for that lock forever.
pub(super) fn ending(end: impl FnOnce()) {
    struct Reset(bool);

    impl Drop for Reset {
        fn drop(&mut self) {
            ENDING.set(self.0);
        }
    }

    let _reset = Reset(ENDING.replace(true));
    end();
}

/// Makes tracing-opentelemetry adopt the spans of running calls; see [`adopting`].
#[derive(Clone, Debug)]
pub struct AdoptingTracer<T>(T);

/// Wraps the tracer of a tracing-opentelemetry layer, so that a call's scope is the call's own span.
///
/// Without it, the layer would start a second span for each call, so the calls open no scope at all.
/// Everything that is not a call's scope gets an ordinary span from `tracer`.
///
/// Keep the layer's context activation on (its default): without it a scope is adopted too late.
///
/// ```
/// use opentelemetry::trace::{Tracer, noop::NoopTracer};
/// use traceprop_core::adopting;
///
/// let tracer = adopting(NoopTracer::new());
/// // tracing_opentelemetry::layer().with_tracer(tracer)
/// # let _ = tracer.start("an ordinary span");
/// ```
pub fn adopting<T>(tracer: T) -> AdoptingTracer<T>
where
    T: Tracer,
{
    AdoptingTracer(tracer)
}

impl<T> Tracer for AdoptingTracer<T>
where
    T: Tracer,
{
    type Span = AdoptedSpan<T::Span>;

    fn build_with_context(&self, builder: SpanBuilder, parent: &Context) -> Self::Span {
        match OFFER.take() {
            Some(offer) if offer.expected.is(&builder.name) => {
                AdoptedSpan(Inner::Adopted(Handle::adopt(offer, builder)))
            }
            other => {
                OFFER.set(other);
                AdoptedSpan(Inner::Own(self.0.build_with_context(builder, parent)))
            }
        }
    }
}

/// A span that [`AdoptingTracer`] made: an ordinary one, or a handle onto a running call's.
#[derive(Debug)]
pub struct AdoptedSpan<S>(Inner<S>);

#[derive(Debug)]
enum Inner<S> {
    Own(S),
    Adopted(Handle),
}

/// Passes everything on to the call's span, but its end: the call ends it.
#[derive(Debug)]
struct Handle {
    context: Context,
    span_context: SpanContext,
}

impl Handle {
    /// Takes over what came in with the builder before the scope was first entered.
    fn adopt(offer: Offer, builder: SpanBuilder) -> Self {
        let Offer { expected, context } = offer;
        let span = context.span();
        let span_context = span.span_context().clone();
        if span.is_recording() {
            let attributes = builder.attributes.unwrap_or_default().into_iter();
            span.set_attributes(attributes.filter(|it| !is_scopes_own(expected, it)));
            for event in builder.events.unwrap_or_default() {
                span.add_event_with_timestamp(event.name, event.timestamp, event.attributes);
            }
            for link in builder.links.unwrap_or_default() {
                span.add_link(link.span_context, link.attributes);
            }
        }
        Self {
            context,
            span_context,
        }
    }

    fn with(&self, act: impl FnOnce(opentelemetry::trace::SpanRef<'_>)) {
        if !ENDING.get() {
            act(self.context.span());
        }
    }
}

/// The scope's fields are for log lines, and its location is ours: the span has better attributes.
fn is_scopes_own(expected: Expected, attribute: &KeyValue) -> bool {
    use super::scope::{FIELDS, TRACE_ID};
    let key = attribute.key.as_str();
    let is_field = match expected {
        Expected::Scope(_) => FIELDS.contains(&key),
        Expected::Users(_) => key == TRACE_ID,
    };
    is_field
        || matches!(key, "target" | "level")
        || key.starts_with("code.")
        || key.starts_with("thread.")
}

impl<S: Span> Span for AdoptedSpan<S> {
    fn add_event_with_timestamp<T>(&mut self, name: T, at: SystemTime, attributes: Vec<KeyValue>)
    where
        T: Into<Cow<'static, str>>,
    {
        match &mut self.0 {
            Inner::Own(span) => span.add_event_with_timestamp(name, at, attributes),
            Inner::Adopted(handle) => {
                handle.with(|span| span.add_event_with_timestamp(name, at, attributes));
            }
        }
    }

    fn span_context(&self) -> &SpanContext {
        match &self.0 {
            Inner::Own(span) => span.span_context(),
            Inner::Adopted(handle) => &handle.span_context,
        }
    }

    fn is_recording(&self) -> bool {
        match &self.0 {
            Inner::Own(span) => span.is_recording(),
            Inner::Adopted(handle) => !ENDING.get() && handle.context.span().is_recording(),
        }
    }

    fn set_attribute(&mut self, attribute: KeyValue) {
        match &mut self.0 {
            Inner::Own(span) => span.set_attribute(attribute),
            Inner::Adopted(handle) => handle.with(|span| span.set_attribute(attribute)),
        }
    }

    fn set_status(&mut self, status: Status) {
        match &mut self.0 {
            Inner::Own(span) => span.set_status(status),
            // An `error!` line in a handler is not a failed call; it comes as an error without words.
            Inner::Adopted(_) if matches!(&status, Status::Error { description } if description.is_empty()) =>
                {}
            Inner::Adopted(handle) => handle.with(|span| span.set_status(status)),
        }
    }

    fn update_name<T>(&mut self, name: T)
    where
        T: Into<Cow<'static, str>>,
    {
        match &mut self.0 {
            Inner::Own(span) => span.update_name(name),
            Inner::Adopted(handle) => handle.with(|span| span.update_name(name)),
        }
    }

    fn add_link(&mut self, span_context: SpanContext, attributes: Vec<KeyValue>) {
        match &mut self.0 {
            Inner::Own(span) => span.add_link(span_context, attributes),
            Inner::Adopted(handle) => handle.with(|span| span.add_link(span_context, attributes)),
        }
    }

    fn end_with_timestamp(&mut self, at: SystemTime) {
        match &mut self.0 {
            Inner::Own(span) => span.end_with_timestamp(at),
            Inner::Adopted(_) => {}
        }
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use opentelemetry::trace::{Event, Link, SpanId, TraceFlags, TraceId, TraceState};

    use super::*;
    use crate::testing::TestOtel;

    #[test]
    fn what_a_layer_set_before_the_first_enter_is_taken_over() {
        let otel = TestOtel::new("orders");
        let call = Context::new().with_span(otel.tracer().start("call"));
        let state = TraceState::default();
        let elsewhere = SpanContext::new(
            TraceId::from(1),
            SpanId::from(2),
            TraceFlags::SAMPLED,
            true,
            state,
        );
        let mut builder = SpanBuilder::from_name("http")
            .with_links(vec![Link::with_context(elsewhere.clone())])
            .with_events(vec![Event::with_name("early")]);
        builder.attributes = Some(vec![
            KeyValue::new("tenant", "acme"),
            KeyValue::new("trace_id", "for the log line"),
            KeyValue::new("code.line.number", 7),
        ]);

        let adopting = adopting(otel.tracer());
        let (mut handle, taken) = offer(Expected::Scope("http"), call.clone(), || {
            adopting.build(builder)
        });

        assert!(taken);
        assert_eq!(handle.span_context(), call.span().span_context());
        handle.end();
        assert!(otel.spans().is_empty(), "the call ends it");
        call.span().end();
        let span = otel.spans().remove(0);
        assert_eq!(span.attributes, [KeyValue::new("tenant", "acme")]);
        assert_eq!(span.events[0].name, "early");
        assert_eq!(span.links[0].span_context, elsewhere);
    }

    #[test]
    fn an_offer_is_for_its_own_scope_and_is_withdrawn() {
        let otel = TestOtel::new("orders");
        let (tracer, call) = (adopting(otel.tracer()), Context::new());
        let ((), taken) = offer(Expected::Scope("http"), call.clone(), || {
            drop(tracer.start("another"))
        });
        assert!(!taken);
        let open = || offer::<()>(Expected::Scope("http"), call, || panic!("a layer's bug"));
        let panics = std::panic::catch_unwind(std::panic::AssertUnwindSafe(open));
        assert!(panics.is_err());
        tracer.start("http").end();
        assert_eq!(otel.spans().len(), 2, "both are ordinary spans");
    }
}
