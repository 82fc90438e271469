//! The critical path. The rules are in the documentation of [`tree`](super).
//!
//! Two ends of a span steer the walk, both found from the leaves up:
//!
//! * *settled*: when all that its parent waits for has ended, the latest end of the span and of those
//!   below it that are not deferred;
//! * *reach*: the latest end of the span and of all below it.
//!
//! A walk over `(start, limit)` of a span goes backwards from the limit. Above *settled* it follows
//! children by reach, the deferred ones among them; from there down it follows by *settled* those that
//! are not deferred. What is left between the children is the span's own time, or a wait where the
//! span had ended. Each walk accounts for every nanosecond of its interval, and hands disjoint parts
//! of it to the children; so the times add up to the whole, and no span is walked twice.

#[cfg(test)]
mod tests;

use std::{cmp::Reverse, time::SystemTime};

use opentelemetry::trace::SpanKind;

use super::{Position, Span, build::Place};

/// What the path leaves at each span, in nanoseconds.
#[derive(Clone, Debug, Default)]
pub(super) struct Path {
    pub(super) total: u64,
    pub(super) critical: Vec<u64>,
    pub(super) waited: Vec<u64>,
    /// Waits that belong to no span, such as those between two roots.
    pub(super) unexplained: u64,
}

/// The span that the whole trace hangs from: the only root, or else the only top.
fn lead(places: &[Place]) -> Option<usize> {
    only(places, |position| position == Position::Root)
        .or_else(|| only(places, |position| position != Position::Child))
}

fn only(places: &[Place], wanted: impl Fn(Position) -> bool) -> Option<usize> {
    let mut found = (0..places.len()).filter(|&at| wanted(places[at].position));
    found.next().filter(|_| found.next().is_none())
}

pub(super) fn start(spans: &[Span], places: &[Place]) -> SystemTime {
    lead(places)
        .and_then(|at| spans.get(at))
        .or(spans.first())
        .map_or(SystemTime::UNIX_EPOCH, |span| span.start)
}

pub(super) fn find(start: SystemTime, spans: &[Span], places: &[Place]) -> Path {
    let mut walker = Walker::new(start, spans, places, lead(places));
    walker.measure();
    walker.run();
    walker.path
}

/// From `start` to `to` in nanoseconds; zero where that is negative, and at most 584 years.
pub(super) fn nanos(start: SystemTime, to: SystemTime) -> u64 {
    let elapsed = to.duration_since(start).unwrap_or_default();
    u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX)
}

struct Step {
    start: u64,
    end: u64,
    settled: u64,
    reach: u64,
    deferred: bool,
    children: Vec<usize>,
}

struct Walker {
    /// One for each span; then the trunk, which lasts no time and has the tops for children.
    steps: Vec<Step>,
    path: Path,
}

/// A part of a span that is on the path.
struct Visit {
    span: usize,
    start: u64,
    limit: u64,
}

impl Walker {
    fn new(start: SystemTime, spans: &[Span], places: &[Place], lead: Option<usize>) -> Self {
        let trunk = spans.len();
        let mut steps: Vec<Step> = spans
            .iter()
            .zip(places)
            .map(|(span, place)| {
                let from = nanos(start, span.start);
                let end = nanos(start, span.end).max(from);
                let children = place.children.clone();
                Step {
                    start: from,
                    end,
                    settled: end,
                    reach: end,
                    deferred: false,
                    children,
                }
            })
            .collect();
        steps.push(Step {
            start: 0,
            end: 0,
            settled: 0,
            reach: 0,
            deferred: false,
            children: Vec::new(),
        });
        for at in (0..places.len()).filter(|&at| places[at].position != Position::Child) {
            let above = lead.filter(|&lead| lead != at).unwrap_or(trunk);
            steps[above].children.push(at);
        }
        for above in 0..=trunk {
            for i in 0..steps[above].children.len() {
                let at = steps[above].children[i];
                let ended = steps[at].start >= steps[above].end;
                steps[at].deferred = spans.get(above).is_none_or(|parent| {
                    ended || parent.kind == SpanKind::Producer || hands_over(parent, &spans[at])
                });
            }
        }
        let path = Path {
            critical: vec![0; spans.len()],
            waited: vec![0; spans.len()],
            ..Path::default()
        };
        Self { steps, path }
    }

