//! Room for one exemplar, shared by every thread without a lock.

use std::hint::spin_loop;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicU32, AtomicU64, fence};
use std::time::{Duration, Instant};

use opentelemetry::trace::SpanContext;

use crate::clock;

/// A slot takes a new exemplar once a second: the server keeps what it finds at a scrape, no more.
const MIN_INTERVAL: u32 = clock::ticks(Duration::from_secs(1));

/// How often a reader looks again before it leaves the slot to the next scrape.
const READ_ATTEMPTS: u32 = 64;

/// One measurement and the span it was taken in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Exemplar {
    pub(crate) trace_id: u128,
    pub(crate) span_id: u64,
    pub(crate) value: f64,
    /// Milliseconds since 1970.
    pub(crate) unix_ms: u64,
}

/// Whether an exemplar may point at this span: links to traces that nobody stored are dead.
pub(crate) fn may_link(span: &SpanContext) -> bool {
    span.is_sampled() && span.is_valid()
}

/// A sequence lock whose payload is made of atomic words, so that no read is ever a data race.
///
/// A line of its own: a store into one bucket's slot must not slow the readers of the next gate.
#[derive(Debug, Default)]
#[repr(align(64))]
pub(crate) struct Slot {
    /// The first tick at which the slot takes a new exemplar. A hint: read stale, it costs one more store.
    gate: AtomicU32,
    /// Odd while somebody writes; 0 while nothing was ever written.
    seq: AtomicU32,
    trace_hi: AtomicU64,
    trace_lo: AtomicU64,
    span_id: AtomicU64,
    value: AtomicU64,
    unix_ms: AtomicU64,
}

impl Slot {
    /// Offers a measurement that ended at `at`, in a span that [`may_link`].
    ///
    /// On the common path, within a second of the last exemplar, this is one relaxed load.
    #[inline]
    pub(crate) fn offer(&self, value: f64, span: &SpanContext, at: Instant) {
        let tick = clock::tick(at);
        if tick < self.gate.load(Relaxed) {
            return;
        }
        let exemplar = Exemplar {
            trace_id: u128::from_be_bytes(span.trace_id().to_bytes()),
            span_id: u64::from_be_bytes(span.span_id().to_bytes()),
            value,
            unix_ms: clock::unix_ms(at),
        };
        if self.store(exemplar) {
            self.gate.store(tick.saturating_add(MIN_INTERVAL), Relaxed);
        }
    }

    /// Stores `new` unless somebody else is writing or has written something as late.
    ///
    /// Timestamps of one slot only ever grow: servers refuse an exemplar that is not newer than its
    /// predecessor.
    pub(crate) fn store(&self, new: Exemplar) -> bool {
        let seq = self.seq.load(Relaxed);
        if seq & 1 == 1
            || self
                .seq
                .compare_exchange(seq, seq.wrapping_add(1), Acquire, Relaxed)
                .is_err()
        {
            return false;
        }
        let newer = seq == 0 || self.unix_ms.load(Relaxed) < new.unix_ms;
        if newer {
            // Pairs with the reader's fence: whoever sees one of these words sees the odd number too.
            fence(Release);
            self.trace_hi.store((new.trace_id >> 64) as u64, Relaxed);
            self.trace_lo.store(new.trace_id as u64, Relaxed);
            self.span_id.store(new.span_id, Relaxed);
            self.value.store(new.value.to_bits(), Relaxed);
            self.unix_ms.store(new.unix_ms, Relaxed);
        }
        // Nothing above can panic, so an odd number never stays. 0 stays reserved for "never written".
        let done = if newer {
            seq.wrapping_add(2).max(2)
        } else {
            seq
        };
        self.seq.store(done, Release);
        newer
    }

