//! The exemplars of one series: a slot for each of its buckets.

use std::cmp::Ordering;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt};

use crate::clock::{self, Moment};
use crate::exemplar_options::{ExemplarFilter, ExemplarOptions, ExemplarPolicy};
use crate::extra_labels::ExtraLabels;
use crate::seqlock::{Keep, Numbers, Slot};

/// One measurement and the span it was taken in, as a reader finds it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Exemplar {
    pub(crate) trace_id: u128,
    pub(crate) span_id: u64,
    pub(crate) value: f64,
    /// Milliseconds since 1970.
    pub(crate) unix_ms: u64,
    /// Labels beside the two ids.
    pub(crate) labels: Option<Arc<ExtraLabels>>,
}

impl Exemplar {
    /// The labels that fit beside the ids, under whatever names those have.
    pub(crate) fn more_labels(&self, id_names: [&str; 2]) -> impl Iterator<Item = (&str, &str)> {
        let labels = self.labels.iter();
        labels.flat_map(move |labels| labels.beside(id_names))
    }
}

/// The labels that came with one exemplar of a slot; stale as soon as the slot has another one.
#[derive(Debug, Default)]
struct Beside {
    /// The exemplar's number in its slot.
    number: u64,
    labels: Option<Arc<ExtraLabels>>,
}

/// How often a reader looks again for an exemplar and its own labels.
const LABEL_ATTEMPTS: u32 = 3;

/// The exemplars of one series, and the rule by which they take turns.
#[derive(Debug)]
pub(crate) struct Exemplars {
    filter: ExemplarFilter,
    keep: Keep,
    places: usize,
    /// One for each place. A series that never sees a span it may link to has none.
    slots: OnceLock<Box<[Slot]>>,
    /// One for each place. Locked past the gate only, and only where somebody has given labels.
    labels: OnceLock<Box<[Mutex<Beside>]>>,
}

impl Exemplars {
    pub(crate) fn new(options: &ExemplarOptions, places: usize) -> Self {
        let interval = clock::nanos(options.interval);
        let slowest = options.policy == ExemplarPolicy::Slowest;
        // The slowest of an interval would not be the slowest if others came after it.
        let in_a_row = if slowest {
            1
        } else {
            ExemplarOptions::IN_A_ROW
        };
        Self {
            filter: options.filter,
            keep: Keep {
                interval,
                credit: interval.saturating_mul(u64::from(in_a_row) - 1),
                slowest,
            },
            places,
            slots: OnceLock::new(),
            labels: OnceLock::new(),
        }
    }

    /// Offers a measurement that ended at `at` in `span`.
    ///
    /// On the common path, within a second of the last exemplar, this is one relaxed load.
    #[inline]
    pub(crate) fn offer(&self, place: usize, value: f64, span: &SpanContext, at: Moment) {
        if self.is_open(place, value, at) {
            self.offer_past_gate(place, value, span, at);
        }
    }

    /// Offers a measurement that ended at `at` in `span`, to a place that [`is_open`](Self::is_open).
    // Not inlined, so that all before it needs few registers.
    #[inline(never)]
    pub(crate) fn offer_past_gate(&self, place: usize, value: f64, span: &SpanContext, at: Moment) {
        if self.filter.takes(span) {
            self.store(place, &numbers(value, span, at), at, None);
        }
    }

    /// Offers a measurement that has just ended in `span`.
    #[inline]
    pub(crate) fn offer_now(&self, place: usize, value: f64, span: &SpanContext) {
        if self.filter.takes(span) {
            let at = Moment::now();
            if self.is_open(place, value, at) {
                self.store(place, &numbers(value, span, at), at, None);
            }
        }
    }

    /// Offers a measurement that has just ended in the current span.
    #[inline]
    pub(crate) fn offer_current(&self, place: usize, value: f64) {
        // Where no span was ever linked, most are none to link to: no need to ask the clock first.
        if self.slots.get().is_none() || self.is_open(place, value, Moment::now()) {
            self.offer_current_past_gate(place, value);
        }
    }

    /// Offers a measurement that ended at `at` in the current span.
    pub(crate) fn offer_current_at(&self, place: usize, value: f64, at: Moment) {
        if self.is_open(place, value, at) {
            Context::map_current(|context| {
                self.offer(place, value, context.span().span_context(), at);
            });
        }
    }

    fn offer_current_past_gate(&self, place: usize, value: f64) {
        Context::map_current(|context| {
            self.offer_now(place, value, context.span().span_context());
        });
    }

