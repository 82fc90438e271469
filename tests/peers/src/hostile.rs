//! Headers that someone sends to make us slow.

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator;
use traceprop_core::propagation::{
    B3Propagator, BaggagePropagator, CompositePropagator, JaegerPropagator, TraceContextPropagator,
};
use traceprop_http::HeaderExtractor;

use crate::context::TRACEPARENT;
use crate::measure::Work;

/// Lengths of the header, in KiB.
pub const SIZES: [usize; 4] = [1, 4, 16, 64];

/// How much more than linear the time may grow: caches and the allocator do not grow evenly.
const SLACK: f64 = 2.0;

/// The cost of one header, by its length.
pub struct Curve {
    pub name: &'static str,
    pub points: Vec<Work>,
}

impl Curve {
    fn new(name: &'static str, header: &'static str, value: impl Fn(usize) -> String) -> Self {
        let points = SIZES.iter().map(|kib| point(header, &value(kib * 1024)));
        Self {
            name,
            points: points.collect(),
        }
    }

    pub fn measure(&mut self, rounds: usize) {
        // A tenth is plenty: these take long, so that noise is a smaller part of them.
        for _ in 0..rounds.div_ceil(10) {
            for point in &mut self.points {
                point.turn();
            }
        }
    }

    /// Whether the time grows faster than the header.
    pub fn is_steep(&self) -> bool {
        let steps = self.points.windows(2).zip(SIZES.windows(2));
        steps.into_iter().any(|(times, sizes)| {
            let growth = sizes[1] as f64 / sizes[0] as f64;
            times[1].best > times[0].best * growth * SLACK
        })
    }
}

fn point(header: &'static str, value: &str) -> Work {
    let propagator = CompositePropagator::new(vec![
        Box::new(TraceContextPropagator::new()),
        Box::new(BaggagePropagator::new()),
        Box::new(B3Propagator::single()),
        Box::new(JaegerPropagator::new()),
    ]);
    let mut map = HeaderMap::new();
    if header == "tracestate" {
        map.insert(TRACEPARENT.0, HeaderValue::from_static(TRACEPARENT.1));
    }
    let value = HeaderValue::from_str(value).expect("a header's value");
    map.insert(HeaderName::from_static(header), value);
    let cx = Context::new();
    Work::new(move || propagator.extract_with_context(&cx, &HeaderExtractor::new(&map)))
}

/// `piece` again and again, to this length.
fn repeated(piece: &str, len: usize) -> String {
    piece.chars().cycle().take(len).collect()
}

/// Members `k0=1,k1=1`, to about this length.
fn numbered(start: &str, end: &str, len: usize) -> String {
    let mut list = String::with_capacity(len + 16);
    let mut number = 0;
    while list.len() < len {
        list.push_str(&format!("{start}{number}{end}"));
        number += 1;
    }
    list
}

pub fn curves() -> Vec<Curve> {
    let more = |start: &'static str, piece: &'static str| {
        move |len: usize| format!("{start}{}", repeated(piece, len - start.len()))
    };
    vec![
        Curve::new("traceparent: a later version", "traceparent", |len| {
            let start = TRACEPARENT.1.replacen("00", "cc", 1);
            format!("{start}-{}", repeated("x", len - start.len() - 1))
        }),
        Curve::new("traceparent: dashes", "traceparent", more("", "-")),
        Curve::new("tracestate: commas", "tracestate", more("", ",")),
        Curve::new("tracestate: blanks", "tracestate", more("a=1,", " ")),
        Curve::new("tracestate: one key", "tracestate", more("", "a=1,")),
        Curve::new("tracestate: one value", "tracestate", more("a=", "b")),
        Curve::new("tracestate: many keys", "tracestate", |len| {
            numbered("k", "=1,", len)
        }),
        Curve::new("baggage: commas", "baggage", more("", ",")),
        Curve::new("baggage: percent signs", "baggage", more("a=", "%")),
        Curve::new("baggage: one name", "baggage", more("", "a=1,")),
        Curve::new("baggage: many names", "baggage", |len| {
            numbered("k", "=1,", len)
        }),
        Curve::new("baggage: properties", "baggage", more("a=1", ";p=1")),
        Curve::new("baggage: equals signs", "baggage", more("a", "=")),
        Curve::new("b3: dashes", "b3", more("", "-")),
        Curve::new("b3: digits", "b3", more("", "a")),
        Curve::new("x-b3-traceid: digits", "x-b3-traceid", more("", "a")),
        Curve::new("uber-trace-id: colons", "uber-trace-id", more("", ":")),
        Curve::new("uber-trace-id: escapes", "uber-trace-id", more("", "%3A")),
        Curve::new("uber-trace-id: zeros", "uber-trace-id", more("", "0")),
        Curve::new("uberctx-a: escapes", "uberctx-a", more("", "%41")),
        Curve::new("jaeger-baggage: many", "jaeger-baggage", |len| {
            numbered("k", "=1,", len)
        }),
        Curve::new("jaeger-debug-id: long", "jaeger-debug-id", more("", "a")),
    ]
}