    /// Finds `settled` and `reach` from the leaves up, without recursion: traces can be deep.
    fn measure(&mut self) {
        let trunk = self.steps.len() - 1;
        let mut order = vec![trunk];
        let mut next = 0;
        while let Some(&at) = order.get(next) {
            order.extend(&self.steps[at].children);
            next += 1;
        }
        for &at in order.iter().rev() {
            for i in 0..self.steps[at].children.len() {
                let child = self.steps[at].children[i];
                let Step {
                    settled,
                    reach,
                    deferred,
                    ..
                } = self.steps[child];
                let step = &mut self.steps[at];
                step.reach = step.reach.max(reach);
                if !deferred {
                    step.settled = step.settled.max(settled);
                }
            }
        }
    }

    fn run(&mut self) {
        let trunk = self.steps.len() - 1;
        self.path.total = self.steps[trunk].reach;
        let mut visits = vec![Visit {
            span: trunk,
            start: 0,
            limit: self.path.total,
        }];
        while let Some(visit) = visits.pop() {
            self.walk(&visit, &mut visits);
        }
    }

    fn walk(&mut self, visit: &Visit, visits: &mut Vec<Visit>) {
        let settled = self.steps[visit.span].settled;
        let mut cursor = visit.limit;
        let mut later = None;
        for (child, ended) in self.candidates(visit, settled) {
            let start = self.steps[child].start.max(visit.start);
            let limit = ended.min(cursor);
            if start >= limit {
                continue;
            }
            self.account(visit.span, limit, cursor, later);
            visits.push(Visit {
                span: child,
                start,
                limit,
            });
            (cursor, later) = (start, Some(child));
        }
        self.account(visit.span, visit.start, cursor, later);
    }

    /// The children that the walk may go through, in the order in which it meets them: first those
    /// that outlast all that the parent waited for, then those that it waited for. A child can be in
    /// both lists; once walked, it starts no earlier than the cursor and is passed over.
    fn candidates(&self, visit: &Visit, settled: u64) -> Vec<(usize, u64)> {
        let children = || {
            self.steps[visit.span]
                .children
                .iter()
                .map(|&at| (at, &self.steps[at]))
        };
        let mut tail = Vec::new();
        if visit.limit > settled {
            let outlasts = children().filter(|(_, step)| step.reach > settled);
            tail.extend(outlasts.map(|(at, step)| (at, step.reach)));
            tail.sort_by_key(|&(at, reach)| (Reverse(reach), at));
        }
        let awaited = children().filter(|(_, step)| !step.deferred);
        let mut body: Vec<_> = awaited.map(|(at, step)| (at, step.settled)).collect();
        body.sort_by_key(|&(at, settled)| (Reverse(settled), at));
        tail.append(&mut body);
        tail
    }

    /// Gives the time from `from` to `to`, in which no child ran, to whom it belongs; `later` is the
    /// child that starts at `to`.
    fn account(&mut self, span: usize, from: u64, to: u64, later: Option<usize>) {
        // The part before the span's end is its own; the trunk has none.
        let own = to.min(self.steps[span].end).saturating_sub(from);
        let wait = to.saturating_sub(from) - own;
        if let Some(critical) = self.path.critical.get_mut(span) {
            *critical += own;
        }
        match later.filter(|_| span < self.path.critical.len()) {
            Some(child) => self.path.waited[child] += wait,
            None => self.path.unexplained += wait,
        }
    }
}

/// Whether a message lies between parent and child. A consumer's span directly below another
/// consumer's is a part of it, such as the processing within a poll.
fn hands_over(parent: &Span, child: &Span) -> bool {
    child.kind == SpanKind::Consumer && parent.kind != SpanKind::Consumer
}
