//! Which series an observation lands in.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::sync::Barrier;
use std::thread;

use common::openmetrics;
use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use prometheus::{Error, HistogramOpts, HistogramVec, IntCounterVec, Opts, Registry};
use traceprop_metrics::{ExemplarCounterVec, ExemplarHistogram, ExemplarHistogramVec, Limits};

fn histograms(labels: &[&str]) -> (Registry, ExemplarHistogramVec) {
    let registry = Registry::new();
    let opts = HistogramOpts::new("h", "H.").buckets(vec![1.0]);
    let histograms = ExemplarHistogramVec::new(opts, labels).unwrap();
    registry.register(Box::new(histograms.clone())).unwrap();
    (registry, histograms)
}

#[test]
fn values_that_join_to_the_same_text_are_two_series() {
    // The plain vector takes both for one. If that is ever mended, this line says so.
    let plain = IntCounterVec::new(Opts::new("c_total", "C."), &["a", "b"]).unwrap();
    plain.with_label_values(&["1", "12"]).inc();
    assert_eq!(plain.with_label_values(&["11", "2"]).get(), 1);

    let ours = ExemplarCounterVec::new(Opts::new("c_total", "C."), &["a", "b"]).unwrap();
    ours.with_label_values(&["1", "12"]).inc();
    assert_eq!(ours.with_label_values(&["11", "2"]).get(), 0.0);
    assert_eq!(ours.with_label_values(&["1", "12"]).get(), 1.0);
}

#[test]
fn values_split_anywhere_are_as_many_series() {
    let text = "/orders/{id}/items";
    let ours = ExemplarCounterVec::new(Opts::new("c_total", "C."), &["a", "b"]).unwrap();
    let plain = IntCounterVec::new(Opts::new("c_total", "C."), &["a", "b"]).unwrap();
    for at in 0..=text.len() {
        let values = text.split_at(at);
        ours.with_label_values(&[values.0, values.1]).inc();
        plain.with_label_values(&[values.0, values.1]).inc();
    }
    for at in 0..=text.len() {
        let values = text.split_at(at);
        assert_eq!(
            ours.with_label_values(&[values.0, values.1]).get(),
            1.0,
            "{values:?}"
        );
        // All of them in one series, of whichever values came first.
        assert_eq!(
            plain.with_label_values(&[values.0, values.1]).get(),
            19,
            "{values:?}"
        );
    }
}

#[test]
fn a_removed_series_starts_anew_on_every_thread() {
    let counters = ExemplarCounterVec::new(Opts::new("c_total", "C."), &["a"]).unwrap();
    let turn = Barrier::new(2);
    thread::scope(|scope| {
        scope.spawn(|| {
            counters.with_label_values(&["x"]).inc();
            turn.wait();
            turn.wait();
            assert_eq!(
                counters.with_label_values(&["x"]).get(),
                0.0,
                "found in the cache"
            );
            turn.wait();
        });
        turn.wait();
        let held = counters.with_label_values(&["x"]);
        assert_eq!(held.get(), 1.0);
        assert!(counters.remove_label_values(&["x"]).is_ok());
        assert!(counters.remove_label_values(&["x"]).is_err());
        assert!(counters.remove_label_values(&["x", "y"]).is_err());
        turn.wait();
        turn.wait();
        held.inc();
        assert_eq!(
            (held.get(), counters.with_label_values(&["x"]).get()),
            (2.0, 0.0)
        );
    });
    counters.reset();
    let registry = Registry::new();
    registry.register(Box::new(counters)).unwrap();
    assert_eq!(openmetrics(&registry), "# EOF\n", "no series, no family");
}

#[test]
fn more_series_than_a_thread_remembers_are_all_right() {
    let unlimited = |name| {
        let counters = ExemplarCounterVec::new(Opts::new(name, "C."), &["n"]).unwrap();
        counters.limits(&Limits::none())
    };
    let (counters, others) = (unlimited("c_total"), unlimited("d_total"));
    for round in 1..=3 {
        for n in 0..5000 {
            counters
                .with_label_values(&[n.to_string()])
                .inc_by(f64::from(n));
            others.with_label_values(&[n.to_string()]).inc();
            let counted = counters.with_label_values(&[n.to_string()]).get();
            assert_eq!(counted, f64::from(n * round));
        }
    }
}

#[test]
fn threads_that_meet_at_a_new_series_make_one() {
    let (registry, histograms) = histograms(&["a"]);
    let together = Barrier::new(4);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                together.wait();
                (0..1000).for_each(|n| {
                    histograms
                        .with_label_values(&[(n % 50).to_string()])
                        .observe(0.5)
                });
            });
        }
    });
    let body = openmetrics(&registry);
    assert_eq!(body.matches("h_count{").count(), 50);
    assert_eq!(body.matches("h_bucket{").count(), 100);
    assert!(
        body.lines()
            .filter(|line| line.starts_with("h_count"))
            .all(|line| line.ends_with(" 80"))
    );
}

#[test]
fn the_current_context_is_linked_if_sampled() {
    let (registry, histograms) = histograms(&[]);
    let histogram = histograms.with_label_values::<&str>(&[]);
    histogram.observe(0.5);
    let unsampled = Context::new().with_remote_span_context(common::unsampled(3));
    {
        let _current = unsampled.attach();
        histogram.observe(0.5);
    }
    assert!(!openmetrics(&registry).contains(" # {"));
    let _current = Context::new()
        .with_remote_span_context(common::span(0xabc))
        .attach();
    histogram.observe(0.5);
    let exemplar =
        r#"} 3 # {trace_id="00000000000000000000000000000abc",span_id="0000000000000abc"} 0.5 "#;
    assert!(openmetrics(&registry).contains(exemplar));
}

#[test]
fn what_cannot_be_made_is_refused() {
    let opts = || HistogramOpts::new("h", "H.");
    assert!(ExemplarHistogramVec::new(opts(), &["le"]).is_err());
    assert!(ExemplarHistogram::new(opts().const_label("le", "1")).is_err());
    assert!(ExemplarHistogramVec::new(opts().const_label("a", "1"), &["a"]).is_err());
    assert!(ExemplarHistogramVec::new(opts(), &["a", "a"]).is_err());
    assert!(ExemplarHistogramVec::new(opts(), &["a-b"]).is_err());
    assert!(ExemplarHistogram::new(HistogramOpts::new("h h", "H.")).is_err());
    assert!(ExemplarHistogram::new(opts().buckets(vec![1.0, f64::NAN])).is_err());
    let (registry, histograms) = histograms(&["a"]);
    let wrong = histograms.get_metric_with_label_values(&["x", "y"]).err();
    assert!(matches!(
        wrong,
        Some(Error::InconsistentCardinality { expect: 1, got: 2 })
    ));
    let plain = HistogramVec::new(opts(), &["a"]).unwrap();
    assert!(matches!(
        registry.register(Box::new(plain)),
        Err(Error::AlreadyReg)
    ));
}

#[test]
#[should_panic(expected = "h: Inconsistent label cardinality")]
fn the_wrong_number_of_values_panics_where_documented() {
    let (_, histograms) = histograms(&["a"]);
    let _ = histograms.with_label_values(&["x", "y"]);
}
