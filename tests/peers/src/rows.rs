//! What is measured, and what it may cost at most.

use opentelemetry::propagation::TextMapCompositePropagator;
use opentelemetry::trace::TraceState;
use opentelemetry_sdk::propagation as sdk;
use opentelemetry_zipkin::{B3Encoding, Propagator as Zipkin};
use traceprop_core::propagation as ours;

use crate::carriers::{Carrier, Ours, Plain, Propagator, Theirs, extract, inject};
use crate::context::{
    B3_MULTI, B3_SINGLE, BAGGAGE, Headers, JAEGER, TRACEPARENT, TRACESTATE, trace_state,
    with_baggage, with_span,
};
use crate::measure::{Row, Work};
use crate::{floors, jaeger};

pub struct Table {
    pub title: &'static str,
    pub rows: Vec<Row>,
}

pub fn tables() -> Vec<Table> {
    vec![
        Table {
            title: "an http::HeaderMap with 8 other headers: our carriers, and the peer's",
            rows: rows::<Ours, Theirs>(false),
        },
        Table {
            title: "an http::HeaderMap with 8 other headers: opentelemetry_http's carriers for both",
            rows: rows::<Theirs, Theirs>(true),
        },
        Table {
            title: "a HashMap<String, String> with 8 other headers, for both",
            rows: rows::<Plain, Plain>(true),
        },
    ]
}

fn sdk_w3c() -> Propagator {
    Box::new(sdk::TraceContextPropagator::new())
}

fn sdk_baggage() -> Propagator {
    Box::new(sdk::BaggagePropagator::new())
}

fn sdk_both() -> Propagator {
    Box::new(TextMapCompositePropagator::new(vec![
        Box::new(sdk::TraceContextPropagator::new()),
        Box::new(sdk::BaggagePropagator::new()),
    ]))
}

fn zipkin(encoding: B3Encoding) -> Propagator {
    Box::new(Zipkin::with_encoding(encoding))
}

fn w3c() -> Propagator {
    Box::new(ours::TraceContextPropagator::new())
}

fn baggage() -> Propagator {
    Box::new(ours::BaggagePropagator::new())
}

fn both() -> Propagator {
    Box::new(ours::CompositePropagator::new(vec![
        Box::new(ours::TraceContextPropagator::new()),
        Box::new(ours::BaggagePropagator::new()),
    ]))
}

fn b3(propagator: ours::B3Propagator) -> Propagator {
    Box::new(propagator)
}

fn jaegers() -> Propagator {
    Box::new(ours::JaegerPropagator::new())
}

/// A row without a floor.
fn row(name: &'static str, most: f64, ours: Work, peer: Work) -> Row {
    Row {
        name,
        ours,
        peer,
        floor: None,
        most: Some(most),
        no_allocation: false,
    }
}

fn over(floor: Work, row: Row) -> Row {
    Row {
        floor: Some(floor),
        ..row
    }
}

/// Reads with both, each through its carrier.
fn reads<O: Carrier, P: Carrier>(
    name: &'static str,
    most: f64,
    headers: Headers,
    ours: Propagator,
    peer: Propagator,
) -> Row {
    row(
        name,
        most,
        extract::<O>(ours, headers),
        extract::<P>(peer, headers),
    )
}

/// All rows. Through a foreign carrier each may cost what it costs the peer.
fn rows<O: Carrier, P: Carrier>(foreign: bool) -> Vec<Row> {
    let mut rows = extractions::<O, P>();
    rows.extend(injections::<O, P>());
    if foreign {
        for row in &mut rows {
            row.most = Some(1.0);
            row.floor = None;
        }
    }
    rows
}

fn extractions<O: Carrier, P: Carrier>() -> Vec<Row> {
    let single = B3Encoding::SingleHeader;
    let multi = B3Encoding::MultipleHeader;
    vec![
        over(
            floors::span(),
            reads::<O, P>("extract w3c", 0.40, &[TRACEPARENT], w3c(), sdk_w3c()),
        ),
        over(
            floors::span_and_state(),
            reads::<O, P>(
                "extract w3c, 3 tracestate members",
                0.60,
                &[TRACEPARENT, TRACESTATE],
                w3c(),
                sdk_w3c(),
            ),
        ),
        over(
            floors::absent(),
            reads::<O, P>("extract w3c, headers absent", 1.0, &[], w3c(), sdk_w3c()),
        ),
        over(
            floors::all(),
            reads::<O, P>(
                "extract w3c + baggage, 3 members each",
                0.60,
                &[TRACEPARENT, TRACESTATE, BAGGAGE],
                both(),
                sdk_both(),
            ),
        ),
        over(
            floors::members(),
            reads::<O, P>(
                "extract baggage, 3 members",
                0.65,
                &[BAGGAGE],
                baggage(),
                sdk_baggage(),
            ),
        ),
        over(
            floors::span(),
            reads::<O, P>(
                "extract b3 single",
                0.5,
                B3_SINGLE,
                b3(ours::B3Propagator::single()),
                zipkin(single),
            ),
        ),
        over(
            floors::span(),
            reads::<O, P>(
                "extract b3 multi",
                0.5,
                B3_MULTI,
                b3(ours::B3Propagator::multi()),
                zipkin(multi),
            ),
        ),
        over(
            floors::span(),
            row(
                "extract jaeger",
                0.5,
                extract::<O>(jaegers(), JAEGER),
                peer_jaeger::<P>(JAEGER),
            ),
        ),
    ]
}

fn injections<O: Carrier, P: Carrier>() -> Vec<Row> {
    let writes = |name, most, cx: opentelemetry::Context, ours, peer| {
        row(
            name,
            most,
            inject::<O>(ours, cx.clone()),
            inject::<P>(peer, cx),
        )
    };
    let span = || with_span(TraceState::NONE);
    let state = || with_span(trace_state());
    let single = b3(ours::B3Propagator::single());
    let multi = b3(ours::B3Propagator::multi());
    let zipkin_single = zipkin(B3Encoding::SingleHeader);
    let zipkin_multi = zipkin(B3Encoding::MultipleHeader);
    #[rustfmt::skip]
    let rows = vec![
        over(floors::set(), writes("inject w3c", 0.25, span(), w3c(), sdk_w3c())),
        over(floors::set_state(), writes("inject w3c, 3 members", 0.35, state(), w3c(), sdk_w3c())),
        writes("inject baggage, 3 members", 0.5, with_baggage(), baggage(), sdk_baggage()),
        over(floors::set(), writes("inject b3 single", 0.15, span(), single, zipkin_single)),
        over(floors::set_three(), writes("inject b3 multi", 0.4, span(), multi, zipkin_multi)),
        over(floors::set(), row("inject jaeger", 0.35, inject::<O>(jaegers(), span()), peer_jaeger_inject::<P>())),
    ];
    rows
}

/// The peer of an older OpenTelemetry has carriers of its own; which of them, `P` says.
fn peer_jaeger<P: Carrier>(headers: Headers) -> Work {
    match is_plain::<P>() {
        true => jaeger::extract_plain(headers),
        false => jaeger::extract(headers),
    }
}

fn peer_jaeger_inject<P: Carrier>() -> Work {
    match is_plain::<P>() {
        true => jaeger::inject_plain(),
        false => jaeger::inject(),
    }
}

fn is_plain<P: Carrier>() -> bool {
    std::any::TypeId::of::<P>() == std::any::TypeId::of::<Plain>()
}
