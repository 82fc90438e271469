//! One trace as a tree.

use std::time::{Duration, SystemTime};

use opentelemetry::trace::TraceId;

use super::{
    Node, Position, Span,
    build::{self, Place},
    path::{self, Path},
};

/// The finished spans of one trace, as a tree.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use opentelemetry::trace::{SpanId, TraceId};
/// use traceprop_core::tree::{Span, Trace};
///
/// let start = SystemTime::now();
/// let end = start + Duration::from_millis(5);
/// let trace = Trace::build(vec![
///     Span::new(TraceId::from(1), SpanId::from(1), "orders", "GET /orders/{id}", start, end),
/// ]);
/// assert_eq!(trace.roots().count(), 1);
/// assert_eq!(trace.duration(), Duration::from_millis(5));
/// ```
#[derive(Clone, Debug)]
pub struct Trace {
    pub(super) trace_id: TraceId,
    pub(super) spans: Vec<Span>,
    pub(super) places: Vec<Place>,
    pub(super) path: Path,
    start: SystemTime,
    duplicates: Vec<Span>,
    foreign: Vec<Span>,
}

/// The span that a trace spent most of its time in.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Bottleneck<'a> {
    /// The span.
    pub node: Node<'a>,
    /// Its share of the trace's duration, from 0 to 1.
    pub share: f64,
}

impl Bottleneck<'_> {
    /// The share in whole percent, from 0 to 100, rounded down.
    #[must_use]
    // A share is within 0 and 1, so that neither sign nor size is lost.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub fn percent(&self) -> u8 {
        // A product such as 0.29 * 100 falls just short of the whole number meant.
        (self.share * 100.0 + 1e-9) as u8
    }
}

impl Trace {
    /// The least share of the whole that makes a span the bottleneck: 30 percent.
    pub const BOTTLENECK: f64 = 0.3;

    /// Builds the tree of one trace, that of the first span; spans of other traces are put aside
    /// ([`foreign`](Self::foreign)).
    ///
    /// The order of the spans does not matter otherwise. The empty list gives an empty trace of the
    /// invalid trace id.
    #[must_use]
    pub fn build(spans: Vec<Span>) -> Self {
        let trace_id = spans.first().map_or(TraceId::INVALID, |span| span.trace_id);
        let (own, foreign) = spans
            .into_iter()
            .partition(|span| span.trace_id == trace_id);
        let (spans, duplicates) = build::sort(own);
        let places = build::link(&spans);
        let start = path::start(&spans, &places);
        let path = path::find(start, &spans, &places);
        Self {
            trace_id,
            spans,
            places,
            path,
            start,
            duplicates,
            foreign,
        }
    }

    /// The trace's id.
    #[must_use]
    pub fn trace_id(&self) -> TraceId {
        self.trace_id
    }

    /// Its spans, each id once, by start and then by name.
    #[must_use]
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// Spans with an id that an earlier span has; they are not in the tree.
    #[must_use]
    pub fn duplicates(&self) -> &[Span] {
        &self.duplicates
    }

    /// Spans with another trace id; they are not in the tree.
    #[must_use]
    pub fn foreign(&self) -> &[Span] {
        &self.foreign
    }

