//! Keeps the `tracestate` members that OpenTelemetry's `TraceState` refuses.
//!
//! Level 2 of the specification allows keys that `TraceState` does not: `a@b@c`, or a vendor of more
//! than 13 bytes. They belong to someone else, and a participant must hand them on. So such a header
//! goes into the [`Context`] whole, beside the span context with the members that it can hold:
//! values of a context survive into the contexts of child spans, and in them the header is written
//! again, with what samplers have changed meanwhile in front.

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};

use super::context_ext::{is_marked, settle};
use super::trace_state::Members;

/// What a format reads of a span context.
pub(super) type Parent = (TraceId, SpanId, TraceFlags);

/// A list with members that `TraceState` refuses.
pub(super) struct Refused {
    /// The trace that the header came with. Another trace in the same context must not get it.
    trace_id: TraceId,
    /// What of the header the span context was given.
    taken: TraceState,
    header: String,
}

/// The value in the context. `None` takes back what an earlier extraction has put there.
struct Kept(Option<Refused>);

/// Parts a list in what a span context can hold and, if that is not all, the whole.
pub(super) fn split(members: &Members<'_>, trace_id: TraceId) -> (TraceState, Option<Refused>) {
    if let Ok(all) = TraceState::from_key_value(members.iter()) {
        return (all, None);
    }
    // Asked member by member, so that its rules are not written down here a second time.
    let takes = |member: &(_, _)| TraceState::from_key_value([*member]).is_ok();
    let taken = TraceState::from_key_value(members.iter().filter(takes)).unwrap_or_default();
    let refused = members.header().map(|header| Refused {
        trace_id,
        taken: taken.clone(),
        header,
    });
    (taken, refused)
}

/// The context with the span context that a format has read, and what came with it; without what an
/// earlier extraction has left of another one.
#[inline]
pub(super) fn with_parent(
    cx: &Context,
    (trace_id, span_id, flags): Parent,
    state: TraceState,
    refused: Option<Refused>,
) -> Context {
    let parent = SpanContext::new(trace_id, span_id, flags, true, state);
    let with_parent = cx.with_remote_span_context(parent);
    // Nearly always there is nothing else, and the context need not be moved again.
    if refused.is_none() && with_parent.get::<Kept>().is_none() && !is_marked(&with_parent) {
        return with_parent;
    }
    settle(keep(with_parent, refused))
}

/// The context with the refused members in it, and without those of an earlier extraction.
fn keep(cx: Context, refused: Option<Refused>) -> Context {
    if refused.is_none() && cx.get::<Kept>().is_none() {
        return cx;
    }
    cx.with_value(Kept(refused))
}

/// The `tracestate` to write for `span_context`, which is the one in `cx`; `None` for an empty list.
pub(super) fn header(cx: &Context, span_context: &SpanContext) -> Option<String> {
    let state = span_context.trace_state();
    let refused = cx
        .get::<Kept>()
        .and_then(|kept| kept.0.as_ref())
        .filter(|refused| refused.trace_id == span_context.trace_id());
    match refused {
        // Most states are empty: no list is set up for them.
        None if state.into_iter().len() == 0 => None,
        None => members(state).header(),
        Some(refused) if refused.taken == *state => Some(refused.header.clone()),
        Some(refused) => merge(refused, state).header(),
    }
}

/// A program may have put members into a state that are not legal on the wire: they are left out.
fn members(state: &TraceState) -> Members<'_> {
    let mut members = Members::new();
    for (key, value) in state {
        members.push(key, value);
    }
    members
}

/// What is new or changed comes first, then the header's order, without what was deleted.
fn merge<'a>(refused: &'a Refused, state: &'a TraceState) -> Members<'a> {
    let taken = &refused.taken;
    let mut merged = Members::new();
    for (key, value) in state {
        if taken.get(key) != Some(value) {
            merged.push(key, value);
        }
    }
    let mut before = Members::new();
    // It was written by a list of this kind.
    let _ = before.read([refused.header.as_str()]);
    for (key, value) in before.iter() {
        if taken.get(key).is_none() || state.get(key) == Some(value) {
            merged.push(key, value);
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{SpanId, TraceContextExt, TraceFlags};

    use super::*;

    const TRACE: u128 = 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736;

    fn span(trace_id: u128, state: TraceState) -> SpanContext {
        let (trace_id, span_id) = (TraceId::from(trace_id), SpanId::from(7));
        SpanContext::new(trace_id, span_id, TraceFlags::SAMPLED, false, state)
    }

    /// A context as extraction leaves it, and the state that its span context was given.
    fn extracted(cx: &Context, list: &str) -> (Context, TraceState) {
        let mut members = Members::new();
        members.read([list]).unwrap();
        let (state, refused) = split(&members, TraceId::from(TRACE));
        let cx = cx.with_remote_span_context(span(TRACE, state.clone()));
        (keep(cx, refused), state)
    }

    #[test]
    fn members_survive_a_child_and_a_sampler() {
        let (cx, state) = extracted(&Context::new(), "a@@=1,b=2,c@d@e=3,f=4");
        assert_eq!(state.header(), "b=2,f=4");
        #[rustfmt::skip]
        let table = [
            // what it shows    the child's state                           written
            ("unchanged",       state.clone(),                              "a@@=1,b=2,c@d@e=3,f=4"),
            ("new",             state.insert("ot", "th:8").unwrap(),        "ot=th:8,a@@=1,b=2,c@d@e=3,f=4"),
            ("changed",         state.insert("f", "5").unwrap(),            "f=5,a@@=1,b=2,c@d@e=3"),
            ("deleted",         state.delete("b").unwrap(),                 "a@@=1,c@d@e=3,f=4"),
            ("all deleted",     TraceState::NONE,                           "a@@=1,c@d@e=3"),
        ];
        for (name, state, want) in table {
            let child = cx.with_remote_span_context(span(TRACE, state));
            let got = header(&child, child.span().span_context());
            assert_eq!(got.as_deref(), Some(want), "{name}");
        }
    }

    #[test]
    fn another_trace_does_not_get_them() {
        let (cx, _) = extracted(&Context::new(), "a@@=1");
        let root = cx.with_remote_span_context(span(1, TraceState::NONE));
        assert_eq!(header(&root, root.span().span_context()), None);
    }

    #[test]
    fn a_later_extraction_replaces_them() {
        let (cx, _) = extracted(&Context::new(), "a@@=1");
        let (cx, _) = extracted(&cx, "b=2");
        assert_eq!(
            header(&cx, cx.span().span_context()).as_deref(),
            Some("b=2")
        );
        let (cx, _) = extracted(&cx, "");
        assert_eq!(header(&cx, cx.span().span_context()), None);
    }

    #[test]
    fn the_33rd_member_pushes_out_the_rightmost() {
        let list: Vec<_> = (0..32).map(|n| format!("k{n}@@={n}")).collect();
        let (cx, state) = extracted(&Context::new(), &list.join(","));
        let state = state.insert("ot", "th:8").unwrap();
        let child = cx.with_remote_span_context(span(TRACE, state));
        let got = header(&child, child.span().span_context()).unwrap();
        assert_eq!(got, format!("ot=th:8,{}", list[..31].join(",")));
    }

    #[test]
    fn what_is_not_legal_on_the_wire_is_not_written() {
        let state =
            TraceState::from_key_value([("a", "x\r\ny"), ("b", ""), ("c", "é"), ("d", "1")]);
        let span_context = span(TRACE, state.unwrap());
        assert_eq!(
            header(&Context::new(), &span_context).as_deref(),
            Some("d=1")
        );
    }
}
