//! Traces of this process that have not ended yet, in bounded memory.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use opentelemetry::trace::TraceId;

use crate::tree::Span;

/// The bounds of what waits in memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) traces: usize,
    pub(super) spans: usize,
    pub(super) linger: Duration,
}

/// The spans of a trace, as far as they have ended in this process.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) spans: Vec<Span>,
    /// Spans that were beyond the limit.
    pub(super) left_out: usize,
    /// Spans that have started and not ended.
    pub(super) open: usize,
}

#[derive(Debug)]
struct Entry {
    block: Block,
    /// Counts up; the oldest trace has the least.
    age: u64,
    /// When to show the trace although spans are open: some time after its local root has ended.
    due: Option<Instant>,
}

/// Collects spans until no span of their trace is open.
#[derive(Debug)]
pub(super) struct Pending {
    limits: Limits,
    traces: HashMap<TraceId, Entry>,
    ages: u64,
    /// When the first trace is due; nothing is searched before.
    due: Option<Instant>,
    dropped: u64,
}

impl Pending {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            traces: HashMap::new(),
            ages: 0,
            due: None,
            dropped: 0,
        }
    }

    /// Traces that were given up for newer ones.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    pub(super) fn start(&mut self, trace_id: TraceId) {
        if let Some(entry) = self.traces.get_mut(&trace_id) {
            entry.block.open += 1;
            return;
        }
        if self.traces.len() >= self.limits.traces {
            self.drop_oldest();
        }
        self.ages += 1;
        let block = Block {
            spans: Vec::new(),
            left_out: 0,
            open: 1,
        };
        self.traces.insert(
            trace_id,
            Entry {
                block,
                age: self.ages,
                due: None,
            },
        );
    }

    /// Takes back a span that was started; gives its trace if other spans of it have ended, and none is
    /// open.
    pub(super) fn forget(&mut self, trace_id: TraceId) -> Option<Block> {
        let entry = self.traces.get_mut(&trace_id)?;
        entry.block.open = entry.block.open.saturating_sub(1);
        if entry.block.open > 0 {
            return None;
        }
        let block = entry.take();
        self.traces.remove(&trace_id);
        (!block.spans.is_empty()).then_some(block)
    }

    /// Takes a span that has ended, and returns the traces that are ready to be shown: its own, if no
    /// other span of it is open, and those that have lingered for too long.
    pub(super) fn end(&mut self, span: Span, now: Instant) -> Vec<Block> {
        let trace_id = span.trace_id;
        // Without an entry, the trace has been dropped while the span was open.
        if let Some(entry) = self.traces.get_mut(&trace_id) {
            entry.block.open = entry.block.open.saturating_sub(1);
            if is_local_root(&span) && entry.due.is_none() {
                entry.due = now.checked_add(self.limits.linger);
                self.due = self.due.into_iter().chain(entry.due).min();
            }
            entry.block.push(span, self.limits.spans);
        }
        let mut ready = Vec::new();
        if let Some(entry) = self
            .traces
            .get_mut(&trace_id)
            .filter(|entry| entry.block.open == 0)
        {
            ready.push((entry.age, entry.take()));
            self.traces.remove(&trace_id);
        }
        if self.due.is_some_and(|due| due <= now) {
            let late = |entry: &&mut Entry| entry.due.is_some_and(|due| due <= now);
            let overdue = self.traces.values_mut().filter(late);
            ready.extend(overdue.map(|entry| (entry.age, entry.take())));
            self.due = self.traces.values().filter_map(|entry| entry.due).min();
        }
        in_order(ready)
    }

    /// All spans that have ended, also of traces that go on.
    pub(super) fn flush(&mut self) -> Vec<Block> {
        self.due = None;
        let ended = self
            .traces
            .values_mut()
            .filter(|entry| !entry.block.spans.is_empty());
        in_order(ended.map(|entry| (entry.age, entry.take())).collect())
    }

    fn drop_oldest(&mut self) {
        let oldest = self
            .traces
            .iter()
            .min_by_key(|(_, entry)| entry.age)
            .map(|(id, _)| *id);
        if let Some(id) = oldest {
            self.traces.remove(&id);
            self.dropped += 1;
        }
    }
}

impl Entry {
    /// What there is to show. The count of open spans stays, so that those have a block to come.
    fn take(&mut self) -> Block {
        self.due = None;
        let next = Block {
            spans: Vec::new(),
            left_out: 0,
            open: self.block.open,
        };
        std::mem::replace(&mut self.block, next)
    }
}

impl Block {
    fn push(&mut self, span: Span, limit: usize) {
        if self.spans.len() < limit {
            self.spans.push(span);
            return;
        }
        self.left_out += 1;
        // The local root ends last, and is worth more than any of the others.
        if is_local_root(&span) {
            self.spans.pop();
            self.spans.push(span);
        }
    }
}

fn is_local_root(span: &Span) -> bool {
    span.parent_span_id.is_none() || span.parent_is_remote == Some(true)
}

