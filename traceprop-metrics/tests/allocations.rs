//! Counting allocates nothing, once a series and its slots are there.
//!
//! A binary of its own, for it has an allocator of its own. It counts for each thread apart: the test
//! harness allocates on another one.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;
use std::time::{Duration, Instant};

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use prometheus::{HistogramOpts, Opts, Registry};
use traceprop_core::call::{Call, HttpFacts, Options, Outcome, Scope};
use traceprop_metrics::{
    ExemplarCounterVec, ExemplarHistogram, ExemplarHistogramVec, ExemplarOptions, HttpMeter,
};

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

#[allow(unsafe_code, reason = "an allocator cannot be written without")]
// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller's promises are those of `System`.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations(f: impl Fn()) -> u64 {
    // The first round makes what is made once: the series, its slots, this thread's cache.
    f();
    let before = ALLOCATIONS.get();
    (0..1000).for_each(|_| f());
    ALLOCATIONS.get() - before
}

#[test]
fn counting_allocates_nothing() {
    let duration =
        ExemplarHistogramVec::new(HistogramOpts::new("h", "H."), &["method", "route"]).unwrap();
    let sent = ExemplarCounterVec::new(Opts::new("c_total", "C."), &["topic"]).unwrap();
    let (span, unsampled, now) = (common::span(1), common::unsampled(2), Instant::now());
    let histogram = duration.with_label_values(&["GET", "/"]);
    let counter = sent.with_label_values(&["orders"]);
    let _current = Context::new()
        .with_remote_span_context(common::span(3))
        .attach();

    assert!(ALLOCATIONS.get() > 0, "the allocator counts");
    for value in [0.001, 0.3, 1e9, f64::NAN] {
        assert_eq!(
            allocations(|| histogram.observe(value)),
            0,
            "observe {value}"
        );
        assert_eq!(
            allocations(|| histogram.observe_plain(value)),
            0,
            "observe_plain {value}"
        );
        assert_eq!(
            allocations(|| histogram.observe_with(value, &span)),
            0,
            "observe_with {value}"
        );
        assert_eq!(
            allocations(|| histogram.observe_with(value, &unsampled)),
            0,
            "unsampled {value}"
        );
        assert_eq!(
            allocations(|| histogram.observe_at(value, &span, now)),
            0,
            "observe_at {value}"
        );
    }
    assert_eq!(allocations(|| counter.inc()), 0, "inc");
    assert_eq!(allocations(|| counter.inc_by(0.5)), 0, "inc_by");
    assert_eq!(allocations(|| counter.inc_at(1.0, &span, now)), 0, "inc_at");
    // Every one of these is stored: a second later than the one before, or with no interval at all.
    let seconds = Cell::new(now);
    let next = || seconds.replace(seconds.get() + Duration::from_secs(1));
    assert_eq!(
        allocations(|| histogram.observe_at(0.3, &span, next())),
        0,
        "stored"
    );
    assert_eq!(
        allocations(|| counter.inc_at(1.0, &span, next())),
        0,
        "stored"
    );
    let always = ExemplarOptions::new().interval(Duration::ZERO);
    let always = ExemplarHistogram::with_options(HistogramOpts::new("a", "A."), always).unwrap();
    assert_eq!(allocations(|| always.observe_with(0.3, &span)), 0, "stored");
    let local = histogram.local();
    let flushed = || {
        local.observe_at(0.3, &span, next());
        local.flush();
    };
    assert_eq!(allocations(flushed), 0, "flushed");
    let found = || {
        duration
            .with_label_values(black_box(&["GET", "/"]))
            .observe(0.1)
    };
    assert_eq!(allocations(found), 0, "with_label_values");
}

#[test]
fn a_recorder_allocates_nothing_for_a_call() {
    let meter = HttpMeter::new().label("plan").body_sizes();
    let recorder = meter.register(&Registry::new()).unwrap();
    let alone = Options::new("test", Scope::Off);
    let recorded = alone.clone().recorder(recorder.into());
    let call = |options| {
        let facts = HttpFacts {
            method: "GET",
            scheme: "https",
            status: Some(200),
            response_body_size: Some(512),
            ..HttpFacts::default()
        };
        let parent = Context::new().with_remote_span_context(common::span(1));
        let call = Call::server("GET").parent(parent).facts(facts.into());
        call.start(options).finish(Outcome::failed("503"));
    };
    let without = allocations(|| call(&alone));
    assert_eq!(allocations(|| call(&recorded)), without);
}
