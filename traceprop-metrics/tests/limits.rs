//! What is over a limit lands in a series that says so, and nothing is lost or counted twice.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::Instant;

use common::openmetrics;
use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use prometheus::{HistogramOpts, Opts, Registry};
use traceprop_metrics::{
    ExemplarCounter, ExemplarCounterVec, ExemplarHistogram, ExemplarHistogramVec, Limits,
    OverflowCounter,
};

fn counters(name: &str, labels: &[&str], limits: &Limits) -> (Registry, ExemplarCounterVec) {
    let registry = Registry::new();
    let counters = ExemplarCounterVec::new(Opts::new(name, "C."), labels).unwrap();
    let counters = counters.limits(limits);
    registry.register(Box::new(counters.clone())).unwrap();
    (registry, counters)
}

/// The samples of a body, without exemplars.
fn samples(registry: &Registry) -> Vec<String> {
    let body = openmetrics(registry);
    let samples = body.lines().filter(|line| !line.starts_with('#'));
    samples
        .map(|line| line.split(" # ").next().unwrap().to_owned())
        .collect()
}

#[test]
fn a_label_over_its_limit_gives_way_alone() {
    let limits = Limits::new().values(2).values_of("method", 3);
    let (registry, counters) = counters("limits_alone_total", &["method", "route"], &limits);
    for route in ["/a", "/b", "/c", "/d", "/a"] {
        counters.with_label_values(&["GET", route]).inc();
    }
    counters.with_label_values(&["PUT", "/b"]).inc();
    assert_eq!(
        samples(&registry),
        [
            r#"limits_alone_total{method="GET",route="/a"} 2.0"#,
            r#"limits_alone_total{method="GET",route="/b"} 1.0"#,
            r#"limits_alone_total{method="GET",route="_overflow"} 2.0"#,
            r#"limits_alone_total{method="PUT",route="/b"} 1.0"#,
        ]
    );
    let overflow = OverflowCounter::new();
    assert_eq!(overflow.get("limits_alone_total", "route"), 2.0);
    assert_eq!(overflow.get("limits_alone_total", "method"), 0.0);
    assert_eq!(overflow.get("limits_alone_total", "*"), 0.0);
}

#[test]
fn a_full_metric_has_one_series_for_the_rest() {
    let limits = Limits::new().series(3);
    let (registry, counters) = counters("limits_full_total", &["a", "b"], &limits);
    for n in 0..10 {
        let n = n.to_string();
        counters.with_label_values(&["x", &n]).inc();
        counters.with_label_values(&["x", "0"]).inc();
    }
    assert_eq!(
        samples(&registry),
        [
            r#"limits_full_total{a="_overflow",b="_overflow"} 7.0"#,
            r#"limits_full_total{a="x",b="0"} 11.0"#,
            r#"limits_full_total{a="x",b="1"} 1.0"#,
            r#"limits_full_total{a="x",b="2"} 1.0"#,
        ]
    );
    let overflow = OverflowCounter::new();
    assert_eq!(overflow.get("limits_full_total", "*"), 7.0);
    assert_eq!(overflow.get("limits_full_total", "b"), 0.0);
}

#[test]
fn removing_a_series_makes_room_for_another_value() {
    let limits = Limits::new().values(1).series(1);
    let (_, counters) = counters("limits_room_total", &["a"], &limits);
    counters.with_label_values(&["x"]).inc();
    counters.with_label_values(&["y"]).inc();
    assert_eq!(counters.with_label_values(&["_overflow"]).get(), 1.0);
    assert!(
        counters.remove_label_values(&["x"]).is_ok()
            && counters.remove_label_values(&["_overflow"]).is_ok()
    );
    counters.with_label_values(&["y"]).inc();
    assert_eq!(counters.with_label_values(&["y"]).get(), 1.0);
    counters.with_label_values(&["x"]).inc();
    assert_eq!(counters.with_label_values(&["_overflow"]).get(), 1.0);
    counters.reset();
    counters.with_label_values(&["x"]).inc();
    assert_eq!(counters.with_label_values(&["x"]).get(), 1.0);
}

#[test]
fn limits_set_late_leave_alone_what_exists() {
    let (registry, counters) = counters("limits_late_total", &["a"], &Limits::none());
    (0..5).for_each(|n| counters.with_label_values(&[n.to_string()]).inc());
    let counters = counters.limits(&Limits::new().values(2));
    (3..7).for_each(|n| counters.with_label_values(&[n.to_string()]).inc());
    let samples = samples(&registry);
    assert_eq!(samples.len(), 6);
    assert_eq!(counters.with_label_values(&["4"]).get(), 2.0);
    assert_eq!(counters.with_label_values(&["_overflow"]).get(), 2.0);
}

