//! Where a span is not recording, the helpers neither allocate nor format.
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::error::Error;
use std::fmt;

use opentelemetry::Context;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, TracerProvider,
};
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use traceprop_core::call::{Call, Options, Outcome, Scope};
use traceprop_core::span::{CacheCall, DbCall, ErrorReport, ResultExt, SpanExt};

/// Counts what this thread allocates.
struct Counting;

thread_local! {
    static ALLOCATED: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: every call goes to the system's allocator as it came.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATED.set(ALLOCATED.get() + 1);
        // SAFETY: the caller keeps the contract, which is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the pointer came from `alloc` above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations(act: impl FnOnce()) -> u64 {
    let before = ALLOCATED.get();
    act();
    ALLOCATED.get() - before
}

/// An error that must not be looked at.
#[derive(Debug)]
struct Unread;

impl fmt::Display for Unread {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("formatted for a span that is not recording")
    }
}

impl Error for Unread {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        panic!("asked for its cause for a span that is not recording")
    }
}

fn remote() -> SpanContext {
    SpanContext::new(
        TraceId::from(7),
        SpanId::from(9),
        TraceFlags::SAMPLED,
        true,
        TraceState::default(),
    )
}

fn unsampled() -> Options {
    let provider = SdkTracerProvider::builder()
        .with_sampler(Sampler::AlwaysOff)
        .build();
    Options::new("test", Scope::Off).tracer(provider.tracer("test"))
}

fn record_everything(span: &impl SpanExt, other: &SpanContext, context: &Context) {
    span.record_error(&Unread);
    span.record_error_chain(&Unread as &(dyn Error + Send + Sync));
    span.record_report(
        &ErrorReport::new(&Unread)
            .error_type("unread")
            .db_status_code("1")
            .with_causes(),
    );
    span.link_span(other);
    span.link_span_with(other, Vec::new());
    span.link_context(context);
}

#[test]
fn nothing_is_allocated_for_a_context_that_records_nothing() {
    let other = remote();
    let remote = Context::new().with_remote_span_context(other.clone());
    let empty = Context::new();
    for context in [&remote, &empty] {
        let count = allocations(|| record_everything(context, &other, &remote));
        assert_eq!(count, 0);
    }
}

#[test]
fn nothing_is_allocated_for_a_call_that_is_not_sampled() {
    let options = unsampled();
    let other = remote();
    let context = Context::new().with_remote_span_context(other.clone());
    let mut call = Call::server("work").start(&options);
    assert!(!call.is_recording());
    assert_eq!(
        allocations(|| record_everything(&call, &other, &context)),
        0
    );
    assert_eq!(allocations(|| call.record_error(&Unread)), 0);
    {
        let _inside = call.enter();
        let count = allocations(|| {
            let failed = Err::<(), _>(Unread).record_err().record_err_chain();
            let failed = failed.record_err_with(|_| -> ErrorReport<'_, Unread> {
                panic!("described for a span that is not recording")
            });
            assert!(failed.is_err());
        });
        assert_eq!(count, 0);
    }
    let count = allocations(|| call.fail(&ErrorReport::new(&Unread).with_causes()));
    assert_eq!(count, 0);
}

#[test]
fn an_unsampled_database_call_allocates_its_attributes_for_the_sampler_and_no_more() {
    let options = unsampled();
    let bare = || {
        Call::client("SELECT")
            .start(&options)
            .finish(Outcome::Completed)
    };
    let database = || {
        let failed = DbCall::new("postgresql", "SELECT")
            .options(&options)
            .collection("orders")
            .namespace("shop")
            .server("db.internal", 5432)
            .query_text("SELECT 1")
            .record_query_text(true)
            .run_sync(|| Err::<(), _>(Unread));
        assert!(failed.is_err());
    };
    let cache = || {
        let failed = CacheCall::new("redis", "GET")
            .options(&options)
            .server("cache.internal", 6379)
            .key("cart:17")
            .record_key(true)
            .lookup_sync(|| Err::<Option<()>, _>(Unread));
        assert!(failed.is_err());
    };
    // The first call of a thread sets up its random ids.
    bare();
    let baseline = allocations(bare);
    assert_eq!(allocations(database), baseline + 1);
    assert_eq!(allocations(cache), baseline + 1);
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations(|| drop(std::hint::black_box(Box::new(1)))), 1);
}
