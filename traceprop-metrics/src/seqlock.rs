//! Room for the numbers of one exemplar, shared by every thread without a lock.
//!
//! Built a second time, on the atomics of a model checker, by `tests/models`: it names no other module.

use std::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};

use super::sync::{AtomicU64, READ_ATTEMPTS, fence, spin_loop};

/// One measurement and the span it was taken in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Numbers {
    pub(crate) trace_id: u128,
    pub(crate) span_id: u64,
    pub(crate) value: f64,
    /// Milliseconds since 1970.
    pub(crate) unix_ms: u64,
}

/// Which measurements may take another's place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keep {
    /// How long, in nanoseconds, one keeps its place.
    pub(crate) interval: u64,
    /// What a place that was quiet may make up for, in nanoseconds: nothing, or some intervals.
    pub(crate) credit: u64,
    /// Whether a greater value may take it sooner.
    pub(crate) slowest: bool,
}

/// A sequence lock whose payload is made of atomic words, so that no read is ever a data race.
///
/// A line of its own: a store into one bucket's slot must not slow the readers of the next gate.
#[derive(Debug, Default)]
#[repr(align(64))]
pub(crate) struct Slot {
    /// From when on the slot takes any measurement, in nanoseconds. Outside of `seq` it is a hint.
    gate: AtomicU64,
    /// Odd while somebody writes; 0 while nothing was ever written.
    seq: AtomicU64,
    trace_hi: AtomicU64,
    trace_lo: AtomicU64,
    span_id: AtomicU64,
    value: AtomicU64,
    unix_ms: AtomicU64,
    /// The latest time that a reader has seen here, or is about to.
    shown_ms: AtomicU64,
}

impl Slot {
    /// Whether a measurement has a chance: one relaxed load, and another where a greater value may pass.
    #[inline]
    pub(crate) fn is_open(&self, value: f64, at: u64, keep: Keep) -> bool {
        at >= self.gate.load(Relaxed)
            || (keep.slowest && value > f64::from_bits(self.value.load(Relaxed)))
    }

    /// Stores `new`, measured at `at`, unless somebody else is writing or what is there may stay.
    ///
    /// Servers refuse an exemplar that is not newer than the one they have. So `new` gets a time after
    /// all that a reader has seen: its own, or one a millisecond after the last scrape.
    ///
    /// `beside` runs before anybody can see `new`, with the number by which a reader will know it. It
    /// must not panic.
    pub(crate) fn store(
        &self,
        new: &Numbers,
        at: u64,
        keep: Keep,
        beside: impl FnOnce(u64),
    ) -> bool {
        let seq = self.seq.load(Relaxed);
        if seq & 1 == 1
            || self
                .seq
                .compare_exchange(seq, seq + 1, Acquire, Relaxed)
                .is_err()
        {
            return false;
        }
        // Nothing from here on panics, so an odd number never stays. Nobody else writes, so what was a guess
        // is now certain.
        if !self.is_open(new.value, at, keep) {
            self.seq.store(seq, Release);
            return false;
        }
        // Pairs with the reader's fence, and does two things. Whoever sees one of the words below sees the
        // odd number too, and so knows that it has a mixture. And either the reader sees the odd number,
        // or this thread sees the time that the reader has shown: hence not just `Release`.
        fence(SeqCst);
        let unix_ms = new
            .unix_ms
            .max(self.shown_ms.load(Relaxed).saturating_add(1));
        self.trace_hi.store((new.trace_id >> 64) as u64, Relaxed);
        self.trace_lo.store(new.trace_id as u64, Relaxed);
        self.span_id.store(new.span_id, Relaxed);
        self.value.store(new.value.to_bits(), Relaxed);
        self.unix_ms.store(unix_ms, Relaxed);
        let gate = self.gate.load(Relaxed);
        if at >= gate {
            let from = gate.max(at.saturating_sub(keep.credit));
            self.gate.store(from.saturating_add(keep.interval), Relaxed);
        }
        beside(seq + 2);
        self.seq.store(seq + 2, Release);
        true
    }

