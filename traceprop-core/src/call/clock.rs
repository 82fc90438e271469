//! The time of a call's start, by both clocks: the monotonic one for its duration, the wall's for its
//! span.

use std::cell::Cell;
use std::time::{Duration, Instant, SystemTime};

/// For how long the wall clock is reckoned from a reading of both. Reading it costs as much as all the
/// reckoning, and it drifts from the monotonic clock by 500 parts in a million at most.
const FRESH: Duration = Duration::from_millis(10);

/// Within this time two readings count as one: whoever is interrupted in between reads again.
const TOGETHER: Duration = Duration::from_micros(1);

thread_local! {
    static LAST: Cell<Option<(Instant, SystemTime)>> = const { Cell::new(None) };
}

/// Now, by both clocks.
pub(super) fn now() -> (Instant, SystemTime) {
    let now = Instant::now();
    if let Some((at, wall)) = LAST.get() {
        let since = now.saturating_duration_since(at);
        if since < FRESH
            && let Some(wall) = wall.checked_add(since)
        {
            return (now, wall);
        }
    }
    (now, read(now))
}

#[cold]
fn read(now: Instant) -> SystemTime {
    let wall = SystemTime::now();
    if now.elapsed() < TOGETHER {
        LAST.set(Some((now, wall)));
    }
    wall
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reckoned_time_is_the_wall_clock_s() {
        for _ in 0..1_000 {
            let before = SystemTime::now();
            let (_, wall) = now();
            let after = SystemTime::now();
            let slack = Duration::from_micros(50);
            assert!(wall >= before - slack && wall <= after + slack);
        }
    }

    #[test]
    fn an_old_reading_is_not_used() {
        let start = Instant::now();
        let yesterday = SystemTime::now() - Duration::from_secs(86_400);
        let Some(long_ago) = start.checked_sub(FRESH) else {
            return;
        };
        LAST.set(Some((long_ago, yesterday)));
        assert!(now().1 > yesterday + FRESH * 2);
    }
}