fn in_order(mut blocks: Vec<(u64, Block)>) -> Vec<Block> {
    blocks.sort_by_key(|(age, _)| *age);
    blocks.into_iter().map(|(_, block)| block).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::fixture;

    const LIMITS: Limits = Limits {
        traces: 3,
        spans: 4,
        linger: Duration::from_secs(5),
    };

    fn span(trace: u128, id: u64, parent: u64) -> Span {
        let mut span = fixture::span(id, parent, "work", 0, 1);
        span.trace_id = TraceId::from(trace);
        span
    }

    fn sizes(blocks: &[Block]) -> Vec<(usize, usize, usize)> {
        blocks
            .iter()
            .map(|b| (b.spans.len(), b.left_out, b.open))
            .collect()
    }

    #[test]
    fn a_trace_is_ready_when_no_span_is_open() {
        let (mut pending, now) = (Pending::new(LIMITS), Instant::now());
        for _ in 0..3 {
            pending.start(TraceId::from(1));
        }
        assert!(pending.end(span(1, 2, 1), now).is_empty());
        // The root has ended, a spawned task goes on.
        assert!(pending.end(span(1, 1, 0), now).is_empty());
        assert_eq!(sizes(&pending.end(span(1, 3, 1), now)), [(3, 0, 0)]);
        // A message of the same trace is consumed later, and is a block of its own.
        pending.start(TraceId::from(1));
        assert_eq!(sizes(&pending.end(span(1, 4, 3), now)), [(1, 0, 0)]);
        assert!(pending.traces.is_empty());
    }

    #[test]
    fn a_span_that_is_forgotten_holds_up_no_other() {
        let (mut pending, now) = (Pending::new(LIMITS), Instant::now());
        pending.start(TraceId::from(1));
        assert_eq!(pending.forget(TraceId::from(1)).map(|_| ()), None);
        assert!(pending.traces.is_empty());
        for _ in 0..2 {
            pending.start(TraceId::from(2));
        }
        assert!(pending.end(span(2, 2, 1), now).is_empty());
        let ready: Vec<_> = pending.forget(TraceId::from(2)).into_iter().collect();
        assert_eq!(sizes(&ready), [(1, 0, 0)]);
        assert!(pending.forget(TraceId::from(3)).is_none());
    }

    #[test]
    fn a_span_that_never_ends_does_not_hide_the_trace() {
        let (mut pending, now) = (Pending::new(LIMITS), Instant::now());
        for trace in [1, 1, 2, 2] {
            pending.start(TraceId::from(trace));
        }
        assert!(pending.end(span(1, 1, 0), now).is_empty());
        assert!(
            pending
                .end(span(2, 2, 1), now + LIMITS.linger / 2)
                .is_empty()
        );
        let ready = pending.end(span(2, 1, 0), now + LIMITS.linger);
        assert_eq!(sizes(&ready), [(1, 0, 1), (2, 0, 0)]);
        assert_eq!(pending.due, None);
        // Should it end after all, it is not lost.
        assert_eq!(sizes(&pending.end(span(1, 2, 1), now)), [(1, 0, 0)]);
    }

    #[test]
    fn the_oldest_trace_gives_way_and_is_counted() {
        let (mut pending, now) = (Pending::new(LIMITS), Instant::now());
        for trace in 1..=1_000 {
            pending.start(TraceId::from(trace));
            assert!(pending.traces.len() <= LIMITS.traces);
        }
        assert_eq!(pending.dropped(), 997);
        assert!(pending.end(span(1, 1, 0), now).is_empty());
        assert_eq!(sizes(&pending.end(span(998, 1, 0), now)), [(1, 0, 0)]);
        assert!(pending.flush().is_empty(), "nothing has ended");
    }

    #[test]
    fn a_trace_keeps_its_root_and_so_many_spans() {
        let (mut pending, now) = (Pending::new(LIMITS), Instant::now());
        for id in 1..=100 {
            pending.start(TraceId::from(1));
            if id > 1 {
                assert!(pending.end(span(1, id, 1), now).is_empty());
            }
        }
        let blocks = pending.end(span(1, 1, 0), now);
        assert_eq!(sizes(&blocks), [(4, 96, 0)]);
        assert!(
            blocks[0]
                .spans
                .iter()
                .any(|span| span.parent_span_id.is_none())
        );
    }

    #[test]
    fn a_flush_hands_out_what_has_ended_in_order() {
        let (mut pending, now) = (Pending::new(LIMITS), Instant::now());
        for trace in [2, 2, 1, 1] {
            pending.start(TraceId::from(trace));
        }
        pending.end(span(1, 2, 1), now);
        pending.end(span(2, 2, 1), now);
        let ids: Vec<_> = pending
            .flush()
            .iter()
            .map(|block| block.spans[0].trace_id)
            .collect();
        assert_eq!(ids, [TraceId::from(2), TraceId::from(1)]);
        assert!(pending.flush().is_empty());
        assert_eq!(sizes(&pending.end(span(1, 1, 0), now)), [(1, 0, 0)]);
    }
}
