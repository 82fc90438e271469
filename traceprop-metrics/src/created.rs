//! When a series began to count.

use std::time::{SystemTime, UNIX_EPOCH};

/// A time by the wall clock, read once, when a series is made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Created {
    /// Milliseconds since 1970; 0 is not known.
    unix_ms: u64,
}

impl Created {
    pub(crate) fn now() -> Self {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
        let unix_ms = since_1970.map_or(0, |since| since.as_millis());
        Self {
            unix_ms: u64::try_from(unix_ms).unwrap_or_default(),
        }
    }

    /// Milliseconds since 1970, if they are known.
    pub(crate) fn unix_ms(self) -> Option<u64> {
        (self.unix_ms != 0).then_some(self.unix_ms)
    }
}
