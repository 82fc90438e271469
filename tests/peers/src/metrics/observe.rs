//! One thread, one series.

use std::hint::black_box;
use std::time::{Instant, SystemTime};

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use prometheus::{Histogram, HistogramOpts};
use traceprop_metrics::ExemplarHistogram;

use super::fixtures::{BOUNDS, Seconds, Turns, ids, peer_with_exemplars, span};
use crate::measure::{Row, Work};

pub fn opts() -> HistogramOpts {
    HistogramOpts::new("request_duration_seconds", "Duration of requests.").buckets(BOUNDS.to_vec())
}

pub fn ours() -> ExemplarHistogram {
    ExemplarHistogram::new(opts()).expect("valid options")
}

pub fn peer() -> Histogram {
    Histogram::with_opts(opts()).expect("valid options")
}

pub fn rows() -> Vec<Row> {
    let row = |name, most, ours, peer| Row {
        name,
        ours,
        peer,
        floor: None,
        most,
        no_allocation: true,
    };
    vec![
        row(
            "gate closed / prometheus",
            Some(1.15),
            gate_closed(),
            prometheus(),
        ),
        row("no exemplar / prometheus", None, plain(), prometheus()),
        row(
            "current context / prometheus",
            None,
            current(),
            prometheus(),
        ),
        row(
            "stored each time / prometheus-client",
            Some(0.5),
            stored(),
            prometheus_client(),
        ),
    ]
}

/// The common case: a sampled span, and a bucket that has an exemplar of this second.
fn gate_closed() -> Work {
    let (histogram, span, at, mut turns) = (ours(), span(), Instant::now(), Turns::default());
    Work::new(move || histogram.observe_at(turns.next().1, black_box(&span), at))
}

fn plain() -> Work {
    let (histogram, mut turns) = (ours(), Turns::default());
    Work::new(move || histogram.observe_plain(turns.next().1))
}

/// The span is looked for, and the clock is asked.
fn current() -> Work {
    let (histogram, mut turns) = (ours(), Turns::default());
    let current = Context::new().with_remote_span_context(span());
    Work::new(move || {
        let _current = current.clone().attach();
        histogram.observe(turns.next().1);
    })
}

fn prometheus() -> Work {
    let (histogram, mut turns) = (peer(), Turns::default());
    Work::new(move || histogram.observe(turns.next().1))
}

fn stored() -> Work {
    let (histogram, span) = (ours(), span());
    let (mut turns, mut seconds) = (Turns::default(), Seconds::new());
    Work::new(move || histogram.observe_at(turns.next().1, black_box(&span), seconds.next()))
}

fn prometheus_client() -> Work {
    let (histogram, ids) = (peer_with_exemplars(), ids());
    let (mut turns, now) = (Turns::default(), SystemTime::now());
    Work::new(move || histogram.observe(turns.next().1, Some(ids.clone()), Some(now)))
}
