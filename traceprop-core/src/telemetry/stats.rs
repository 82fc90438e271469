//! What became of the sampled spans, counted.

use std::fmt;

use crate::health::Health;

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

impl Stats {
    pub(super) fn of(health: &Health) -> Self {
        let counts = health.counts();
        Self {
            exported: counts.exported,
            dropped: counts.dropped(),
            failed: counts.unsent(),
            pending: counts.queued.saturating_add(counts.sending),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::ExportFailure;

    #[test]
    fn every_span_is_in_one_of_the_four() {
        let health = Health::new(4);
        let reserved = (0..6).filter(|_| health.reserve()).count();
        assert_eq!(reserved, 4);
        health.refuse();
        health.take(3);
        health.sent(1);
        health.failed(1, ExportFailure::Timeout);
        let want = Stats {
            exported: 1,
            dropped: 3,
            failed: 1,
            pending: 2,
        };
        assert_eq!(Stats::of(&health), want);
    }
}
