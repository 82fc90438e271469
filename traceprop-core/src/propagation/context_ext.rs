//! What B3 and Jaeger carry and a span context has no place for, beside it in the [`Context`].
//!
//! Never in the flags' reserved bits: those go out with every `traceparent`. Values of a context
//! survive into the contexts of child spans, so each is kept with the span that it came with.

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceId};

/// What a B3 header says of sampling.
///
/// ```
/// use opentelemetry::Context;
/// use traceprop_core::propagation::{B3State, ContextExt};
///
/// assert_eq!(Context::new().b3_state(), None);
/// let cx = Context::new().with_b3_state(B3State::Deny);
/// assert_eq!(cx.b3_state(), Some(B3State::Deny));
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum B3State {
    /// Not sampled: `0`.
    Deny,
    /// Sampled: `1`.
    Accept,
    /// Sampled, and to be kept by whatever decides later: `d`, or `x-b3-flags: 1`.
    Debug,
    /// Left to the receiver: there is no state.
    Deferred,
}

impl B3State {
    /// Whether a trace in this state is sampled; `None` where that is left open.
    ///
    /// ```
    /// use traceprop_core::propagation::B3State;
    ///
    /// assert_eq!(B3State::Debug.sampled(), Some(true));
    /// assert_eq!(B3State::Deferred.sampled(), None);
    /// ```
    #[must_use]
    pub const fn sampled(self) -> Option<bool> {
        match self {
            Self::Deny => Some(false),
            Self::Accept | Self::Debug => Some(true),
            Self::Deferred => None,
        }
    }
}

/// The state of B3 and Jaeger that travels in a [`Context`] beside the span context.
///
/// Their propagators set it when they extract, and write it when they inject. A sampler finds here
/// the decisions that came without a trace: `b3: 0` of a health check, or a `jaeger-debug-id`.
///
/// ```
/// use std::collections::HashMap;
/// use opentelemetry::{Context, propagation::TextMapPropagator, trace::TraceContextExt};
/// use traceprop_core::propagation::{B3Propagator, B3State, ContextExt};
///
/// let request = HashMap::from([("b3".to_owned(), "0".to_owned())]);
/// let cx = B3Propagator::single().extract_with_context(&Context::new(), &request);
/// assert!(!cx.has_active_span());
/// assert_eq!(cx.b3_state(), Some(B3State::Deny));
/// ```
pub trait ContextExt: Sized + sealed::Sealed {
    /// The context with a B3 state: for its span, or for the trace that starts in it.
    ///
    /// For the children of the span only [`B3State::Debug`] still holds; the others give way to what
    /// their sampler decides.
    #[must_use]
    fn with_b3_state(&self, state: B3State) -> Self;

    /// The B3 state that the context's span has: what was set, else what its sampled flag says.
    ///
    /// Without a span it is the decision that came without one, if any did.
    fn b3_state(&self) -> Option<B3State>;

    /// The context with Jaeger's debug flag, for its trace or for the one that starts in it.
    #[must_use]
    fn with_jaeger_debug(&self, debug: bool) -> Self;

    /// Whether Jaeger's debug flag is set for the context's trace, or for one that starts in it.
    fn jaeger_debug(&self) -> bool;

    /// The `jaeger-debug-id` that came without a trace: printable ASCII, 128 bytes at most.
    ///
    /// The span that starts a trace in this context should have it as an attribute of that name; the
    /// calls of this crate's feature `call` do.
    fn jaeger_debug_id(&self) -> Option<&str>;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for opentelemetry::Context {}
}

/// The span that a state came with; `None` for a decision without ids.
type Of = Option<(TraceId, SpanId)>;

/// The values in the context. `None` takes back what was there before.
struct B3(Option<(B3State, Of)>);
struct Jaeger(Option<JaegerDebug>);

struct JaegerDebug {
    of: Of,
    id: Option<Box<str>>,
}