#[test]
fn sums_stay_exact_while_threads_flood_and_a_scraper_reads() {
    const EACH: usize = 20_000;
    let registry = Registry::new();
    let opts = HistogramOpts::new("limits_flood", "H.").buckets(vec![1.0]);
    let histograms = ExemplarHistogramVec::new(opts, &["a", "b", "c"]).unwrap();
    let limits = Limits::new().values(20).series(300);
    let histograms = histograms.limits(&limits);
    registry.register(Box::new(histograms.clone())).unwrap();
    let counts = || -> Vec<usize> {
        let is_count = |line: &String| line.starts_with("limits_flood_count{");
        let count = |line: String| line.rsplit(' ').next().unwrap().parse().unwrap();
        samples(&registry)
            .into_iter()
            .filter(is_count)
            .map(count)
            .collect()
    };
    let flooded = AtomicBool::new(false);
    thread::scope(|scope| {
        let floods: Vec<_> = (0..3)
            .map(|thread| {
                let histograms = &histograms;
                scope.spawn(move || {
                    for n in 0..EACH {
                        // Each label has more values than it may have, and together they have more yet.
                        let [a, b, c] =
                            [(n + thread) % 30, n / 7 % 25, n * 31 % 500].map(|n| n.to_string());
                        histograms.with_label_values(&[a, b, c]).observe(0.5);
                    }
                })
            })
            .collect();
        scope.spawn(|| {
            let mut last = 0;
            while !flooded.load(Relaxed) {
                let now = counts().iter().sum();
                assert!(now >= last, "{now} after {last}");
                last = now;
            }
        });
        floods.into_iter().for_each(|flood| flood.join().unwrap());
        flooded.store(true, Relaxed);
    });
    let counts = counts();
    assert_eq!(counts.iter().sum::<usize>(), 3 * EACH);
    // The series of nothing but overflow may be one of those that came by label, or one more.
    assert!(
        (300..=301).contains(&counts.len()),
        "{} series",
        counts.len()
    );
    let overflow = OverflowCounter::new();
    assert!(overflow.get("limits_flood", "a") > 0.0);
    assert!(overflow.get("limits_flood", "*") > 0.0);
}

#[test]
fn overflow_is_counted_with_an_exemplar_of_who_did_it() {
    let (registry, counters) = counters("limits_who_total", &["a"], &Limits::new().values(1));
    registry.register(Box::new(OverflowCounter::new())).unwrap();
    counters.with_label_values(&["x"]).inc();
    let line = || {
        let start = r#"traceprop_metrics_overflow_total{label="a",metric="limits_who_total"}"#;
        let body = openmetrics(&registry);
        body.lines()
            .find(|line| line.starts_with(start))
            .map(str::to_owned)
    };
    assert_eq!(line(), None, "nothing was over a limit");
    let _current = Context::new()
        .with_remote_span_context(common::span(0xbad))
        .attach();
    counters.with_label_values(&["y"]).inc();
    let line = line().unwrap();
    let exemplar =
        r#" 1.0 # {trace_id="00000000000000000000000000000bad",span_id="0000000000000bad"} 1.0 "#;
    assert!(line.contains(exemplar), "{line}");
}

#[test]
fn ids_have_no_series_unless_a_label_is_meant_for_what_looks_alike() {
    let id = "0af7651916cd43dd8448eb211c80319c";
    let (_, guarded) = counters("limits_ids_total", &["a"], &Limits::new());
    guarded.with_label_values(&[id]).inc();
    assert_eq!(guarded.with_label_values(&["_overflow"]).get(), 1.0);
    assert_eq!(OverflowCounter::new().get("limits_ids_total", "a"), 1.0);

    for limits in [Limits::new().allow_ids("a"), Limits::none()] {
        let (_, open) = counters("limits_hashes_total", &["a"], &limits);
        open.with_label_values(&[id]).inc();
        assert_eq!(open.with_label_values(&[id]).get(), 1.0);
    }
    assert_eq!(OverflowCounter::new().get("limits_hashes_total", "a"), 0.0);
}

#[test]
fn a_value_may_be_so_long_and_no_longer() {
    let (_, counters) = counters("limits_long_total", &["a"], &Limits::new().value_bytes(4));
    for value in ["1234", "12345", "1234"] {
        counters.with_label_values(&[value]).inc();
    }
    assert_eq!(counters.with_label_values(&["1234"]).get(), 2.0);
    assert_eq!(counters.with_label_values(&["_overflow"]).get(), 1.0);
}

#[test]
fn labels_named_after_ids_are_refused() {
    for name in [
        "trace_id",
        "traceid",
        "TraceID",
        "span_id",
        "parent_span_id",
        "traceparent",
    ] {
        let error = ExemplarCounterVec::new(Opts::new("c_total", "C."), &["a", name]).unwrap_err();
        let text = error.to_string();
        assert!(text.contains(name) && text.contains("exemplars"), "{text}");
        assert!(ExemplarHistogramVec::new(HistogramOpts::new("h", "H."), &[name]).is_err());
        let constant = HistogramOpts::new("h", "H.").const_label(name, "1");
        assert!(ExemplarHistogram::new(constant).is_err());
        assert!(ExemplarCounter::new(Opts::new("c_total", "C.").const_label(name, "1")).is_err());
    }
}

#[test]
fn a_handle_on_the_overflow_series_is_a_handle_like_any_other() {
    let (_, counters) = counters("limits_handle_total", &["a"], &Limits::new().values(0));
    let (held, again) = (
        counters.with_label_values(&["x"]),
        counters.with_label_values(&["y"]),
    );
    held.inc_at(2.0, &common::span(1), Instant::now());
    assert_eq!(again.get(), 2.0);
    // Looked up twice, and counted once more through a handle: what is counted is the look-ups.
    assert_eq!(OverflowCounter::new().get("limits_handle_total", "a"), 2.0);
}
