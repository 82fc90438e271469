//! How many atomic operations an observation is.

use crate::counted::seqlock::{Keep, Numbers, Slot};
use crate::counted::shards::Shards;
use crate::counted::sync::{Work, work};

/// Panics if it is more than was promised.
pub(crate) fn is_counted() {
    let shards = Shards::new(15);
    let observe = work(|| shards.observe(7, 0.3));
    // One that announces, the sum and the bucket. The load is for the sum.
    let three = Work {
        loads: 1,
        read_modify_writes: 3,
        ..Work::default()
    };
    assert_eq!(observe, three);

    let slot = Slot::default();
    let numbers = Numbers {
        trace_id: 1,
        span_id: 1,
        value: 0.3,
        unix_ms: 1,
    };
    let latest = Keep {
        interval: 1_000,
        credit: 0,
        slowest: false,
    };
    let store = work(|| assert!(slot.store(&numbers, 5, latest, |_| {})));
    assert_eq!((store.read_modify_writes, store.fences), (1, 1));

    let closed = work(|| assert!(!slot.is_open(0.3, 6, latest)));
    assert_eq!(
        closed,
        Work {
            loads: 1,
            ..Work::default()
        },
        "a closed gate is one load"
    );
    let slowest = Keep {
        slowest: true,
        ..latest
    };
    let closed = work(|| assert!(!slot.is_open(0.3, 6, slowest)));
    assert_eq!(
        closed,
        Work {
            loads: 2,
            ..Work::default()
        }
    );
    assert!(slot.load().is_some());
}