fn of(span_context: &SpanContext) -> Of {
    span_context
        .is_valid()
        .then(|| (span_context.trace_id(), span_context.span_id()))
}

/// Whether what came with `kept` holds for the trace of `span`, or for the one that is to start.
fn same_trace(kept: Of, span: Of) -> bool {
    match (kept, span) {
        (None, _) => true,
        (Some(kept), Some(span)) => kept.0 == span.0,
        (Some(_), None) => false,
    }
}

impl ContextExt for Context {
    fn with_b3_state(&self, state: B3State) -> Self {
        let of = of(self.span().span_context());
        self.with_value(B3(Some((state, of))))
    }

    #[inline]
    fn b3_state(&self) -> Option<B3State> {
        let span = self.span();
        let span_context = span.span_context();
        let of = of(span_context);
        let kept = self.get::<B3>().and_then(|kept| kept.0);
        let flags = of.map(|_| match span_context.is_sampled() {
            true => B3State::Accept,
            false => B3State::Deny,
        });
        match kept {
            Some((state, kept)) if kept == of => Some(state),
            Some((B3State::Debug, kept)) if same_trace(kept, of) => Some(B3State::Debug),
            _ => flags,
        }
    }

    fn with_jaeger_debug(&self, debug: bool) -> Self {
        let of = of(self.span().span_context());
        self.with_value(Jaeger(debug.then_some(JaegerDebug { of, id: None })))
    }

    fn jaeger_debug(&self) -> bool {
        let of = of(self.span().span_context());
        jaeger(self).is_some_and(|debug| same_trace(debug.of, of))
    }

    fn jaeger_debug_id(&self) -> Option<&str> {
        jaeger(self)?.id.as_deref()
    }
}

fn jaeger(cx: &Context) -> Option<&JaegerDebug> {
    cx.get::<Jaeger>()?.0.as_ref()
}

/// The context with a decision that came as a debug id, for the trace that starts in it.
pub(super) fn with_jaeger_debug_id(cx: &Context, id: &str) -> Context {
    let id = Some(id.into());
    cx.with_value(Jaeger(Some(JaegerDebug { of: None, id })))
}

/// Whether there is anything to [`settle`].
#[inline]
pub(super) fn is_marked(cx: &Context) -> bool {
    cx.get::<B3>().is_some() || cx.get::<Jaeger>().is_some()
}

/// The context, which has just been given another remote span, without the states of the one before.
///
/// A debug flag stays that came with the same trace, in another format.
pub(super) fn settle(cx: Context) -> Context {
    let of = of(cx.span().span_context());
    let trace = |kept: Of| kept.is_some() && same_trace(kept, of);
    let b3 = cx.get::<B3>().and_then(|kept| kept.0);
    let cx = match b3 {
        None => cx,
        Some((B3State::Debug, kept)) if trace(kept) => cx,
        Some(_) => cx.with_value(B3(None)),
    };
    match jaeger(&cx) {
        Some(debug) if !trace(debug.of) => cx.with_value(Jaeger(None)),
        _ => cx,
    }
}

