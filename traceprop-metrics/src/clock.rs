//! Turns the caller's `Instant` into a gate tick and a wall-clock time, without asking a clock.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// One tick of a gate is 64 ms, so that 32 bits last for 8.7 years of uptime.
const TICK_BITS: u32 = 6;

/// The wall clock is read at the first use and at each scrape, and followed forwards only: an exemplar
/// older than the one before it would be refused by the server.
static CLOCK: LazyLock<Clock> = LazyLock::new(|| Clock {
    origin: Instant::now(),
    unix_ms: AtomicU64::new(wall_ms()),
});

struct Clock {
    origin: Instant,
    /// Wall-clock time of `origin`, in milliseconds since 1970.
    unix_ms: AtomicU64,
}

/// The number of ticks that make up `interval`, at least one.
pub(crate) const fn ticks(interval: Duration) -> u32 {
    let ticks = millis(interval) >> TICK_BITS;
    if ticks == 0 { 1 } else { saturate(ticks) }
}

/// The tick `at` falls into; an instant before the first use is in tick 0.
pub(crate) fn tick(at: Instant) -> u32 {
    saturate(millis(at.saturating_duration_since(CLOCK.origin)) >> TICK_BITS)
}

/// Wall-clock time of `at`, in milliseconds since 1970.
pub(crate) fn unix_ms(at: Instant) -> u64 {
    let base = CLOCK.unix_ms.load(Relaxed);
    match at.checked_duration_since(CLOCK.origin) {
        Some(after) => base.saturating_add(millis(after)),
        None => base.saturating_sub(millis(CLOCK.origin.saturating_duration_since(at))),
    }
}

/// Catches up with a wall clock that has jumped ahead, after a suspended machine woke up for example.
pub(crate) fn catch_up() {
    let elapsed = millis(CLOCK.origin.elapsed());
    CLOCK
        .unix_ms
        .fetch_max(wall_ms().saturating_sub(elapsed), Relaxed);
}

fn wall_ms() -> u64 {
    // A clock before 1970 gives 0: exemplars then look old, and nothing else suffers.
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, millis)
}

const fn millis(duration: Duration) -> u64 {
    // `as_millis` divides 128-bit numbers.
    duration
        .as_secs()
        .saturating_mul(1000)
        .saturating_add(duration.subsec_millis() as u64)
}

const fn saturate(ticks: u64) -> u32 {
    if ticks > u32::MAX as u64 {
        u32::MAX
    } else {
        ticks as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_before_and_after_the_origin_keep_their_distance() {
        let now = CLOCK.origin;
        let at_now = unix_ms(now);
        let later = now + Duration::from_millis(1500);
        assert_eq!(unix_ms(later) - at_now, 1500);
        let earlier = CLOCK.origin.checked_sub(Duration::from_millis(500));
        if let Some(earlier) = earlier {
            assert_eq!(unix_ms(CLOCK.origin) - unix_ms(earlier), 500);
            assert_eq!(tick(earlier), 0);
        }
        assert!(
            at_now > 1_600_000_000_000,
            "milliseconds, not seconds: {at_now}"
        );
    }

    #[test]
    fn one_second_is_fifteen_ticks_and_zero_is_one() {
        assert_eq!(ticks(Duration::from_secs(1)), 15);
        assert_eq!(ticks(Duration::ZERO), 1);
        assert_eq!(ticks(Duration::MAX), u32::MAX);
    }
}
