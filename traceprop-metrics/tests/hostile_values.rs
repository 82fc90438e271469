//! A million distinct label values take no more memory than a few thousand.
//!
//! A binary of its own, for it has an allocator of its own. One test: every thread counts.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;

use common::openmetrics;
use prometheus::{HistogramOpts, Registry};
use traceprop_metrics::{ExemplarHistogramVec, Limits, OverflowCounter};

struct Measuring;

static HELD: AtomicUsize = AtomicUsize::new(0);

#[allow(unsafe_code, reason = "an allocator cannot be written without")]
// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Measuring {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        HELD.fetch_add(layout.size(), Relaxed);
        // SAFETY: the caller's promises are those of `System`.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Measuring = Measuring;

#[test]
fn a_million_distinct_values_take_bounded_memory() {
    const VALUES: usize = 1_000_000;
    let registry = Registry::new();
    let opts = HistogramOpts::new("hostile_seconds", "H.");
    let histograms = ExemplarHistogramVec::new(opts, &["method", "route"]).unwrap();
    registry.register(Box::new(histograms.clone())).unwrap();
    let flood = |values: std::ops::Range<usize>| {
        let span = common::span(1);
        for n in values {
            // One in a thousand is long as well.
            let route = if n % 1000 == 0 {
                format!("/{n}/{}", "x".repeat(4096))
            } else {
                format!("/{n}")
            };
            let method = ["GET", "POST"][n % 2];
            histograms
                .with_label_values(&[method, &route])
                .observe_with(0.1, &span);
        }
    };
    let before = HELD.load(Relaxed);
    flood(0..2000);
    let after_few = HELD.load(Relaxed);
    thread::scope(|scope| {
        scope.spawn(|| flood(2000..VALUES / 2));
        flood(VALUES / 2..VALUES);
    });
    let after_all = HELD.load(Relaxed);
    // All that there may be is there: a hundred routes, and the overflow of two methods.
    let few = after_few - before;
    assert!(
        few > 100 * 12 * 64,
        "the slots of the series are counted: {few}"
    );
    assert!(
        after_all < after_few + 4096,
        "{few} bytes for the first 2000 values, {} more for the rest",
        after_all - after_few
    );

    let body = openmetrics(&registry);
    let counts = body
        .lines()
        .filter_map(|line| line.strip_prefix("hostile_seconds_count{"));
    let counts: Vec<usize> = counts
        .map(|line| line.rsplit(' ').next().unwrap().parse().unwrap())
        .collect();
    assert!(
        counts.len() <= 2 * (Limits::VALUES + 1),
        "{} series",
        counts.len()
    );
    assert_eq!(counts.iter().sum::<usize>(), VALUES);
    let turned_away = OverflowCounter::new().get("hostile_seconds", "route");
    assert_eq!(turned_away, (VALUES - Limits::VALUES) as f64);
}
