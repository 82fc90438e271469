//! Ours against `prometheus`'s own: the same observations give the same text.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeMap;

use common::openmetrics;
use prometheus::{
    Gauge, HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts, Registry, TextEncoder,
};
use traceprop_metrics::{ExemplarCounterVec, ExemplarHistogramVec, OpenMetricsEncoder};

/// Values from the smallest to the largest, on bounds and off them.
const VALUES: [f64; 12] = [
    -3.5,
    0.0,
    0.005,
    0.0050001,
    0.07,
    0.1,
    1.0,
    9.99,
    10.0,
    10.1,
    1e9,
    f64::INFINITY,
];

fn text(registry: &Registry) -> String {
    TextEncoder::new()
        .encode_to_string(&registry.gather())
        .unwrap()
}

#[test]
fn outside_a_session_ours_are_ordinary_histograms_and_counters() {
    let opts = || HistogramOpts::new("h_seconds", "H.").const_label("m", "1");
    let (theirs, ours) = (Registry::new(), Registry::new());
    let plain = HistogramVec::new(opts(), &["z", "a"]).unwrap();
    let linked = ExemplarHistogramVec::new(opts(), &["z", "a"]).unwrap();
    theirs.register(Box::new(plain.clone())).unwrap();
    ours.register(Box::new(linked.clone())).unwrap();
    let plain_count = IntCounterVec::new(Opts::new("c_total", "C."), &["k"]).unwrap();
    let linked_count = ExemplarCounterVec::new(Opts::new("c_total", "C."), &["k"]).unwrap();
    theirs.register(Box::new(plain_count.clone())).unwrap();
    ours.register(Box::new(linked_count.clone())).unwrap();
    for (n, value) in VALUES.into_iter().enumerate() {
        for labels in [["x", "y"], ["a", "z"], ["", "\"quoted\"\n"]]
            .iter()
            .take(1 + n % 3)
        {
            plain.with_label_values(labels).observe(value);
            linked.with_label_values(labels).observe(value);
        }
        plain_count
            .with_label_values(&[if n % 2 == 0 { "even" } else { "odd" }])
            .inc();
        linked_count
            .with_label_values(&[if n % 2 == 0 { "even" } else { "odd" }])
            .inc();
    }
    assert_eq!(text(&ours), text(&theirs));
    let encoder = OpenMetricsEncoder::for_accept(Some("text/plain"));
    assert_eq!(encoder.encode(&ours).unwrap(), text(&theirs));
}

/// Samples by name and labels, with numbers as numbers: the formats spell them differently.
fn samples(body: &str) -> BTreeMap<String, u64> {
    let number = |text: &str| text.parse::<f64>().unwrap();
    let sample = |line: &str| {
        let (series, value) = line.rsplit_once(' ').unwrap();
        let series = match series.split_once("le=\"") {
            Some((before, bound)) => {
                let bound = number(bound.trim_end_matches("\"}"));
                format!("{before}le={bound:?}")
            }
            None => series.to_owned(),
        };
        (series, number(value).to_bits())
    };
    body.lines()
        .filter(|line| !line.starts_with('#'))
        .map(sample)
        .collect()
}

#[test]
fn openmetrics_holds_the_samples_of_the_text_format() {
    let registry = Registry::new();
    let histogram = HistogramVec::new(HistogramOpts::new("h", "H."), &["a"]).unwrap();
    let counter = IntCounterVec::new(Opts::new("c_total", "C."), &["a"]).unwrap();
    let bare = IntCounterVec::new(Opts::new("bare", "B."), &["a"]).unwrap();
    let level = IntGaugeVec::new(Opts::new("level", "L."), &["a", "b"]).unwrap();
    registry.register(Box::new(histogram.clone())).unwrap();
    registry.register(Box::new(counter.clone())).unwrap();
    registry.register(Box::new(bare.clone())).unwrap();
    registry.register(Box::new(level.clone())).unwrap();
    for (n, value) in VALUES.into_iter().enumerate() {
        let label = format!("v{}\\\"\n{value}", n % 4);
        histogram.with_label_values(&[&label]).observe(value);
        counter
            .with_label_values(&[&label])
            .inc_by(n as u64 * 1_000_003);
        bare.with_label_values(&[&label]).inc();
        level.with_label_values(&[&label, ""]).set(-(n as i64));
        let gauge = Gauge::new(format!("g{n}"), "G.").unwrap();
        gauge.set(value * 1.000_000_1);
        registry.register(Box::new(gauge)).unwrap();
    }
    let (plain, open) = (samples(&text(&registry)), samples(&openmetrics(&registry)));
    assert!(plain.len() > 100);
    assert_eq!(open, plain);
}