    /// The exemplar and its number, or `None` if there is none or it is being replaced all the while.
    pub(crate) fn load(&self) -> Option<(Numbers, u64)> {
        for _ in 0..READ_ATTEMPTS {
            let before = self.seq.load(Acquire);
            if before == 0 {
                return None;
            }
            if before & 1 == 0 {
                let (hi, lo) = (self.trace_hi.load(Relaxed), self.trace_lo.load(Relaxed));
                let numbers = Numbers {
                    trace_id: u128::from(hi) << 64 | u128::from(lo),
                    span_id: self.span_id.load(Relaxed),
                    value: f64::from_bits(self.value.load(Relaxed)),
                    unix_ms: self.unix_ms.load(Relaxed),
                };
                self.shown_ms.fetch_max(numbers.unix_ms, Relaxed);
                // Pairs with the writer's.
                fence(SeqCst);
                if self.seq.load(Relaxed) == before {
                    return Some((numbers, before));
                }
            }
            spin_loop();
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Keep = Keep {
        interval: 1_000,
        credit: 0,
        slowest: false,
    };
    const ALWAYS: Keep = Keep {
        interval: 0,
        credit: 0,
        slowest: false,
    };

    fn numbers(value: f64, unix_ms: u64) -> Numbers {
        Numbers {
            trace_id: u128::MAX - 1,
            span_id: 7,
            value,
            unix_ms,
        }
    }

    /// What a reader sees: the value and its time.
    fn shown(slot: &Slot) -> Option<(f64, u64)> {
        slot.load().map(|(read, _)| (read.value, read.unix_ms))
    }

    fn store(slot: &Slot, value: f64, at: u64, keep: Keep) -> bool {
        slot.store(&numbers(value, at / 1_000), at, keep, |_| {})
    }

    #[test]
    fn the_latest_keeps_its_place_for_an_interval() {
        let slot = Slot::default();
        assert_eq!(slot.load(), None);
        assert!(store(&slot, 1.0, 10_000, SECOND));
        assert!(!slot.is_open(9.0, 10_999, SECOND) && !store(&slot, 9.0, 10_999, SECOND));
        assert_eq!(slot.load(), Some((numbers(1.0, 10), 2)));
        assert!(slot.is_open(0.5, 11_000, SECOND) && store(&slot, 0.5, 11_000, SECOND));
        assert_eq!(slot.load(), Some((numbers(0.5, 11), 4)));
    }

    #[test]
    fn a_place_that_was_quiet_takes_several_in_a_row() {
        let (slot, burst) = (
            Slot::default(),
            Keep {
                credit: 2_000,
                ..SECOND
            },
        );
        #[rustfmt::skip]
        let steps = [
            // at      stored?
            (10_000,   true),
            (10_001,   true),
            (10_002,   true),
            (10_003,   false),
            // From here on one in each interval, as long as none is left out.
            (10_999,   false),
            (11_000,   true),
            (11_001,   false),
            (12_000,   true),
            // Two intervals without: two more than there would be.
            (15_000,   true),
            (15_001,   true),
            (15_002,   true),
            (15_003,   false),
        ];
        for (at, stored) in steps {
            assert_eq!(slot.is_open(1.0, at, burst), stored, "at {at}");
            assert_eq!(store(&slot, 1.0, at, burst), stored, "at {at}");
        }
    }

    #[test]
    fn the_slowest_gives_way_to_a_slower_one_and_after_the_interval_to_any() {
        let (slot, slowest) = (
            Slot::default(),
            Keep {
                slowest: true,
                ..SECOND
            },
        );
        #[rustfmt::skip]
        let steps = [
            // at      value  stored?
            (10_000,   1.0,   true),
            (10_100,   0.9,   false),
            (10_200,   1.0,   false),
            (10_300,   2.0,   true),
            // The interval is that of the first: it does not start again.
            (10_999,   1.5,   false),
            (11_000,   0.1,   true),
            (11_001,   0.2,   true),
        ];
        for (at, value, stored) in steps {
            assert_eq!(slot.is_open(value, at, slowest), stored, "{value} at {at}");
            assert_eq!(store(&slot, value, at, slowest), stored, "{value} at {at}");
        }
        assert_eq!(shown(&slot), Some((0.2, 11)));
    }

    #[test]
    fn what_was_shown_is_followed_by_a_later_time_within_the_same_millisecond_too() {
        let slot = Slot::default();
        assert!(store(&slot, 1.0, 10_000, ALWAYS) && store(&slot, 2.0, 10_001, ALWAYS));
        assert_eq!(shown(&slot), Some((2.0, 10)), "nobody has seen the first");
        assert!(store(&slot, 3.0, 10_002, ALWAYS));
        assert_eq!(shown(&slot), Some((3.0, 11)));
        assert_eq!(shown(&slot), Some((3.0, 11)), "the same again is the same");
        assert!(store(&slot, 4.0, 20_000, ALWAYS));
        assert_eq!(shown(&slot), Some((4.0, 20)), "time has caught up");
        assert!(!store(&slot, 5.0, 19_999, ALWAYS), "measured before");
    }

    #[test]
    fn a_writer_that_never_comes_back_hangs_nobody() {
        let slot = Slot::default();
        assert!(store(&slot, 1.0, 1, ALWAYS));
        slot.seq.store(3, Relaxed);
        assert_eq!(slot.load(), None);
        assert!(!store(&slot, 2.0, 2, ALWAYS));
    }

    #[test]
    fn a_slot_is_one_line() {
        assert_eq!((size_of::<Slot>(), align_of::<Slot>()), (64, 64));
    }
}
