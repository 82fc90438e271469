//! What `traceprop-metrics/src/sync.rs` is there, on loom.

pub(crate) use loom::hint::spin_loop;
pub(crate) use loom::sync::Mutex;
pub(crate) use loom::sync::atomic::{AtomicU64, fence};
pub(crate) use loom::thread::yield_now;

/// One failed look shows all that a hundred could.
pub(crate) const READ_ATTEMPTS: u32 = 2;
pub(crate) const QUICK_LOOKS: u32 = 1;
pub(crate) const NAPS: u32 = 0;

pub(crate) fn nap() {
    yield_now();
}
