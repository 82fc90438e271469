//! A registry of a thousand series becomes a body.

use std::time::SystemTime;

use prometheus::Registry;
use prometheus_client::encoding::text;
use prometheus_client::metrics::exemplar::HistogramWithExemplars;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry as PeerRegistry;
use traceprop_metrics::OpenMetricsEncoder;

use super::fixtures::{BOUNDS, Ids, LABELS, Seconds, ids, label_sets, peer_with_exemplars, span};
use super::lookup;
use crate::measure::{Row, Work};

pub fn rows() -> Vec<Row> {
    vec![Row {
        name: "OpenMetrics / prometheus-client",
        ours: ours(),
        peer: peer(),
        floor: None,
        most: Some(0.35),
        no_allocation: false,
    }]
}

/// A value for each bucket, that of +Inf included.
fn values() -> impl Iterator<Item = f64> {
    BOUNDS.into_iter().chain([11.5])
}

fn ours() -> Work {
    let (registry, histograms, span) = (Registry::new(), lookup::ours(), span());
    let mut seconds = Seconds::new();
    for set in label_sets() {
        let histogram = histograms.with_label_values(&set);
        values().for_each(|value| histogram.observe_at(value, &span, seconds.next()));
    }
    registry
        .register(Box::new(histograms))
        .expect("an empty registry");
    let encoder = OpenMetricsEncoder::new();
    check(&encoder.encode(&registry).expect("a body"));
    Work::new(move || encoder.encode(&registry).expect("a body").len())
}

fn peer() -> Work {
    type PeerLabels = Vec<(&'static str, &'static str)>;
    let histograms = Family::<PeerLabels, HistogramWithExemplars<Ids>, _>::new_with_constructor(
        peer_with_exemplars as fn() -> HistogramWithExemplars<Ids>,
    );
    let now = SystemTime::now();
    for set in label_sets() {
        let histogram = histograms.get_or_create(&LABELS.into_iter().zip(set).collect());
        values().for_each(|value| histogram.observe(value, Some(ids()), Some(now)));
    }
    let mut registry = PeerRegistry::default();
    registry.register(
        "request_duration_seconds",
        "Duration of requests",
        histograms,
    );
    let encode = move || {
        let mut body = String::new();
        text::encode(&mut body, &registry).expect("a body");
        body
    };
    check(&encode());
    Work::new(move || encode().len())
}

/// Both write the same samples, and an exemplar on each bucket.
fn check(body: &str) {
    let lines = |start: &str| body.lines().filter(|line| line.starts_with(start)).count();
    assert_eq!(lines("request_duration_seconds_bucket{"), 15_000);
    assert_eq!(lines("request_duration_seconds_sum{"), 1000);
    assert_eq!(lines("request_duration_seconds_count{"), 1000);
    assert_eq!(body.matches(" # {trace_id=\"0af7").count(), 15_000);
}