/// The context without a decision that came without ids, and without any debug flag.
#[cfg(feature = "call")]
pub(crate) fn undecided(cx: Context) -> Context {
    let cx = match cx.get::<B3>() {
        Some(B3(Some(_))) => cx.with_value(B3(None)),
        _ => cx,
    };
    match jaeger(&cx) {
        Some(_) => cx.with_value(Jaeger(None)),
        None => cx,
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{TraceFlags, TraceState};

    use super::*;

    fn span(trace_id: u128, span_id: u64, flags: u8) -> SpanContext {
        let (trace_id, span_id) = (TraceId::from(trace_id), SpanId::from(span_id));
        let flags = TraceFlags::new(flags);
        SpanContext::new(trace_id, span_id, flags, false, TraceState::NONE)
    }

    #[test]
    fn what_a_child_keeps_of_a_b3_state() {
        use B3State::{Accept, Debug, Deferred, Deny};
        #[rustfmt::skip]
        let table = [
            // the state    its own     a sampled child  one dropped     another trace
            (Deferred,      Deferred,   Accept,          Deny,           Accept),
            (Debug,         Debug,      Debug,           Debug,          Accept),
            (Deny,          Deny,       Accept,          Deny,           Accept),
            (Accept,        Accept,     Accept,          Deny,           Accept),
        ];
        for (state, own, sampled, dropped, other) in table {
            let cx = Context::new().with_remote_span_context(span(1, 1, 0));
            let cx = cx.with_b3_state(state);
            let child = |span| cx.with_remote_span_context(span).b3_state();
            assert_eq!(cx.b3_state(), Some(own), "{state:?}");
            assert_eq!(child(span(1, 2, 1)), Some(sampled), "{state:?}");
            assert_eq!(child(span(1, 2, 2)), Some(dropped), "{state:?}");
            assert_eq!(child(span(2, 2, 1)), Some(other), "{state:?}");
        }
    }

    #[test]
    fn a_decision_without_ids_is_for_the_trace_that_starts() {
        let root = |cx: &Context, flags| cx.with_remote_span_context(span(1, 1, flags)).b3_state();
        #[rustfmt::skip]
        let table = [
            // the decision     the root's flags   the root's state
            (B3State::Deny,     0x01,              B3State::Accept),
            (B3State::Accept,   0x00,              B3State::Deny),
            (B3State::Debug,    0x00,              B3State::Debug),
            (B3State::Deferred, 0x01,              B3State::Accept),
        ];
        for (state, flags, want) in table {
            let cx = Context::new().with_b3_state(state);
            assert_eq!(cx.b3_state(), Some(state));
            assert_eq!(root(&cx, flags), Some(want), "{state:?}");
        }
    }

    #[test]
    fn jaeger_debug_belongs_to_its_trace() {
        let cx = Context::new().with_remote_span_context(span(1, 1, 1));
        let debug = cx.with_jaeger_debug(true);
        assert!(!cx.jaeger_debug());
        assert!(debug.jaeger_debug());
        assert!(debug.with_remote_span_context(span(1, 2, 1)).jaeger_debug());
        assert!(!debug.with_remote_span_context(span(2, 2, 1)).jaeger_debug());
        assert!(!debug.with_jaeger_debug(false).jaeger_debug());
    }

    #[test]
    fn another_remote_span_settles_what_holds() {
        let first = Context::new().with_remote_span_context(span(1, 1, 1));
        let (same, other) = (span(1, 1, 0), span(2, 1, 0));
        #[rustfmt::skip]
        let table = [
            // what it shows         before                                   after        b3                  jaeger
            ("debug, same trace",    first.with_b3_state(B3State::Debug),     same.clone(),  B3State::Debug,   false),
            ("deferred, same span",  first.with_b3_state(B3State::Deferred),  same.clone(),  B3State::Deny,    false),
            ("debug, other trace",   first.with_b3_state(B3State::Debug),     other.clone(), B3State::Deny,    false),
            ("debug without ids",    Context::new().with_b3_state(B3State::Debug), same.clone(), B3State::Deny, false),
            ("jaeger, same trace",   first.with_jaeger_debug(true),           same.clone(),  B3State::Deny,    true),
            ("jaeger without ids",   with_jaeger_debug_id(&Context::new(), "x"), same,       B3State::Deny,    false),
            ("nothing",              first.clone(),                           other,         B3State::Deny,    false),
        ];
        for (name, before, after, b3, jaeger) in table {
            let cx = settle(before.with_remote_span_context(after));
            assert_eq!(cx.b3_state(), Some(b3), "{name}");
            assert_eq!(cx.jaeger_debug(), jaeger, "{name}");
            assert_eq!(cx.jaeger_debug_id(), None, "{name}");
        }
    }
}
