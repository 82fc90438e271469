//! What a service does with the trace of a caller that it does not trust.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceFlags, TraceState};

use crate::propagation::{ContextExt, undecided};

/// What becomes of the trace context that a caller sends: a setting of every server and consumer.
///
/// Anyone may send a `traceparent`. From a stranger it can join the traces of others, have every
/// request recorded, and bring baggage that later services act on. [W3C Trace Context] §4.5 allows to
/// restart the trace where a request enters.
///
/// ```
/// use traceprop_core::call::{Edge, Options, Scope};
///
/// let public = Options::new("my-adapter", Scope::Linked).edge(Edge::NewTrace);
/// let partner = Options::new("my-adapter", Scope::Linked)
///     .edge(Edge::Capped { sampled_per_second: 10 });
/// # let _ = (public, partner);
/// ```
///
/// [W3C Trace Context]: https://www.w3.org/TR/trace-context-2/
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Edge {
    /// The caller's span is the parent, and its baggage and sampling decision hold.
    #[default]
    Trusted,
    /// A new trace starts. Its first span links the caller's; the caller's tracestate, baggage,
    /// sampling decision and debug flags are dropped, and so is whatever else was read.
    NewTrace,
    /// The caller's trace goes on, but no more than so many times a second is it heard that asks for
    /// the trace to be sampled; up to a second's worth may come at once. The cap is the adapter's:
    /// its clones share it.
    ///
    /// Beyond it the sampled flag and any debug flag are cleared, and `th` is taken out of the
    /// tracestate's `ot` member, whose promise no longer holds. A decision that came without a trace
    /// is dropped. Tracestate and baggage are kept otherwise.
    Capped {
        /// Sampled traces a second. 0 hears nobody.
        sampled_per_second: u32,
    },
}

impl Edge {
    /// The span that a caller came with, if `extracted` came from an adapter's extraction: the remote
    /// parent, or, behind [`Edge::NewTrace`], the span to link. Invalid if there is none.
    ///
    /// A call whose parent is `extracted` has the link by itself.
    ///
    /// ```
    /// use opentelemetry::Context;
    /// use traceprop_core::call::Edge;
    ///
    /// assert!(!Edge::caller(&Context::new()).is_valid());
    /// ```
    #[must_use]
    pub fn caller(extracted: &Context) -> SpanContext {
        link(extracted).unwrap_or_else(|| extracted.span().span_context().clone())
    }
}

/// The caller's span, in a context in which a new trace is to start.
struct Caller(SpanContext);

/// The span that the first span in this context links.
pub(super) fn link(cx: &Context) -> Option<SpanContext> {
    let Caller(caller) = cx.get()?;
    // The value survives into the contexts of the trace's spans, which have no part in it.
    (!cx.span().span_context().is_valid()).then(|| caller.clone())
}

/// An edge that is set, with what it has to remember.
#[derive(Debug)]
pub(super) struct Gate {
    edge: Edge,
    cap: Cap,
}

impl Gate {
    pub(super) fn new(edge: Edge) -> Self {
        let per_second = match edge {
            Edge::Capped { sampled_per_second } => sampled_per_second,
            _ => 0,
        };
        let cap = Cap::new(per_second);
        Self { edge, cap }
    }

    /// What of an extracted context goes on.
    pub(super) fn admit(&self, extracted: Context) -> Context {
        match self.edge {
            Edge::Trusted => extracted,
            Edge::NewTrace => new_trace(&extracted),
            Edge::Capped { .. } if !asks(&extracted) || self.cap.allows() => extracted,
            Edge::Capped { .. } => unheard(extracted),
        }
    }
}

/// A new trace, which links the caller's.
pub(super) fn new_trace(extracted: &Context) -> Context {
    let span = extracted.span();
    let span_context = span.span_context();
    if !span_context.is_valid() {
        return Context::new();
    }
    let flags = span_context.trace_flags();
    Context::new().with_value(Caller(with(span_context, flags, TraceState::NONE)))
}

/// Whether a caller wants its trace to be sampled.
fn asks(cx: &Context) -> bool {
    cx.span().span_context().is_sampled()
        || cx.jaeger_debug()
        || cx.b3_state().and_then(|state| state.sampled()) == Some(true)
}

