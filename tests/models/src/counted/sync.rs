//! What `traceprop-metrics/src/sync.rs` is there, and a count.

use std::cell::Cell;
pub(crate) use std::hint::spin_loop;
pub(crate) use std::sync::Mutex;
use std::sync::atomic::{self, Ordering};
pub(crate) use std::thread::yield_now;

pub(crate) const READ_ATTEMPTS: u32 = 64;
pub(crate) const QUICK_LOOKS: u32 = 1024;
pub(crate) const NAPS: u32 = 0;

pub(crate) fn nap() {
    yield_now();
}

/// What was done to atomics.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Work {
    pub(crate) loads: u32,
    pub(crate) stores: u32,
    pub(crate) read_modify_writes: u32,
    pub(crate) fences: u32,
}

thread_local! {
    static WORK: Cell<Work> = Cell::default();
}

/// What `f` does to atomics.
pub(crate) fn work(f: impl FnOnce()) -> Work {
    WORK.take();
    f();
    WORK.take()
}

fn count(f: impl FnOnce(&mut Work)) {
    let mut work = WORK.get();
    f(&mut work);
    WORK.set(work);
}

pub(crate) fn fence(order: Ordering) {
    count(|work| work.fences += 1);
    atomic::fence(order);
}

#[derive(Debug, Default)]
pub(crate) struct AtomicU64(atomic::AtomicU64);

impl AtomicU64 {
    pub(crate) fn new(value: u64) -> Self {
        Self(atomic::AtomicU64::new(value))
    }

    pub(crate) fn load(&self, order: Ordering) -> u64 {
        count(|work| work.loads += 1);
        self.0.load(order)
    }

    pub(crate) fn store(&self, value: u64, order: Ordering) {
        count(|work| work.stores += 1);
        self.0.store(value, order);
    }
}

macro_rules! read_modify_write {
    ($($name:ident)*) => {$(
        impl AtomicU64 {
            pub(crate) fn $name(&self, value: u64, order: Ordering) -> u64 {
                count(|work| work.read_modify_writes += 1);
                self.0.$name(value, order)
            }
        }
    )*};
}
read_modify_write! { fetch_add fetch_max fetch_xor swap }

macro_rules! compare_and_swap {
    ($($name:ident)*) => {$(
        impl AtomicU64 {
            pub(crate) fn $name(
                &self,
                old: u64,
                new: u64,
                success: Ordering,
                failure: Ordering,
            ) -> Result<u64, u64> {
                count(|work| work.read_modify_writes += 1);
                self.0.$name(old, new, success, failure)
            }
        }
    )*};
}
compare_and_swap! { compare_exchange compare_exchange_weak }
