//! The atomics that [`seqlock`](crate::seqlock) and [`shards`](crate::shards) are made of.
//!
//! In one place so that those two files can be built on other atomics as well: on loom's, which try every
//! interleaving, and on some that count themselves.

pub(crate) use std::hint::spin_loop;
pub(crate) use std::sync::Mutex;
pub(crate) use std::sync::atomic::{AtomicU64, fence};
pub(crate) use std::thread::yield_now;

/// How often a reader of one exemplar looks again before it leaves it to the next scrape.
pub(crate) const READ_ATTEMPTS: u32 = 64;

/// How many looks of each kind a reader of counts takes before it leaves the rest to the next scrape.
///
/// First these many at once, then as many after giving up the core, then [`NAPS`] after a nap.
pub(crate) const QUICK_LOOKS: u32 = 1024;

/// With [`nap`], some 10 ms for a thread that was stopped in the middle, and next to nothing otherwise.
pub(crate) const NAPS: u32 = 50;

pub(crate) fn nap() {
    std::thread::sleep(std::time::Duration::from_micros(100));
}
