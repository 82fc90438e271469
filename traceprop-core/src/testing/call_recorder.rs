//! Keeps what an adapter reports of its calls.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use opentelemetry::trace::{SpanContext, SpanKind};

use super::log::Log;
use crate::call::{Facts, Finished, Labels, Outcome, Recorder, Started, Wanted};

/// A [`Recorder`] that keeps every call, for tests of adapters. Clones share what they keep.
///
/// ```
/// use std::sync::Arc;
/// use traceprop_core::call::Recorder;
/// use traceprop_core::testing::CallRecorder;
///
/// let calls = CallRecorder::new();
/// let recorder: Arc<dyn Recorder> = Arc::new(calls.clone());
/// // Give `recorder` to the adapter under test, make a call, and then:
/// # drop(recorder);
/// calls.assert_idle();
/// assert_eq!(calls.finished().len(), 0);
/// ```
#[derive(Clone, Debug, Default)]
pub struct CallRecorder {
    shared: Arc<Shared>,
    wanted: Wanted,
}

#[derive(Debug, Default)]
struct Shared {
    started: AtomicU64,
    finished: Log<RecordedCall>,
}

/// A call that is over.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RecordedCall {
    /// Which side of the exchange it was.
    pub kind: SpanKind,
    /// What the adapter knew of the call at its end.
    pub facts: Facts,
    /// What the user had labelled it with.
    pub labels: Labels,
    /// How it ended.
    pub outcome: Outcome,
    /// How long it took.
    pub duration: Duration,
    /// The call's own span.
    pub span_context: SpanContext,
}

impl CallRecorder {
    /// A recorder without calls.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A recorder without calls that asks for these facts, too.
    #[must_use]
    pub fn wanting(wanted: Wanted) -> Self {
        Self {
            wanted,
            ..Self::default()
        }
    }

    /// How many calls have started.
    #[must_use]
    pub fn started(&self) -> u64 {
        self.shared.started.load(Ordering::Acquire)
    }

    /// How many calls have started and not finished; below zero where one was finished twice.
    #[must_use]
    pub fn in_flight(&self) -> i64 {
        // Finished first: a call that ends in between must not make the number negative.
        let finished = self.shared.finished.all().len();
        let finished = i64::try_from(finished).unwrap_or(i64::MAX);
        i64::try_from(self.started()).unwrap_or(i64::MAX) - finished
    }

    /// The calls that are over, in the order in which they ended.
    #[must_use]
    pub fn finished(&self) -> Vec<RecordedCall> {
        self.shared.finished.all()
    }

    /// Waits until at least `count` calls are over, and returns all.
    ///
    /// # Panics
    ///
    /// When `timeout` is over before that; the message shows the calls that are over.
    // Tests call it to wait alone, too.
    #[allow(clippy::must_use_candidate)]
    #[track_caller]
    pub fn wait_for(&self, count: usize, timeout: Duration) -> Vec<RecordedCall> {
        match self
            .shared
            .finished
            .wait(timeout, |calls| calls.len() >= count)
        {
            Ok(calls) => calls,
            Err(calls) => panic!(
                "{} of {count} calls are over after {timeout:?}, {} are in flight\n{calls:#?}",
                calls.len(),
                self.in_flight()
            ),
        }
    }

    /// Asserts that each call that has started was finished exactly once.
    ///
    /// # Panics
    ///
    /// If one is in flight, or was finished twice; the message shows the calls that are over.
    #[track_caller]
    pub fn assert_idle(&self) {
        let in_flight = self.in_flight();
        assert!(
            in_flight == 0,
            "{in_flight} calls are in flight\n{:#?}",
            self.finished()
        );
    }
}

impl Recorder for CallRecorder {
    fn started(&self, _call: &Started<'_>) {
        self.shared.started.fetch_add(1, Ordering::AcqRel);
    }

    fn finished(&self, call: &Finished<'_>) {
        self.shared.finished.push(RecordedCall {
            kind: call.kind.clone(),
            facts: call.facts.clone(),
            labels: call.labels.clone(),
            outcome: call.outcome.clone(),
            duration: call.duration,
            span_context: call.span_context.clone(),
        });
    }

    fn wanted(&self) -> Wanted {
        self.wanted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{thread, time::Instant};

    const KIND: SpanKind = SpanKind::Server;

    fn start(recorder: &dyn Recorder) {
        recorder.started(&Started {
            kind: &KIND,
            facts: &Facts::Other,
        });
    }

    fn finish(recorder: &dyn Recorder, outcome: &Outcome) {
        recorder.finished(&Finished {
            kind: &KIND,
            facts: &Facts::Other,
            labels: &Labels::new(),
            outcome,
            duration: Duration::from_millis(3),
            ended: Instant::now(),
            span_context: &SpanContext::empty_context(),
        });
    }

    #[test]
    fn counts_and_keeps() {
        let calls = CallRecorder::new();
        start(&calls);
        start(&calls);
        assert_eq!((calls.started(), calls.in_flight()), (2, 2));
        finish(&calls, &Outcome::failed("500"));
        assert_eq!(calls.in_flight(), 1);
        let other = calls.clone();
        thread::spawn(move || finish(&other, &Outcome::Cancelled));
        let finished = calls.wait_for(2, Duration::from_secs(10));
        let outcomes: Vec<_> = finished.iter().map(|call| call.outcome.clone()).collect();
        assert_eq!(outcomes, [Outcome::failed("500"), Outcome::Cancelled]);
        assert_eq!(finished[0].duration, Duration::from_millis(3));
        calls.assert_idle();
    }

    #[test]
    #[should_panic(expected = "1 calls are in flight")]
    fn a_call_in_flight() {
        let calls = CallRecorder::new();
        start(&calls);
        calls.assert_idle();
    }

    #[test]
    #[should_panic(expected = "-1 calls are in flight")]
    fn a_call_that_ended_twice() {
        let calls = CallRecorder::new();
        start(&calls);
        finish(&calls, &Outcome::Completed);
        finish(&calls, &Outcome::Completed);
        calls.assert_idle();
    }

    #[test]
    #[should_panic(expected = "0 of 1 calls are over after 1ms, 1 are in flight")]
    fn a_call_that_never_ends() {
        let calls = CallRecorder::new();
        start(&calls);
        calls.wait_for(1, Duration::from_millis(1));
    }
}
