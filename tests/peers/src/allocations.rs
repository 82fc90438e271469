//! Counts allocations.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

/// The system's allocator, counting.
pub struct Counting;

/// Whether bytes are counted, too: not while time is measured.
static BYTES: AtomicBool = AtomicBool::new(false);

// Each thread counts its own: what a shared count costs would be added to each allocation, and the more
// the more threads there are.
thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
    static HELD: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

/// Allocations of this thread so far, a block that grows or shrinks counted as one.
pub fn count() -> usize {
    COUNT.get()
}

/// Bytes that this thread held at most while it ran `work`, over what it held before.
#[cfg(feature = "metrics")]
pub fn peak<R>(work: impl FnOnce() -> R) -> (R, usize) {
    let before = HELD.get();
    PEAK.set(before);
    BYTES.store(true, Relaxed);
    let result = work();
    BYTES.store(false, Relaxed);
    (result, (PEAK.get() - before).unsigned_abs())
}

fn one_more(bytes: isize) {
    COUNT.set(COUNT.get() + 1);
    hold(bytes);
}

fn hold(bytes: isize) {
    if !BYTES.load(Relaxed) {
        return;
    }
    let held = HELD.get() + bytes;
    HELD.set(held);
    if held > PEAK.get() {
        PEAK.set(held);
    }
}

// SAFETY: every call goes to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        one_more(layout.size() as isize);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        one_more(size as isize - layout.size() as isize);
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(old, layout, size) }
    }

    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        hold(-(layout.size() as isize));
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(old, layout) }
    }
}