fn unheard(extracted: Context) -> Context {
    let cx = undecided(extracted);
    let span = cx.span();
    let span_context = span.span_context();
    if !span_context.is_valid() {
        return cx;
    }
    let flags = span_context.trace_flags().with_sampled(false);
    let state = without_threshold(span_context.trace_state());
    cx.with_remote_span_context(with(span_context, flags, state))
}

fn with(from: &SpanContext, flags: TraceFlags, state: TraceState) -> SpanContext {
    SpanContext::new(from.trace_id(), from.span_id(), flags, true, state)
}

/// The state without the sampling threshold, which speaks of a trace that is sampled.
fn without_threshold(state: &TraceState) -> TraceState {
    const VENDOR: &str = "ot";
    let Some(value) = state.get(VENDOR) else {
        return state.clone();
    };
    let others: Vec<_> = value
        .split(';')
        .filter(|part| !part.starts_with("th:"))
        .collect();
    let changed = match others.join(";") {
        none if none.is_empty() => state.delete(VENDOR),
        same if same == value => return state.clone(),
        rest => state.insert(VENDOR, rest),
    };
    // Both are legal changes to a legal state; without one, the state says too much.
    changed.unwrap_or_default()
}

/// So many times a second, and a second's worth at once: the generic cell rate algorithm.
#[derive(Debug)]
struct Cap {
    /// Nanoseconds that each time takes; none if it is never allowed.
    interval: Option<u64>,
    since: Instant,
    /// When, after `since`, all that was allowed will have taken its time. In nanoseconds.
    taken: AtomicU64,
}

const SECOND: u64 = 1_000_000_000;

impl Cap {
    fn new(per_second: u32) -> Self {
        Self {
            interval: SECOND.checked_div(per_second.into()),
            since: Instant::now(),
            taken: AtomicU64::new(0),
        }
    }

    fn allows(&self) -> bool {
        // Five centuries fit.
        self.allows_at(u64::try_from(self.since.elapsed().as_nanos()).unwrap_or(u64::MAX))
    }

    fn allows_at(&self, now: u64) -> bool {
        let Some(interval) = self.interval else {
            return false;
        };
        let take = |taken: u64| {
            let taken = taken.max(now).saturating_add(interval);
            (taken <= now.saturating_add(SECOND)).then_some(taken)
        };
        // Beyond the cap this is one load.
        self.taken
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
            .is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cap_allows_a_second_s_worth_at_once_and_then_its_rate() {
        #[rustfmt::skip]
        let table = [
            // a second  at once  a second later, in 1000 steps
            (0,          0,       0),
            (1,          1,       1),
            (10,         10,      10),
            (1000,       1000,    1000),
        ];
        for (per_second, at_once, later) in table {
            let cap = Cap::new(per_second);
            let allowed = |times: &mut dyn Iterator<Item = u64>| {
                times.filter(|now| cap.allows_at(*now)).count()
            };
            assert_eq!(
                allowed(&mut std::iter::repeat_n(0, 5000)),
                at_once,
                "{per_second}"
            );
            let mut steps = (1..=1000).map(|step| step * SECOND / 1000);
            assert_eq!(allowed(&mut steps), later, "{per_second}");
        }
    }

    #[test]
    fn a_long_rest_allows_no_more_at_once() {
        let cap = Cap::new(5);
        let hour = 3600 * SECOND;
        assert_eq!((0..100).filter(|_| cap.allows_at(hour)).count(), 5);
        assert!(cap.allows_at(u64::MAX));
    }

    #[test]
    fn the_threshold_alone_is_taken_out() {
        #[rustfmt::skip]
        let table = [
            // what it shows       state                            left
            ("no member",          "a=1",                           "a=1"),
            ("no threshold",       "a=1,ot=rv:6e6d1a75832a2f",      "a=1,ot=rv:6e6d1a75832a2f"),
            ("threshold alone",    "ot=th:c,a=1",                   "a=1"),
            ("beside others",      "a=1,ot=rv:1;th:c;x:2",          "ot=rv:1;x:2,a=1"),
            ("a longer key stays", "ot=thx:1",                      "ot=thx:1"),
        ];
        for (name, state, want) in table {
            let state: TraceState = state.parse().unwrap();
            assert_eq!(without_threshold(&state).header(), want, "{name}");
        }
    }
}