    /// Offers a measurement that has just ended in `span`, to be shown with `labels`.
    pub(crate) fn offer_with_labels(
        &self,
        place: usize,
        value: f64,
        span: &SpanContext,
        labels: &[(&str, &str)],
    ) {
        if self.filter.takes(span) {
            let at = Moment::now();
            if self.is_open(place, value, at) {
                let labels = ExtraLabels::of(labels);
                self.store(place, &numbers(value, span, at), at, labels);
            }
        }
    }

    /// Whether a measurement has a chance, by the gate of its place.
    #[inline]
    pub(crate) fn is_open(&self, place: usize, value: f64, at: Moment) -> bool {
        match self.slots.get() {
            Some(slots) => slots
                .get(place)
                .is_some_and(|slot| slot.is_open(value, at.nanos(), self.keep)),
            None => true,
        }
    }

    pub(crate) fn filter(&self) -> ExemplarFilter {
        self.filter
    }

    /// Whether `new` is the one to keep of two that wait for the same place.
    pub(crate) fn prefers(&self, new: &Numbers, old: &Numbers) -> bool {
        if self.keep.slowest {
            new.value > old.value
        } else {
            new.unix_ms >= old.unix_ms
        }
    }

    /// Past the gate: offers what [`ExemplarFilter::takes`].
    #[cold]
    pub(crate) fn store(
        &self,
        place: usize,
        numbers: &Numbers,
        at: Moment,
        labels: Option<Arc<ExtraLabels>>,
    ) {
        let slots = self
            .slots
            .get_or_init(|| (0..self.places).map(|_| Slot::default()).collect());
        let Some(slot) = slots.get(place) else { return };
        let Some(labels) = labels else {
            slot.store(numbers, at.nanos(), self.keep, |_| {});
            return;
        };
        let besides = self
            .labels
            .get_or_init(|| (0..self.places).map(|_| Mutex::default()).collect());
        let mut old = Beside::default();
        slot.store(numbers, at.nanos(), self.keep, |number| {
            if let Some(beside) = besides.get(place) {
                let mut beside = beside.lock().unwrap_or_else(PoisonError::into_inner);
                // What was there is freed when the slot is whole again.
                let labels = Some(labels);
                old = std::mem::replace(&mut *beside, Beside { number, labels });
            }
        });
    }

    /// What is in the slots: one for each place, or none at all.
    pub(crate) fn load(&self) -> impl Iterator<Item = Option<Exemplar>> {
        let slots = self.slots.get().map_or(&[][..], |slots| slots);
        let places = slots.iter().enumerate();
        places.map(|(place, slot)| self.exemplar(place, slot))
    }

    fn exemplar(&self, place: usize, slot: &Slot) -> Option<Exemplar> {
        for _ in 0..LABEL_ATTEMPTS {
            let (numbers, number) = slot.load()?;
            if let Some(labels) = self.labels_of(place, number) {
                return Some(Exemplar {
                    trace_id: numbers.trace_id,
                    span_id: numbers.span_id,
                    value: numbers.value,
                    unix_ms: numbers.unix_ms,
                    labels: labels.0,
                });
            }
        }
        None
    }

    /// The labels that came with that number; `None` if its successor's have taken their place already.
    fn labels_of(&self, place: usize, number: u64) -> Option<Came> {
        let Some(beside) = self.labels.get().and_then(|labels| labels.get(place)) else {
            return Some(Came(None));
        };
        let beside = beside.lock().unwrap_or_else(PoisonError::into_inner);
        match beside.number.cmp(&number) {
            Ordering::Less => Some(Came(None)),
            Ordering::Equal => Some(Came(beside.labels.clone())),
            Ordering::Greater => None,
        }
    }
}

/// What came with an exemplar, if anything.
struct Came(Option<Arc<ExtraLabels>>);

