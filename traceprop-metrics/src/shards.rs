//! Bucket counts and their sum, counted by many threads and read as one consistent whole.
//!
//! Built a second time, on the atomics of a model checker, by `tests/models`: it names no other module.

use std::sync::PoisonError;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

use super::sync::{AtomicU64, Mutex, NAPS, QUICK_LOOKS, nap, spin_loop, yield_now};

/// The bit of `begun` that says which shard is hot; the others count observations.
const HOT: u64 = 1 << 63;

/// Two shards, of which observers fill the hot one while a reader empties the cold one.
///
/// An observation announces itself in `begun`, adds to the sum and, last, to its bucket. A reader swaps
/// the shards and waits until the now cold one holds as many as had begun; then sum and buckets belong
/// together. Observers never wait for a reader, nor for each other: an observation is three atomic
/// read-modify-writes, two of them on one and the same line.
#[derive(Debug)]
#[repr(align(64))]
pub(crate) struct Shards {
    begun: AtomicU64,
    shards: [Shard; 2],
    /// Readers take turns. No observer takes this lock.
    reading: Mutex<()>,
}

#[derive(Debug)]
struct Shard {
    /// An `f64`'s bits.
    sum: AtomicU64,
    buckets: Box<[AtomicU64]>,
}

/// What was counted up to one moment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Counts {
    /// Observations of each bucket alone, not cumulative.
    pub(crate) buckets: Vec<u64>,
    pub(crate) sum: f64,
}

impl Shards {
    pub(crate) fn new(buckets: usize) -> Self {
        Self {
            begun: AtomicU64::new(0),
            shards: [Shard::new(buckets), Shard::new(buckets)],
            reading: Mutex::new(()),
        }
    }

    /// Counts `value` in `bucket`; a bucket that does not exist counts nothing.
    #[inline]
    pub(crate) fn observe(&self, bucket: usize, value: f64) {
        if bucket >= self.shards[0].buckets.len() {
            return;
        }
        // Acquire: what the last reader did to this shard while it was cold comes first.
        let hot = self.begun.fetch_add(1, Acquire) & HOT != 0;
        let shard = &self.shards[usize::from(hot)];
        shard.add_to_sum(value);
        // Release, and last: whoever counts this observation sees its share of the sum.
        shard.buckets[bucket].fetch_add(1, Release);
    }

    /// Counts what somebody has counted apart: as many in each bucket, and `sum` in all.
    pub(crate) fn observe_all(&self, buckets: &[u64], sum: f64) {
        let shards = |begun: u64| &self.shards[usize::from(begun & HOT != 0)];
        let known = buckets.len().min(self.shards[0].buckets.len());
        let count: u64 = buckets[..known].iter().sum();
        let shard = shards(self.begun.fetch_add(count, Acquire));
        shard.add_to_sum(sum);
        for (total, count) in shard.buckets.iter().zip(buckets) {
            if *count > 0 {
                total.fetch_add(*count, Release);
            }
        }
    }

    /// How many observations have begun so far.
    pub(crate) fn count(&self) -> u64 {
        self.begun.load(Relaxed) & !HOT
    }

    /// What has been counted so far.
    ///
    /// Waits for observations that have begun, for a bounded time. One whose thread was stopped in the
    /// middle for longer is left to a later call.
    pub(crate) fn read(&self) -> Counts {
        self.read_and_tell().0
    }

    /// Also tells whether every observation that had begun is in the counts.
    pub(crate) fn read_and_tell(&self) -> (Counts, bool) {
        let _turn = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.begun.fetch_xor(HOT, AcqRel);
        let was_hot = usize::from(before & HOT != 0);
        let (cold, hot) = (&self.shards[was_hot], &self.shards[1 - was_hot]);
        let complete = cold.wait_for(before & !HOT);
        let counts = Counts {
            buckets: cold.counts(),
            sum: f64::from_bits(cold.sum.load(Relaxed)),
        };
        cold.pour_into(hot);
        (counts, complete)
    }
}

impl Shard {
    fn new(buckets: usize) -> Self {
        Self {
            sum: AtomicU64::new(0),
            buckets: (0..buckets).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    #[inline]
    fn add_to_sum(&self, value: f64) {
        let mut old = self.sum.load(Relaxed);
        loop {
            let new = (f64::from_bits(old) + value).to_bits();
            match self.sum.compare_exchange_weak(old, new, Relaxed, Relaxed) {
                Ok(_) => return,
                Err(seen) => old = seen,
            }
        }
    }

    fn counts(&self) -> Vec<u64> {
        self.buckets
            .iter()
            .map(|bucket| bucket.load(Acquire))
            .collect()
    }

    /// Whether `begun` observations are counted here, now or before the reader's patience ends.
    fn wait_for(&self, begun: u64) -> bool {
        for look in 0..2 * QUICK_LOOKS + NAPS {
            let counted: u64 = self.buckets.iter().map(|bucket| bucket.load(Acquire)).sum();
            if counted >= begun {
                return true;
            }
            match look / QUICK_LOOKS {
                0 => spin_loop(),
                1 => yield_now(),
                _ => nap(),
            }
        }
        false
    }

    /// Moves everything to the hot shard, whose totals then cover all time. What a late observer adds
    /// here afterwards is found when this shard is cold again.
    fn pour_into(&self, hot: &Shard) {
        hot.add_to_sum(f64::from_bits(self.sum.swap(0, Relaxed)));
        for (from, to) in self.buckets.iter().zip(&hot.buckets) {
            to.fetch_add(from.swap(0, Relaxed), Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::thread;

    use super::*;

    #[test]
    fn sum_and_buckets_always_belong_together() {
        const EACH: u64 = 20_000;
        let shards = Shards::new(3);
        let running = AtomicUsize::new(2);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    (0..EACH).for_each(|n| shards.observe((n % 3) as usize, 2.0));
                    running.fetch_sub(1, Release);
                });
            }
            let (mut last, mut complete) = (0, 0);
            while running.load(Acquire) > 0 || complete == 0 {
                let (counts, is_complete) = shards.read_and_tell();
                let counted: u64 = counts.buckets.iter().sum();
                // On a busy machine an observer may be stopped for longer than a reader waits.
                if is_complete {
                    assert_eq!(counts.sum, 2.0 * counted as f64);
                    complete += 1;
                }
                assert!(counted >= last, "a count went down");
                last = counted;
            }
        });
        // Twice, for what a stopped observer left in the other shard.
        shards.read();
        shards.read();
        let counts = shards.read();
        assert_eq!(counts.buckets.iter().sum::<u64>(), 2 * EACH);
        assert_eq!(counts, shards.read(), "a read changes nothing");
    }

    #[test]
    fn an_observer_stopped_half_way_delays_no_reader_and_loses_nothing() {
        let shards = Shards::new(1);
        shards.observe(0, 1.0);
        // Has begun, has not counted.
        shards.begun.fetch_add(1, Acquire);
        assert_eq!(shards.read().buckets, [1]);
        // It goes on, in the shard it had chosen, which is cold by now.
        shards.shards[0].add_to_sum(1.0);
        shards.shards[0].buckets[0].fetch_add(1, Release);
        shards.read();
        assert_eq!(
            shards.read(),
            Counts {
                buckets: vec![2],
                sum: 2.0
            }
        );
    }
}
