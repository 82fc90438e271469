//! How often the propagators allocate, which is most of what they cost.
// The trait of an allocator is unsafe to implement.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::TraceContextExt;
use traceprop_core::propagation::carrier::{ANY_JAEGER_BAGGAGE, JOINED, JOINS_REPEATED_VALUES};
use traceprop_core::propagation::{
    B3Propagator, BaggagePropagator, JaegerPropagator, TraceContextPropagator, from_names,
};

struct Counting;

thread_local! {
    /// Of this thread only: tests run on several.
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

fn count() {
    // Gone while the thread ends.
    let _ = COUNT.try_with(|count| count.set(count.get() + 1));
}

// SAFETY: every call goes to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(old, layout, size) }
    }

    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(old, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations<R>(run: impl FnOnce() -> R) -> (usize, R) {
    let before = COUNT.get();
    let result = run();
    (COUNT.get() - before, result)
}

/// Names and values.
type Pairs<'a> = &'a [(&'a str, &'a str)];

/// Borrowed headers, each there once, and room for those that are written.
struct Headers<'a> {
    read: Pairs<'a>,
    written: [Option<String>; 3],
}

impl<'a> Headers<'a> {
    fn new(read: Pairs<'a>) -> Self {
        let written = [const { None }; 3];
        Self { read, written }
    }
}

impl Extractor for Headers<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        if name == JOINS_REPEATED_VALUES {
            return Some(JOINED);
        }
        if name == ANY_JAEGER_BAGGAGE {
            return Some("0");
        }
        self.read
            .iter()
            .find(|header| header.0 == name)
            .map(|header| header.1)
    }

    fn keys(&self) -> Vec<&str> {
        self.read.iter().map(|header| header.0).collect()
    }
}

impl Injector for Headers<'_> {
    fn set(&mut self, _name: &str, value: String) {
        if let Some(free) = self.written.iter_mut().find(|slot| slot.is_none()) {
            *free = Some(value);
        }
    }
}

const PARENT: (&str, &str) = (
    "traceparent",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
);

#[test]
fn extraction() {
    let long = "a=1,".repeat(10_000);
    let undone = [PARENT, ("tracestate", long.as_str())];
    #[rustfmt::skip]
    let table: [(&str, Pairs<'_>, usize); 7] = [
        // what it shows                     headers                                   allocations
        ("absent",                           &[],                                      0),
        ("malformed",                        &[("traceparent", "00-garbage")],         0),
        ("the context's span",               &[PARENT],                                1),
        ("an empty tracestate",              &[PARENT, ("tracestate", "")],            1),
        ("33 members and no more are read",  &undone,                                  1),
        // The list, and a key and a value.
        ("a member",                         &[PARENT, ("tracestate", "a=1")],         4),
        ("baggage is not ours",              &[PARENT, ("baggage", "a=1")],            1),
    ];
    let propagator = TraceContextPropagator::new();
    for (name, headers, want) in table {
        let (empty, carrier) = (Context::new(), Headers::new(headers));
        let (got, _cx) = allocations(|| propagator.extract_with_context(&empty, &carrier));
        assert_eq!(got, want, "{name}");
    }
}

#[test]
fn injection() {
    #[rustfmt::skip]
    let table: [(&str, Pairs<'_>, usize); 3] = [
        // what it shows         headers                                    allocations
        ("no span context",      &[],                                       0),
        ("one header",           &[PARENT],                                 1),
        ("two headers",          &[PARENT, ("tracestate", "a=1,b=2,c=3")],  2),
    ];
    let propagator = TraceContextPropagator::new();
    for (name, headers, want) in table {
        let cx = propagator.extract_with_context(&Context::new(), &Headers::new(headers));
        let mut carrier = Headers::new(&[]);
        let (got, ()) = allocations(|| propagator.inject_context(&cx, &mut carrier));
        assert_eq!(got, want, "{name}");
        assert_eq!(carrier.written.iter().flatten().count(), want, "{name}");
    }
}

#[test]
fn baggage() {
    let propagator = BaggagePropagator::new();
    let (got, cx) =
        allocations(|| propagator.extract_with_context(&Context::new(), &Headers::new(&[PARENT])));
    assert_eq!(got, 0, "absent");
    let (got, ()) = allocations(|| propagator.inject_context(&cx, &mut Headers::new(&[])));
    assert_eq!(got, 0, "nothing to write");

    let headers = [("baggage", "tenant=42,region=eu%2Dwest")];
    let carrier = Headers::new(&headers);
    let (_, cx) = allocations(|| propagator.extract_with_context(&Context::new(), &carrier));
    let mut carrier = Headers::new(&[]);
    let (got, ()) = allocations(|| propagator.inject_context(&cx, &mut carrier));
    assert_eq!(got, 1, "one header");
    let written = carrier.written.into_iter().flatten().next();
    assert_eq!(written.as_deref(), Some("region=eu-west,tenant=42"));
}

#[test]
fn b3_and_jaeger() {
    const B3: &str = "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7";
    let (accept, deny) = (format!("{B3}-1"), format!("{B3}-0"));
    let (single, multi) = (B3Propagator::single(), B3Propagator::multi());
    let jaeger = JaegerPropagator::new();
    let (single, multi): (&dyn TextMapPropagator, &dyn TextMapPropagator) = (&single, &multi);
    let three = [
        ("x-b3-traceid", &B3[..32]),
        ("x-b3-spanid", &B3[33..]),
        ("x-b3-sampled", "1"),
    ];
    let uber = ("uber-trace-id", "4bf92f3577b34da6:00f067aa0ba902b7:0:1");
    #[rustfmt::skip]
    let table: [(&str, &dyn TextMapPropagator, Pairs<'_>, usize, usize); 8] = [
        // what it shows      propagator   headers                   allocations to extract, to inject
        ("absent",            single,      &[],                      0, 0),
        ("malformed",         single,      &[("b3", "garbage")],     0, 0),
        ("single",            single,      &[("b3", &accept)],       1, 1),
        ("single, denied",    single,      &[("b3", &deny)],         1, 1),
        ("multi",             multi,       &three,                   1, 3),
        ("jaeger",            &jaeger,     &[uber],                  1, 1),
        ("jaeger, absent",    &jaeger,     &[PARENT],                0, 0),
        ("jaeger, malformed", &jaeger,     &[("uber-trace-id", "a:b")], 0, 0),
    ];
    for (name, propagator, headers, extracted, injected) in table {
        let (empty, carrier) = (Context::new(), Headers::new(headers));
        let (got, cx) = allocations(|| propagator.extract_with_context(&empty, &carrier));
        assert_eq!(got, extracted, "{name}");
        let mut carrier = Headers::new(&[]);
        let (got, ()) = allocations(|| propagator.inject_context(&cx, &mut carrier));
        assert_eq!(got, injected, "{name}");
        assert_eq!(carrier.written.iter().flatten().count(), injected, "{name}");
    }
}

#[test]
fn a_composite_adds_nothing() {
    let propagator = from_names("tracecontext,baggage").unwrap();
    for (headers, want) in [(&[][..], 0), (&[PARENT][..], 1)] {
        let (empty, carrier) = (Context::new(), Headers::new(headers));
        let (got, cx) = allocations(|| propagator.extract_with_context(&empty, &carrier));
        assert_eq!(got, want);
        assert_eq!(cx.has_active_span(), want == 1);
        let (got, ()) = allocations(|| propagator.inject_context(&cx, &mut Headers::new(&[])));
        assert_eq!(got, want);
    }
}