pub(crate) fn numbers(value: f64, span: &SpanContext, at: Moment) -> Numbers {
    Numbers {
        trace_id: u128::from_be_bytes(span.trace_id().to_bytes()),
        span_id: u64::from_be_bytes(span.span_id().to_bytes()),
        value,
        unix_ms: at.unix_ms(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
    use std::thread;
    use std::time::{Duration, Instant};

    use opentelemetry::trace::{SpanId, TraceFlags, TraceId, TraceState};

    use super::*;

    fn span(id: u64) -> SpanContext {
        let (trace, flags) = (TraceId::from(u128::from(id)), TraceFlags::SAMPLED);
        SpanContext::new(trace, SpanId::from(id * 3), flags, false, TraceState::NONE)
    }

    fn always() -> ExemplarOptions {
        ExemplarOptions::new().interval(Duration::ZERO)
    }

    fn labels_of(exemplar: &Exemplar) -> Vec<(String, String)> {
        exemplar
            .more_labels(["trace_id", "span_id"])
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    /// Lets the writers go also if a reader panics.
    struct Done<'a>(&'a AtomicU64);
    impl Drop for Done<'_> {
        fn drop(&mut self) {
            self.0.fetch_add(1, Relaxed);
        }
    }

    #[test]
    fn no_reader_sees_a_mixture_or_two_exemplars_of_one_time() {
        const READERS: u64 = 2;
        const CHANGES: u64 = 1_000;
        let exemplars = Exemplars::new(&always(), 2);
        let (done, now) = (AtomicU64::new(0), AtomicU64::new(1));
        let start = Instant::now();
        // Every third has a label. That, each word, the time and the place follow from the id.
        let at = |id: u64| Moment::of(start + Duration::from_millis(id * 2));
        let text = |id: u64| id.is_multiple_of(3).then(|| id.to_string());
        let write = || {
            while done.load(Relaxed) < READERS {
                let id = now.fetch_add(1, Relaxed);
                let (place, value) = ((id % 2) as usize, id as f64);
                let at = at(id);
                let numbers = numbers(value, &span(id), at);
                let labels = text(id).map(|text| ExtraLabels::of(&[("id", &text)]));
                exemplars.store(place, &numbers, at, labels.flatten());
            }
        };
        let read = || {
            let _done = Done(&done);
            let (mut last, mut changes) = ([None, None], 0);
            while changes < CHANGES {
                for (place, exemplar) in exemplars.load().enumerate() {
                    let Some(exemplar) = exemplar else { continue };
                    let id = exemplar.trace_id as u64;
                    assert_eq!(
                        (exemplar.span_id, exemplar.value),
                        (id * 3, id as f64),
                        "torn"
                    );
                    assert_eq!(exemplar.unix_ms, at(id).unix_ms(), "another's time");
                    assert_eq!(place, (id % 2) as usize, "another bucket's");
                    let label = text(id).map(|text| ("id".to_owned(), text));
                    assert_eq!(
                        labels_of(&exemplar),
                        Vec::from_iter(label),
                        "another's labels"
                    );
                    if let Some((last_id, last_ms)) = last[place].replace((id, exemplar.unix_ms)) {
                        let grows = last_ms < exemplar.unix_ms;
                        assert_eq!(last_id != id, grows, "{id} after {last_id}");
                        changes += u64::from(grows);
                    }
                }
            }
        };
        thread::scope(|scope| {
            (0..3).for_each(|_| _ = scope.spawn(write));
            (0..READERS).for_each(|_| _ = scope.spawn(read));
        });
    }

    #[test]
    fn labels_go_with_the_exemplar_they_came_with() {
        let exemplars = Exemplars::new(&always(), 1);
        exemplars.offer_with_labels(0, 1.0, &span(1), &[("user", "7"), ("trace_id", "no")]);
        let shown = || exemplars.load().next().flatten().unwrap();
        assert_eq!(labels_of(&shown()), [("user".into(), "7".into())]);
        exemplars.offer_now(0, 2.0, &span(2));
        assert_eq!((shown().value, shown().labels), (2.0, None));
        exemplars.offer_with_labels(0, 3.0, &span(3), &[]);
        assert_eq!((shown().value, shown().labels), (3.0, None));
    }

    #[test]
    fn slots_are_made_for_the_first_span_that_may_be_linked() {
        let exemplars = Exemplars::new(&ExemplarOptions::new(), 3);
        exemplars.offer(0, 0.5, &SpanContext::empty_context(), Moment::now());
        exemplars.offer_current(0, 0.5);
        assert!(exemplars.slots.get().is_none() && exemplars.load().next().is_none());
        exemplars.offer_now(1, 0.5, &span(1));
        assert_eq!(exemplars.load().flatten().count(), 1);
        assert!(exemplars.labels.get().is_none());
        exemplars.offer_now(3, 0.5, &span(1));
        assert_eq!(exemplars.load().count(), 3, "a place that is none");
    }
}
