//! The spans received, by trace, in bounded memory.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use opentelemetry::trace::TraceId;
use traceprop_core::tree::{Span, Trace};

/// More spans than this in all, and the oldest trace goes.
const MOST_SPANS: usize = 200_000;
/// A trace of more spans than this is cut.
const MOST_SPANS_OF_A_TRACE: usize = 5_000;

/// Spans by trace.
#[derive(Debug, Default)]
pub(super) struct Store(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    traces: HashMap<TraceId, Received>,
    /// In order of arrival, for those that must go.
    order: VecDeque<TraceId>,
    held: usize,
    lost: usize,
}

#[derive(Debug)]
struct Received {
    spans: Vec<Span>,
    latest: Instant,
    /// Has spans that nobody was shown.
    fresh: bool,
}

impl Store {
    pub(super) fn add(&self, spans: Vec<Span>) {
        let mut inner = self.lock();
        let now = Instant::now();
        for span in spans {
            inner.add(span, now);
        }
    }

    /// Every trace held, without taking them.
    pub(super) fn traces(&self) -> Vec<Trace> {
        let inner = self.lock();
        let all = inner.traces.values().map(|trace| trace.spans.clone());
        all.map(Trace::build).collect()
    }

    /// The traces with news that nothing was added to for `quiet`.
    pub(super) fn settled(&self, quiet: Duration) -> Vec<Trace> {
        let mut inner = self.lock();
        let settled = inner
            .traces
            .values_mut()
            .filter(|trace| trace.fresh && trace.latest.elapsed() >= quiet);
        settled
            .map(|trace| {
                trace.fresh = false;
                Trace::build(trace.spans.clone())
            })
            .collect()
    }

    /// How many spans did not fit.
    pub(super) fn lost(&self) -> usize {
        self.lock().lost
    }

    /// What a panic left behind is still a map of spans.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn add(&mut self, span: Span, now: Instant) {
        while self.held >= MOST_SPANS {
            self.forget_the_oldest();
        }
        let Self { traces, order, .. } = self;
        let trace = traces.entry(span.trace_id).or_insert_with(|| {
            order.push_back(span.trace_id);
            Received {
                spans: Vec::new(),
                latest: now,
                fresh: true,
            }
        });
        trace.latest = now;
        trace.fresh = true;
        if trace.spans.len() >= MOST_SPANS_OF_A_TRACE {
            self.lost += 1;
            return;
        }
        trace.spans.push(span);
        self.held += 1;
    }

    fn forget_the_oldest(&mut self) {
        let Some(oldest) = self.order.pop_front() else {
            self.held = 0;
            return;
        };
        if let Some(trace) = self.traces.remove(&oldest) {
            self.held -= trace.spans.len();
            self.lost += trace.spans.len();
        }
    }
}
