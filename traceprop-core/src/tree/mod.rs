//! A finished trace as a tree: who called whom, and where the time went.
//!
//! One model for everyone who looks at finished spans: an exporter inside the process
//! ([`Span::from_span_data`]), a program that receives OTLP and fills in [`Span`] itself, and tests.
//! [`group`] sorts a heap of spans into traces, [`Trace::build`] makes one of them a tree.
//!
//! Spans come from other processes and may be wrong in every way: a parent that never arrived, an id
//! used twice, a span that is its own ancestor, an end before the start, clocks that disagree. None
//! of these panics, loops or loses a span; each can be asked for ([`Position`],
//! [`Trace::duplicates`]).
//!
//! ```
//! use std::time::{Duration, SystemTime};
//! use opentelemetry::trace::{SpanId, TraceId};
//! use traceprop_core::tree::{self, Span};
//!
//! let at = |ms| SystemTime::UNIX_EPOCH + Duration::from_millis(ms);
//! let trace_id = TraceId::from(7);
//! let request = Span::new(trace_id, SpanId::from(1), "orders", "GET /orders/{id}", at(0), at(100));
//! let mut query = Span::new(trace_id, SpanId::from(2), "orders", "db.query", at(10), at(90));
//! query.parent_span_id = Some(SpanId::from(1));
//!
//! let traces = tree::group(vec![query, request]);
//! let slow = traces[0].bottleneck().expect("one span takes most of the time");
//! assert_eq!((&*slow.node.name, slow.percent()), ("db.query", 80));
//! ```
//!
//! # The critical path
//!
//! The critical path assigns each instant of the trace to the one span that the trace's end was
//! waiting for, going back in time from the latest end of any span. The rules:
//!
//! * The whole is the trace's extent: from its root's start to the latest end, whichever span that
//!   is. Work that goes on after the root has ended, behind a message queue for example, counts.
//! * Within a span, the path goes through the child that ended last, from there to the child that
//!   ended last before that one started, and so on; what is left between them is the span's own.
//!   Children that overlap are cut where the later one starts.
//! * A child is *deferred* when nobody waits for it: it is a consumer's span, or the child of a
//!   producer's, or it starts when its parent has already ended. The path goes through a deferred
//!   child only where it ends after everything that its parent waited for.
//! * Any other child that outlives its parent was waited for by whoever waited for the parent: a
//!   client's span may end with the headers while the server still sends the body.
//! * The time between the end of a span and the start of its deferred child belongs to neither; it
//!   is what the child has [waited](Node::waited), in a queue most likely.
//! * Negative durations count as none, and a child that starts before its parent (the clocks of two
//!   machines) is cut at the parent's start.
//! * Spans whose parent is missing count as children of the only root, where there is exactly one.
//!
//! Critical times and waits always add up to [`Trace::duration`].

mod build;
mod node;
mod path;
mod printable;
pub(crate) mod rows;
mod sdk;
mod span;
mod trace;

use std::collections::HashMap;

pub use self::{
    node::{Node, Position},
    span::Span,
    trace::{Bottleneck, Trace},
};
pub(crate) use self::{
    printable::{Charset, printable},
    sdk::{is_ignored, service_name},
};

/// Sorts spans into traces by trace id; the traces are ordered by the start of their first span.
///
/// See the [module](self) for an example.
#[must_use]
pub fn group(spans: Vec<Span>) -> Vec<Trace> {
    let mut by_id: HashMap<_, Vec<Span>> = HashMap::new();
    for span in spans {
        by_id.entry(span.trace_id).or_default().push(span);
    }
    let mut traces: Vec<Trace> = by_id.into_values().map(Trace::build).collect();
    traces.sort_by_cached_key(|trace| {
        (
            trace.spans().first().map(|span| span.start),
            trace.trace_id().to_bytes(),
        )
    });
    traces
}

#[cfg(test)]
pub(crate) mod fixture {
    //! Spans for tests, with milliseconds for times.

    use super::*;
    use opentelemetry::trace::{SpanId, SpanKind, TraceId};
    use std::time::{Duration, SystemTime};

    pub(crate) fn at(ms: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(1_000_000 + ms)
    }

    /// A span named `name` of the service `orders`; the parent 0 stands for none.
    pub(crate) fn span(id: u64, parent: u64, name: &'static str, start: u64, end: u64) -> Span {
        let mut span = Span::new(
            TraceId::from(1),
            SpanId::from(id),
            "orders",
            name,
            at(start),
            at(end),
        );
        span.parent_span_id = (parent != 0).then(|| SpanId::from(parent));
        span
    }

    pub(crate) fn of_service(mut span: Span, service: &str, kind: SpanKind) -> Span {
        span.service = service.into();
        span.kind = kind;
        span
    }
}

#[cfg(test)]
mod tests {
    use super::{fixture::span, *};
    use opentelemetry::trace::TraceId;

    #[test]
    fn groups_by_trace_id_in_order_of_start() {
        let mut late = span(1, 0, "late", 50, 60);
        late.trace_id = TraceId::from(2);
        let traces = group(vec![late, span(2, 1, "b", 5, 6), span(1, 0, "a", 0, 10)]);
        let ids: Vec<_> = traces
            .iter()
            .map(|t| (t.trace_id(), t.spans().len()))
            .collect();
        assert_eq!(ids, [(TraceId::from(1), 2), (TraceId::from(2), 1)]);
        assert!(group(Vec::new()).is_empty());
    }
}
