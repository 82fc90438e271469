//! A scrape of any size takes the memory of one piece, and a pointer for each series.
//!
//! A binary of its own, for it has an allocator of its own.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use http::HeaderMap;
use http::header::ACCEPT;
use prometheus::{HistogramOpts, Registry};
use traceprop_metrics::{ExemplarHistogramVec, Limits, MetricsService};

struct Counting;

static HELD: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

#[allow(unsafe_code, reason = "an allocator cannot be written without")]
// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let held = HELD.fetch_add(layout.size(), Relaxed) + layout.size();
        MOST.fetch_max(held, Relaxed);
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
static ALLOCATOR: Counting = Counting;

#[test]
fn a_hundred_thousand_series_take_two_megabytes() {
    const SERIES: usize = 100_000;
    let registry = Registry::new();
    let opts = HistogramOpts::new("took_seconds", "T.").buckets(vec![0.5, 1.0]);
    let took = ExemplarHistogramVec::new(opts, &["n"])
        .unwrap()
        .limits(&Limits::none());
    registry.register(Box::new(took.clone())).unwrap();
    for n in 0..SERIES {
        took.with_label_values(&[n.to_string()]).observe_plain(0.7);
    }
    let service = MetricsService::new(registry);
    for accept in [
        "application/openmetrics-text",
        "text/plain",
        #[cfg(feature = "protobuf")]
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
    ] {
        let headers = HeaderMap::from_iter([(ACCEPT, accept.parse().unwrap())]);
        let before = HELD.load(Relaxed);
        MOST.store(before, Relaxed);
        let pieces = service.respond(&headers).into_body().pieces();
        let whole: usize = pieces.map(|piece| piece.len()).sum();
        let held = MOST.load(Relaxed) - before;
        assert!(whole > 5_000_000, "{accept}: {whole}");
        // The pointers are 800 kB, and while they are sorted half of that more. A protobuf message is 1 MiB,
        // and twice that while it grows and goes.
        let allowed = if accept.contains("protobuf") {
            6_000_000
        } else {
            2_000_000
        };
        assert!(held < allowed, "{accept}: {held} bytes held for {whole}");
    }
}