    /// The exemplar, or `None` if there is none or it is being replaced all the while.
    pub(crate) fn load(&self) -> Option<Exemplar> {
        for _ in 0..READ_ATTEMPTS {
            let before = self.seq.load(Acquire);
            if before == 0 {
                return None;
            }
            if before & 1 == 0 {
                let (hi, lo) = (self.trace_hi.load(Relaxed), self.trace_lo.load(Relaxed));
                let exemplar = Exemplar {
                    trace_id: u128::from(hi) << 64 | u128::from(lo),
                    span_id: self.span_id.load(Relaxed),
                    value: f64::from_bits(self.value.load(Relaxed)),
                    unix_ms: self.unix_ms.load(Relaxed),
                };
                fence(Acquire);
                if self.seq.load(Relaxed) == before {
                    return Some(exemplar);
                }
            }
            spin_loop();
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;
    use std::thread;

    use opentelemetry::trace::{SpanId, TraceFlags, TraceId, TraceState};

    use super::*;

    /// Every word follows from the trace id, so that a mixture of two exemplars shows.
    fn made_of(id: u64, unix_ms: u64) -> Exemplar {
        Exemplar {
            trace_id: u128::from(id) << 64 | u128::from(!id),
            span_id: id.wrapping_mul(3),
            value: id as f64,
            unix_ms,
        }
    }

    fn span(id: u64) -> SpanContext {
        let flags = TraceFlags::SAMPLED;
        SpanContext::new(
            TraceId::from(u128::from(id)),
            SpanId::from(id),
            flags,
            false,
            TraceState::default(),
        )
    }

    #[test]
    fn no_reader_ever_sees_a_mixture_or_time_run_backwards() {
        let slot = Slot::default();
        let stop = AtomicBool::new(false);
        thread::scope(|scope| {
            let writers: Vec<_> = (0..2_u64)
                .map(|writer| {
                    let slot = &slot;
                    scope.spawn(move || {
                        (1..40_000_u64)
                            .filter(|n| slot.store(made_of(n * 2 + writer, *n)))
                            .count()
                    })
                })
                .collect();
            let readers: Vec<_> = (0..2)
                .map(|_| {
                    scope.spawn(|| {
                        let (mut last, mut seen) = (0, 0_u64);
                        while !stop.load(Relaxed) || seen == 0 {
                            let Some(read) = slot.load() else { continue };
                            assert_eq!(read, made_of(read.value as u64, read.unix_ms), "torn");
                            assert!(read.unix_ms >= last, "{} after {last}", read.unix_ms);
                            (last, seen) = (read.unix_ms, seen + 1);
                        }
                    })
                })
                .collect();
            let stored: usize = writers
                .into_iter()
                .map(|writer| writer.join().unwrap())
                .sum();
            stop.store(true, Relaxed);
            readers
                .into_iter()
                .for_each(|reader| reader.join().unwrap());
            // Of two with the same time, one is refused: at most one store a millisecond.
            assert!((1..40_000).contains(&stored), "{stored}");
        });
    }

    #[test]
    fn the_gate_opens_once_a_second_and_only_forwards() {
        let slot = Slot::default();
        let start = Instant::now();
        assert_eq!(slot.load(), None);
        slot.offer(1.0, &span(1), start);
        slot.offer(2.0, &span(2), start + Duration::from_millis(500));
        assert_eq!(
            slot.load().map(|e| (e.value, e.span_id)),
            Some((1.0, 1)),
            "too early"
        );
        slot.offer(3.0, &span(3), start + Duration::from_millis(1100));
        assert_eq!(slot.load().map(|e| (e.value, e.trace_id)), Some((3.0, 3)));
        let late = slot.load().map_or(0, |e| e.unix_ms);
        assert!(!slot.store(made_of(4, late)), "the same millisecond");
        assert!(slot.store(made_of(5, late + 1)));
    }

    #[test]
    fn a_writer_that_never_comes_back_does_not_hang_the_reader() {
        let slot = Slot::default();
        slot.store(made_of(1, 1));
        slot.seq.store(3, Relaxed);
        assert_eq!(slot.load(), None);
        assert!(!slot.store(made_of(2, 2)));
    }

    #[test]
    fn the_sequence_number_wraps_past_never_written() {
        let slot = Slot::default();
        slot.store(made_of(1, 1));
        slot.seq.store(u32::MAX - 1, Relaxed);
        assert!(slot.store(made_of(2, 2)));
        assert_eq!(slot.load(), Some(made_of(2, 2)));
    }

    #[test]
    fn only_sampled_spans_with_ids_are_linked() {
        assert!(may_link(&span(1)));
        assert!(!may_link(&span(0)));
        let unsampled = SpanContext::new(
            TraceId::from(1),
            SpanId::from(1),
            TraceFlags::default(),
            false,
            TraceState::default(),
        );
        assert!(!may_link(&unsampled));
    }
}
