//! What becomes of this process's spans, counted, so that somebody can be told when they are lost.
//!
//! `traceprop_core::Telemetry` keeps a [`Health`] for its queue and its exporter;
//! `traceprop_metrics::TelemetryCollector` shows it to Prometheus. A pipeline of your own can count with
//! one, too.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

/// Counts the sampled spans that have ended: on their way, sent, or lost and why.
///
/// A span goes from [`reserve`](Self::reserve), which gives it a place in the queue, to
/// [`take`](Self::take), when an exporter gets it, and to [`sent`](Self::sent) or
/// [`failed`](Self::failed). Each of them is a few relaxed atomic operations; nothing is locked.
///
/// ```
/// use traceprop_core::health::{ExportFailure, Health};
///
/// let health = Health::new(2);
/// assert!(health.reserve() && health.reserve());
/// assert!(!health.reserve(), "the third finds the queue full");
/// health.take(2);
/// health.sent(1);
/// health.failed(1, ExportFailure::Timeout);
///
/// let counts = health.counts();
/// assert_eq!((counts.exported, counts.timed_out, counts.queue_full), (1, 1, 1));
/// assert_eq!(counts.lost(), 2);
/// ```
#[derive(Debug)]
pub struct Health {
    capacity: u64,
    /// Spans in the queue: never fewer than the queue itself holds, since they are counted out after
    /// they have left it.
    queued: AtomicU64,
    sending: AtomicU64,
    exported: AtomicU64,
    queue_full: AtomicU64,
    refused: AtomicU64,
    timed_out: AtomicU64,
    shut_down: AtomicU64,
    failed: AtomicU64,
}

/// Why an export failed, as far as an exporter tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExportFailure {
    /// There was no answer in time; the spans may have arrived all the same.
    Timeout,
    /// The exporter was shut down.
    Shutdown,
    /// Anything else: nobody there, an answer that refuses, a broken connection.
    Other,
}

/// What [`Health`] has counted up to now, in spans.
///
/// ```
/// use traceprop_core::health::{Counts, Health};
///
/// assert_eq!(Health::new(2048).counts(), Counts { capacity: 2048, ..Counts::default() });
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// How many spans may wait.
    pub capacity: u64,
    /// Waiting now.
    pub queued: u64,
    /// With the exporter now.
    pub sending: u64,
    /// Taken by the exporter without an error.
    pub exported: u64,
    /// Lost: they found the queue full.
    pub queue_full: u64,
    /// Lost: they ended after the shutdown.
    pub refused: u64,
    /// Lost, mostly: an export had no answer in time.
    pub timed_out: u64,
    /// Lost: the exporter was shut down before them.
    pub shut_down: u64,
    /// Lost: an export failed another way.
    pub failed: u64,
}

impl Counts {
    /// Spans that never got to the queue.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.queue_full + self.refused
    }

    /// Spans of exports that failed.
    #[must_use]
    pub fn unsent(&self) -> u64 {
        self.timed_out + self.shut_down + self.failed
    }

    /// All spans that were lost.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.dropped() + self.unsent()
    }
}

impl Health {
    /// That of a queue for so many spans, and of what comes after it.
    #[must_use]
    pub fn new(capacity: u64) -> Self {
        Self {
            capacity,
            queued: AtomicU64::new(0),
            sending: AtomicU64::new(0),
            exported: AtomicU64::new(0),
            queue_full: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            timed_out: AtomicU64::new(0),
            shut_down: AtomicU64::new(0),
            failed: AtomicU64::new(0),
        }
    }

    /// Takes a place in the queue; `false` where it is full, which counts as a loss.
    #[must_use = "a span without a place must not be queued"]
    pub fn reserve(&self) -> bool {
        let free = self.queued.fetch_add(1, Relaxed) < self.capacity;
        if !free {
            self.queued.fetch_sub(1, Relaxed);
            self.queue_full.fetch_add(1, Relaxed);
        }
        free
    }

    /// A span came after the shutdown, and is lost.
    pub fn refuse(&self) {
        self.refused.fetch_add(1, Relaxed);
    }

    /// `count` spans left the queue for the exporter.
    pub fn take(&self, count: u64) {
        self.sending.fetch_add(count, Relaxed);
        self.queued.fetch_sub(count, Relaxed);
    }

    /// The exporter has sent `count` spans.
    pub fn sent(&self, count: u64) {
        self.exported.fetch_add(count, Relaxed);
        self.sending.fetch_sub(count, Relaxed);
    }

    /// The exporter has failed to send `count` spans.
    pub fn failed(&self, count: u64, why: ExportFailure) {
        let lost = match why {
            ExportFailure::Timeout => &self.timed_out,
            ExportFailure::Shutdown => &self.shut_down,
            ExportFailure::Other => &self.failed,
        };
        lost.fetch_add(count, Relaxed);
        self.sending.fetch_sub(count, Relaxed);
    }

    /// What was counted up to now.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts {
            capacity: self.capacity,
            queued: self.queued.load(Relaxed),
            sending: self.sending.load(Relaxed),
            exported: self.exported.load(Relaxed),
            queue_full: self.queue_full.load(Relaxed),
            refused: self.refused.load(Relaxed),
            timed_out: self.timed_out.load(Relaxed),
            shut_down: self.shut_down.load(Relaxed),
            failed: self.failed.load(Relaxed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_counted_where_it_is() {
        let health = Health::new(3);
        let reserved: Vec<_> = (0..4).map(|_| health.reserve()).collect();
        assert_eq!(reserved, [true, true, true, false]);
        health.take(2);
        let counts = health.counts();
        assert_eq!((counts.queued, counts.sending), (1, 2));
        health.sent(2);
        health.take(1);
        health.failed(1, ExportFailure::Other);
        health.refuse();
        let want = Counts {
            capacity: 3,
            exported: 2,
            queue_full: 1,
            refused: 1,
            failed: 1,
            ..Counts::default()
        };
        assert_eq!(health.counts(), want);
        assert_eq!((want.dropped(), want.unsent(), want.lost()), (2, 1, 3));
    }

    #[test]
    fn every_failure_is_counted_as_what_it_was() {
        let health = Health::new(9);
        for (why, count) in [
            (ExportFailure::Timeout, 1),
            (ExportFailure::Shutdown, 2),
            (ExportFailure::Other, 4),
        ] {
            (0..count).for_each(|_| assert!(health.reserve()));
            health.take(count);
            health.failed(count, why);
        }
        let counts = health.counts();
        assert_eq!(
            (counts.timed_out, counts.shut_down, counts.failed),
            (1, 2, 4)
        );
        assert_eq!((counts.queued, counts.sending), (0, 0));
    }

    #[test]
    fn the_queue_is_never_over_full_and_no_span_is_lost_uncounted() {
        let health = Health::new(8);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..10_000 {
                        if health.reserve() {
                            health.take(1);
                            health.sent(1);
                        }
                    }
                });
            }
        });
        let counts = health.counts();
        assert_eq!(counts.exported + counts.queue_full, 40_000);
        assert_eq!((counts.queued, counts.sending), (0, 0));
    }
}
