//! When something was measured, by the caller's `Instant` or by the coarse clock.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The wall clock is read at the first use and at each scrape, and followed forwards only: an exemplar
/// older than the one before it would be refused by the server.
static CLOCK: LazyLock<Clock> = LazyLock::new(Clock::start);

struct Clock {
    /// A day before the first use, for a caller may have measured before.
    origin: Instant,
    /// `origin` as a reading of the clock behind [`coarse::nanos`].
    origin_nanos: u64,
    /// Wall-clock time of `origin`, in milliseconds since 1970.
    unix_ms: AtomicU64,
}

impl Clock {
    fn start() -> Self {
        let now = Instant::now();
        // A machine that has just booted may have no yesterday; its origin is now, then.
        let origin = now.checked_sub(DAY).unwrap_or(now);
        let day = nanos(now.saturating_duration_since(origin));
        Self {
            origin,
            // Wraps where the machine is up for less than a day, and comes back with the next addition.
            origin_nanos: coarse::start().wrapping_sub(day),
            unix_ms: AtomicU64::new(wall_ms().saturating_sub(day / NANOS_PER_MILLI)),
        }
    }
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const NANOS_PER_SEC: u64 = 1_000_000_000;
const NANOS_PER_MILLI: u64 = 1_000_000;

/// Nanoseconds of the monotonic clock, counted from the origin.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(crate) struct Moment(u64);

impl Moment {
    #[inline]
    pub(crate) fn of(at: Instant) -> Self {
        Self(nanos(at.saturating_duration_since(CLOCK.origin)))
    }

    /// Some milliseconds ago at most, for a tenth of what [`Instant::now`] costs.
    #[inline]
    pub(crate) fn now() -> Self {
        Self(coarse::nanos().wrapping_sub(CLOCK.origin_nanos))
    }

    #[inline]
    pub(crate) fn nanos(self) -> u64 {
        self.0
    }

    /// Wall-clock time, in milliseconds since 1970.
    pub(crate) fn unix_ms(self) -> u64 {
        let base = CLOCK.unix_ms.load(Relaxed);
        base.saturating_add(self.0 / NANOS_PER_MILLI)
    }
}

/// Whole nanoseconds, 584 years at most: `as_nanos` would multiply 128-bit numbers.
#[inline]
pub(crate) const fn nanos(duration: Duration) -> u64 {
    duration
        .as_secs()
        .saturating_mul(NANOS_PER_SEC)
        .saturating_add(duration.subsec_nanos() as u64)
}

/// Catches up with a wall clock that has jumped ahead, after a suspended machine woke up for example.
pub(crate) fn catch_up() {
    let elapsed = nanos(CLOCK.origin.elapsed()) / NANOS_PER_MILLI;
    CLOCK
        .unix_ms
        .fetch_max(wall_ms().saturating_sub(elapsed), Relaxed);
}

fn wall_ms() -> u64 {
    // A clock before 1970 gives 0: exemplars then look old, and nothing else suffers.
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| nanos(since) / NANOS_PER_MILLI)
}

/// The clock of [`Instant`] as the kernel's last tick left it, 1 to 10 ms ago: no counter is read.
#[cfg(target_os = "linux")]
mod coarse {
    use rustix::time::{ClockId, clock_gettime};

    pub(super) fn start() -> u64 {
        reading(ClockId::Monotonic)
    }

    #[inline]
    pub(super) fn nanos() -> u64 {
        reading(ClockId::MonotonicCoarse)
    }

    #[inline]
    fn reading(clock: ClockId) -> u64 {
        let time = clock_gettime(clock);
        // Since boot, and so neither negative nor more than 64 bits of nanoseconds.
        (time.tv_sec as u64)
            .wrapping_mul(super::NANOS_PER_SEC)
            .wrapping_add(time.tv_nsec as u64)
    }
}

/// Where there is no such clock, the ordinary one.
#[cfg(not(target_os = "linux"))]
mod coarse {
    use std::sync::LazyLock;
    use std::time::Instant;

    static START: LazyLock<Instant> = LazyLock::new(Instant::now);

    pub(super) fn start() -> u64 {
        nanos()
    }

    pub(super) fn nanos() -> u64 {
        super::nanos(START.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_keep_their_distance_also_those_before_the_first_use() {
        let now = Instant::now();
        let at_now = Moment::of(now);
        let later = Moment::of(now + Duration::from_millis(1500));
        assert_eq!(later.nanos() - at_now.nanos(), 1_500_000_000);
        assert_eq!(later.unix_ms() - at_now.unix_ms(), 1500);
        let earlier = Moment::of(now - Duration::from_millis(500));
        assert_eq!(at_now.nanos() - earlier.nanos(), 500_000_000);
        let wall = wall_ms();
        assert!(
            wall.abs_diff(at_now.unix_ms()) < 10_000,
            "{wall} {at_now:?}"
        );
    }

    #[test]
    fn the_coarse_clock_is_the_clock_of_instants() {
        for _ in 0..1000 {
            let before = Instant::now();
            let coarse = Moment::now().nanos();
            let after = Moment::of(Instant::now()).nanos();
            assert!(coarse <= after, "{coarse} is ahead of {after}");
            // A tick is 10 ms at most; what is added is for a thread that was stopped between the two.
            let late = after - coarse;
            let allowed = nanos(before.elapsed()) + nanos(Duration::from_millis(11));
            assert!(late <= allowed, "{late} ns behind");
        }
    }

    #[test]
    fn extremes_saturate() {
        assert_eq!(nanos(Duration::MAX), u64::MAX);
        assert_eq!(nanos(Duration::new(1, 5)), 1_000_000_005);
        assert!(Moment(u64::MAX).unix_ms() > Moment(0).unix_ms());
        let past = CLOCK.origin.checked_sub(Duration::from_secs(1));
        assert!(past.is_none_or(|past| Moment::of(past) == Moment(0)));
    }
}
