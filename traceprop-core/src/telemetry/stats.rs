//! What became of the sampled spans, counted.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// What became of the sampled spans that ended, since the start. All zero where nothing exports them.
///
/// ```
/// use traceprop_core::telemetry::Stats;
///
/// let stats = Stats::default();
/// assert_eq!(stats.to_string(), "0 spans exported, 0 dropped, 0 failed, 0 pending");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Spans that the exporter took without an error.
    pub exported: u64,
    /// Spans that found the queue full (`OTEL_BSP_MAX_QUEUE_SIZE`), or ended after the shutdown.
    pub dropped: u64,
    /// Spans in batches that the exporter failed to send.
    pub failed: u64,
    /// Spans in the queue or on their way.
    pub pending: u64,
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            exported,
            dropped,
            failed,
            pending,
        } = self;
        write!(
            f,
            "{exported} spans exported, {dropped} dropped, {failed} failed, {pending} pending"
        )
    }
}

/// The counters behind [`Stats`], and the queue's bound.
#[derive(Debug)]
pub(super) struct Counters {
    capacity: u64,
    /// Spans in the queue: never fewer than the batch processor's own queue holds, since the
    /// exporter counts them out after they left it.
    queued: AtomicU64,
    sending: AtomicU64,
    exported: AtomicU64,
    failed: AtomicU64,
    dropped: AtomicU64,
}

impl Counters {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            capacity: capacity as u64,
            queued: AtomicU64::new(0),
            sending: AtomicU64::new(0),
            exported: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
        }
    }

    /// Takes a place in the queue; `false` where it is full, which counts as a drop.
    pub(super) fn reserve(&self) -> bool {
        let free = self.queued.fetch_add(1, Ordering::Relaxed) < self.capacity;
        if !free {
            self.queued.fetch_sub(1, Ordering::Relaxed);
            self.drop_one();
        }
        free
    }

    pub(super) fn drop_one(&self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }

    /// `count` spans left the queue for the exporter.
    pub(super) fn take(&self, count: u64) {
        self.sending.fetch_add(count, Ordering::Relaxed);
        self.queued.fetch_sub(count, Ordering::Relaxed);
    }

    /// The exporter is done with `count` spans.
    pub(super) fn done(&self, count: u64, sent: bool) {
        let counter = if sent { &self.exported } else { &self.failed };
        counter.fetch_add(count, Ordering::Relaxed);
        self.sending.fetch_sub(count, Ordering::Relaxed);
    }

    pub(super) fn stats(&self) -> Stats {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Stats {
            exported: load(&self.exported),
            dropped: load(&self.dropped),
            failed: load(&self.failed),
            pending: load(&self.queued).saturating_add(load(&self.sending)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_counted_where_it_is() {
        let counters = Counters::new(3);
        let reserved: Vec<_> = (0..4).map(|_| counters.reserve()).collect();
        assert_eq!(reserved, [true, true, true, false]);
        counters.take(2);
        assert_eq!(counters.stats().pending, 3);
        counters.done(2, true);
        counters.take(1);
        counters.done(1, false);
        let want = Stats {
            exported: 2,
            dropped: 1,
            failed: 1,
            pending: 0,
        };
        assert_eq!(counters.stats(), want);
    }
}