    /// All spans in the order of display: parents before children, siblings by start and then name.
    pub fn nodes(&self) -> impl Iterator<Item = Node<'_>> {
        let mut stack: Vec<usize> = self.tops().map(|node| node.index).collect();
        stack.reverse();
        std::iter::from_fn(move || {
            let index = stack.pop()?;
            stack.extend(self.places[index].children.iter().rev());
            Some(Node { trace: self, index })
        })
    }

    /// The spans that have no parent in the tree, whatever the reason, by start and then by name.
    pub fn tops(&self) -> impl Iterator<Item = Node<'_>> {
        self.at(|position| position != Position::Child)
    }

    /// The spans without a parent.
    pub fn roots(&self) -> impl Iterator<Item = Node<'_>> {
        self.at(|position| position == Position::Root)
    }

    /// The spans whose parent is not among the spans: it is in a process that we see nothing of, was
    /// not sampled, was lost, or has not arrived yet.
    pub fn orphans(&self) -> impl Iterator<Item = Node<'_>> {
        self.at(|position| position == Position::Orphan)
    }

    /// The spans that were their own ancestors, one of each cycle.
    pub fn cycles(&self) -> impl Iterator<Item = Node<'_>> {
        self.at(|position| position == Position::Cycle)
    }

    fn at(&self, wanted: impl Fn(Position) -> bool) -> impl Iterator<Item = Node<'_>> {
        (0..self.spans.len())
            .map(|index| Node { trace: self, index })
            .filter(move |node| wanted(node.position()))
    }

    /// When the trace starts: with its only root; else with its only top; else with its first span.
    /// The Unix epoch for an empty trace.
    #[must_use]
    pub fn start(&self) -> SystemTime {
        self.start
    }

    /// How long the trace took, from its [start](Self::start) to the latest end of any span.
    #[must_use]
    pub fn duration(&self) -> Duration {
        Duration::from_nanos(self.path.total)
    }

    /// The span with the greatest time on the critical path, if that is at least
    /// [30 percent](Self::BOTTLENECK) of the whole. See [the rules](super#the-critical-path).
    #[must_use]
    pub fn bottleneck(&self) -> Option<Bottleneck<'_>> {
        self.greatest(&self.path.critical)
    }

    /// The span that the trace waited for longest before it [started](Node::waited), if that is at
    /// least 30 percent of the whole: messages that wait in a queue are not the work of any span.
    #[must_use]
    pub fn longest_wait(&self) -> Option<Bottleneck<'_>> {
        self.greatest(&self.path.waited)
    }

    // Durations of a trace are far below the 2^53 ns that a double holds exactly; beyond, the last
    // digits of a percentage do not matter.
    #[allow(clippy::cast_precision_loss)]
    fn greatest(&self, times: &[u64]) -> Option<Bottleneck<'_>> {
        let mut best: Option<(usize, u64)> = None;
        for (index, &time) in times.iter().enumerate() {
            // Of equals, the one that started first.
            if best.is_none_or(|(_, most)| time > most) {
                best = Some((index, time));
            }
        }
        let (index, time) = best.filter(|&(_, time)| time > 0)?;
        let share = time as f64 / self.path.total as f64;
        (share >= Self::BOTTLENECK).then_some(Bottleneck {
            node: Node { trace: self, index },
            share,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::fixture::span;
    use opentelemetry::trace::SpanId;

    fn names<'a>(nodes: impl Iterator<Item = Node<'a>>) -> Vec<&'a str> {
        nodes.map(|node| &*node.span().name).collect()
    }

    #[test]
    fn the_order_of_arrival_changes_nothing() {
        let spans = [
            span(1, 0, "root", 0, 9),
            span(2, 1, "b", 1, 2),
            span(3, 1, "a", 1, 2),
            span(4, 3, "leaf", 1, 2),
            span(5, 1, "first", 0, 1),
            span(6, 66, "orphan", 3, 4),
        ];
        let want = ["root", "first", "a", "leaf", "b", "orphan"];
        for turn in 0..spans.len() {
            let mut spans = spans.to_vec();
            spans.rotate_left(turn);
            let trace = Trace::build(spans);
            assert_eq!(names(trace.nodes()), want);
            assert_eq!(names(trace.roots()), ["root"]);
            assert_eq!(names(trace.orphans()), ["orphan"]);
            assert_eq!(names(trace.tops()), ["root", "orphan"]);
        }
    }

    #[test]
    fn of_spans_with_one_id_the_first_is_in_the_tree() {
        let trace = Trace::build(vec![
            span(2, 1, "again", 5, 6),
            span(1, 0, "root", 0, 9),
            span(2, 1, "child", 1, 2),
            span(2, 1, "child", 1, 2),
        ]);
        assert_eq!(names(trace.nodes()), ["root", "child"]);
        let duplicates: Vec<_> = trace.duplicates().iter().map(|span| &*span.name).collect();
        assert_eq!(duplicates, ["child", "again"]);
    }

    #[test]
    fn cycles_are_cut_at_their_first_span() {
        #[rustfmt::skip]
        let table = [
            // what it shows          id, parent                            cut at      spans
            ("its own parent",        vec![(1, 1)],                         vec!["1"],      1),
            ("two",                   vec![(1, 2), (2, 1)],                 vec!["1"],      2),
            ("three, and a tail",     vec![(4, 3), (1, 3), (2, 1), (3, 2)], vec!["1"],      4),
            ("a tail that comes first", vec![(1, 2), (2, 3), (3, 2)],       vec!["2"],      3),
            ("two cycles and a root", vec![(1, 2), (2, 1), (3, 4), (4, 3), (5, 0)], vec!["1", "3"], 5),
        ];
        let digits = ["0", "1", "2", "3", "4", "5"];
        for (name, spans, cut, count) in table {
            let spans = spans
                .into_iter()
                .map(|(id, parent)| span(id, parent, digits[usize::try_from(id).unwrap()], id, 9));
            let trace = Trace::build(spans.collect());
            assert_eq!(names(trace.cycles()), cut, "{name}");
            assert_eq!(trace.nodes().count(), count, "{name}");
        }
    }

    #[test]
    fn spans_of_other_traces_are_put_aside() {
        let mut stray = span(2, 1, "stray", 1, 2);
        stray.trace_id = TraceId::from(2);
        let trace = Trace::build(vec![span(1, 0, "root", 0, 9), stray]);
        assert_eq!((trace.spans().len(), trace.foreign().len()), (1, 1));
        assert_eq!(trace.trace_id(), TraceId::from(1));
    }

    #[test]
    fn the_empty_trace() {
        let trace = Trace::build(Vec::new());
        assert_eq!(trace.trace_id(), TraceId::INVALID);
        assert_eq!(
            (trace.nodes().count(), trace.duration()),
            (0, Duration::ZERO)
        );
        assert!(trace.bottleneck().is_none() && trace.longest_wait().is_none());
        assert_eq!(trace.start(), SystemTime::UNIX_EPOCH);
    }

    #[test]
    fn a_parent_of_one_trace_is_none_in_another() {
        let mut other = span(2, 1, "child", 1, 2);
        other.trace_id = TraceId::from(2);
        let traces = crate::tree::group(vec![span(1, 0, "root", 0, 9), other]);
        let orphan = traces[1].orphans().next().unwrap();
        assert_eq!(orphan.parent_span_id, Some(SpanId::from(1)));
        assert!(orphan.parent().is_none());
    }
}
