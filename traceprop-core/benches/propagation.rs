//! What it costs to read and to write each format: a ladder from the common case to the hostile one.
//!
//! ```text
//! cargo bench -p traceprop-core --bench propagation
//! ```

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use traceprop_core::propagation::carrier::{ANY_JAEGER_BAGGAGE, JOINED, JOINS_REPEATED_VALUES};
use traceprop_core::propagation::{
    B3Propagator, BaggagePropagator, JaegerPropagator, TraceContextPropagator,
};

/// Bytes of the hostile headers, all of one name: what an HTTP server takes at most by default.
const HUGE: usize = 64 * 1024;

const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// Headers, each there once: little enough that a format's own cost is what is seen.
struct Headers(Vec<(&'static str, String)>);

impl Headers {
    fn bytes(&self) -> u64 {
        let bytes: usize = self.0.iter().map(|(_, value)| value.len()).sum();
        bytes as u64
    }
}

impl Extractor for Headers {
    fn get(&self, name: &str) -> Option<&str> {
        if name == JOINS_REPEATED_VALUES {
            return Some(JOINED);
        }
        if name == ANY_JAEGER_BAGGAGE {
            return Some("0");
        }
        let header = self.0.iter().find(|(known, _)| *known == name)?;
        Some(&header.1)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| *name).collect()
    }
}

/// Takes what is written, and drops it.
struct Nowhere;

impl Injector for Nowhere {
    fn set(&mut self, name: &str, value: String) {
        std::hint::black_box((name, value));
    }
}

/// A format and its headers: valid, malformed and huge.
struct Format {
    name: &'static str,
    propagator: Box<dyn TextMapPropagator>,
    valid: Vec<(&'static str, String)>,
    malformed: Vec<(&'static str, String)>,
    huge: Vec<(&'static str, String)>,
}

fn one(name: &'static str, value: impl Into<String>) -> Vec<(&'static str, String)> {
    vec![(name, value.into())]
}

fn two(
    one: (&'static str, &str),
    other: (&'static str, impl Into<String>),
) -> Vec<(&'static str, String)> {
    vec![(one.0, one.1.to_owned()), (other.0, other.1.into())]
}

fn formats() -> Vec<Format> {
    let parent = ("traceparent", TRACEPARENT);
    let ids = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
    vec![
        Format {
            name: "traceparent",
            propagator: Box::new(TraceContextPropagator::new()),
            valid: one(parent.0, parent.1),
            malformed: one(parent.0, TRACEPARENT.to_uppercase()),
            huge: one(parent.0, format!("{TRACEPARENT}-{}", "x".repeat(HUGE))),
        },
        Format {
            name: "tracestate",
            propagator: Box::new(TraceContextPropagator::new()),
            valid: two(
                parent,
                (
                    "tracestate",
                    "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7,v=s:2",
                ),
            ),
            malformed: two(
                parent,
                ("tracestate", "congo=t61rcWkgMzE,rojo==00f067aa0ba902b7"),
            ),
            huge: two(parent, ("tracestate", ",".repeat(HUGE))),
        },
        Format {
            name: "baggage",
            propagator: Box::new(BaggagePropagator::new()),
            valid: one(
                "baggage",
                "userId=alice,serverNode=DF%2028,isProduction=false",
            ),
            malformed: one("baggage", "userId,=alice,serverNode=DF 28"),
            huge: one("baggage", "a=%41,".repeat(HUGE / 6)),
        },
        Format {
            name: "b3 single",
            propagator: Box::new(B3Propagator::single()),
            valid: one("b3", format!("{}-{}-1", ids.0, ids.1)),
            malformed: one("b3", format!("{}-{}-2", ids.0, ids.1)),
            huge: one("b3", "a-".repeat(HUGE / 2)),
        },
        Format {
            name: "b3 multi",
            propagator: Box::new(B3Propagator::multi()),
            valid: two(("x-b3-traceid", ids.0), ("x-b3-spanid", ids.1)),
            malformed: one("x-b3-traceid", ids.0),
            huge: two(("x-b3-spanid", ids.1), ("x-b3-traceid", "a".repeat(HUGE))),
        },
        Format {
            name: "jaeger",
            propagator: Box::new(JaegerPropagator::new()),
            valid: one("uber-trace-id", format!("{}:{}:0:1", ids.0, ids.1)),
            malformed: one("uber-trace-id", format!("{}:{}:0", ids.0, ids.1)),
            huge: one("uber-trace-id", ":".repeat(HUGE)),
        },
    ]
}

fn extract(c: &mut Criterion) {
    let cx = Context::new();
    for format in formats() {
        let mut group = c.benchmark_group(format!("{}/extract", format.name));
        for (case, headers) in [
            ("absent", Headers(Vec::new())),
            ("valid", Headers(format.valid)),
            ("malformed", Headers(format.malformed)),
            ("huge", Headers(format.huge)),
        ] {
            group.throughput(Throughput::Bytes(headers.bytes()));
            group.bench_with_input(BenchmarkId::from_parameter(case), &headers, |b, headers| {
                b.iter(|| format.propagator.extract_with_context(&cx, headers));
            });
        }
        group.finish();
    }
}

fn inject(c: &mut Criterion) {
    for format in formats() {
        let mut group = c.benchmark_group(format!("{}/inject", format.name));
        let valid = Headers(format.valid);
        let full = format
            .propagator
            .extract_with_context(&Context::new(), &valid);
        for (case, cx) in [("absent", Context::new()), ("valid", full)] {
            group.bench_with_input(BenchmarkId::from_parameter(case), &cx, |b, cx| {
                b.iter(|| format.propagator.inject_context(cx, &mut Nowhere));
            });
        }
        group.finish();
    }
}

criterion_group!(benches, extract, inject);
criterion_main!(benches);
