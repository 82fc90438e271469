//! A span in its place.

use std::{fmt, ops::Deref, time::Duration};

use super::{Span, Trace, path};

/// A span in its [`Trace`]; dereferences to the [`Span`].
///
/// ```
/// # use std::time::{Duration, SystemTime};
/// # use opentelemetry::trace::{SpanId, TraceId};
/// # use traceprop_core::tree::{Position, Span, Trace};
/// # let at = |ms| SystemTime::UNIX_EPOCH + Duration::from_millis(ms);
/// # let request = Span::new(TraceId::from(1), SpanId::from(1), "orders", "GET", at(0), at(100));
/// # let mut query = Span::new(TraceId::from(1), SpanId::from(2), "orders", "db.query", at(10), at(90));
/// # query.parent_span_id = Some(SpanId::from(1));
/// let trace = Trace::build(vec![request, query]);
/// let root = trace.roots().next().expect("a root");
/// assert_eq!(root.position(), Position::Root);
/// assert_eq!(root.self_time(), Duration::from_millis(20));
/// let child = root.children().next().expect("a child");
/// assert_eq!(child.name, "db.query");
/// assert_eq!(child.parent().map(|parent| parent.span_id), Some(root.span_id));
/// ```
#[derive(Clone, Copy)]
pub struct Node<'a> {
    pub(super) trace: &'a Trace,
    /// Always within the trace's spans.
    pub(super) index: usize,
}

/// How a span hangs in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Position {
    /// It has no parent.
    Root,
    /// Its parent is in the tree.
    Child,
    /// It names a parent that is not among the trace's spans.
    Orphan,
    /// It was its own ancestor; of that cycle, it is the span that started first, and was cut loose.
    Cycle,
}

impl<'a> Node<'a> {
    /// The span, for as long as the trace lives.
    #[must_use]
    pub fn span(&self) -> &'a Span {
        &self.trace.spans[self.index]
    }

    /// How it hangs in the tree.
    #[must_use]
    pub fn position(&self) -> Position {
        self.trace.places[self.index].position
    }

    /// Its parent, if that is in the tree.
    #[must_use]
    pub fn parent(&self) -> Option<Node<'a>> {
        let parent = self.trace.places[self.index].parent?;
        Some(Node {
            trace: self.trace,
            index: parent,
        })
    }

    /// Its children, by start and then by name.
    #[must_use]
    pub fn children(&self) -> impl ExactSizeIterator<Item = Node<'a>> + use<'a> {
        let trace = self.trace;
        trace.places[self.index]
            .children
            .iter()
            .map(move |&index| Node { trace, index })
    }

    /// The time in which none of its children ran; they may overlap, and what they do beyond its
    /// ends is not subtracted.
    #[must_use]
    pub fn self_time(&self) -> Duration {
        let mut own = self.duration();
        let mut covered = self.start;
        // Children come by start, so that one pass sees every overlap.
        for child in self.children() {
            let from = child.start.max(covered);
            let to = child.end.min(self.end);
            own = own.saturating_sub(to.duration_since(from).unwrap_or_default());
            covered = covered.max(to);
        }
        own
    }

    /// Its own time on the trace's [critical path](super#the-critical-path).
    #[must_use]
    pub fn critical_time(&self) -> Duration {
        Duration::from_nanos(self.trace.path.critical[self.index])
    }

    /// How long the critical path stood still before it started, after all that it waited for had
    /// ended: the time that a message lay in its queue, for example.
    #[must_use]
    pub fn waited(&self) -> Duration {
        Duration::from_nanos(self.trace.path.waited[self.index])
    }

    /// When it started and ended, counted from the trace's start; what lies before that is cut off.
    #[must_use]
    pub fn extent(&self) -> (Duration, Duration) {
        let since = |time| Duration::from_nanos(path::nanos(self.trace.start(), time));
        let start = since(self.start);
        (start, since(self.end).max(start))
    }
}

impl Deref for Node<'_> {
    type Target = Span;

    fn deref(&self) -> &Span {
        self.span()
    }
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node")
            .field("position", &self.position())
            .field("span", self.span())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::fixture::span;

    #[test]
    fn self_time_subtracts_the_union_of_the_children() {
        #[rustfmt::skip]
        let table = [
            // what it shows           children              own
            ("none",                   [(0, 0), (0, 0)],     100),
            ("one after the other",    [(10, 30), (40, 60)], 60),
            ("overlapping",            [(10, 50), (30, 60)], 50),
            ("one inside the other",   [(10, 90), (20, 30)], 20),
            ("outlives its parent",    [(80, 500), (90, 95)], 80),
            ("starts after its end",   [(150, 500), (0, 0)], 100),
            ("ends before it starts",  [(50, 20), (60, 0)],  100),
        ];
        for (name, [(start, end), (start2, end2)], own) in table {
            let spans = vec![
                span(1, 0, "parent", 0, 100),
                span(2, 1, "child", start, end),
                span(3, 1, "child", start2, end2),
            ];
            let trace = Trace::build(spans);
            let parent = trace.roots().next().unwrap();
            assert_eq!(parent.self_time(), Duration::from_millis(own), "{name}");
        }
    }
}
