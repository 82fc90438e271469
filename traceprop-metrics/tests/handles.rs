//! Handles as users of `prometheus` know them: by name, for one thread, and timers.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::collections::HashMap;
use std::panic;
use std::thread;
use std::time::{Duration, Instant};

use common::{openmetrics, span};
use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use prometheus::local::LocalMetric;
use prometheus::{Error, HistogramOpts, Opts, Registry};
use traceprop_metrics::{
    ExemplarCounter, ExemplarCounterVec, ExemplarHistogram, ExemplarHistogramVec, ExemplarOptions,
    ExemplarPolicy,
};

fn histogram() -> ExemplarHistogram {
    ExemplarHistogram::new(HistogramOpts::new("h", "H.").buckets(vec![1.0, 10.0])).unwrap()
}

fn histograms() -> ExemplarHistogramVec {
    let opts = HistogramOpts::new("h", "H.").buckets(vec![1.0]);
    ExemplarHistogramVec::new(opts, &["a", "b"]).unwrap()
}

fn counters() -> ExemplarCounterVec {
    ExemplarCounterVec::new(Opts::new("c_total", "C."), &["a", "b"]).unwrap()
}

#[test]
fn a_series_is_named_by_labels_in_any_order() {
    let (histograms, counters) = (histograms(), counters());
    let labels = HashMap::from([("b", "2"), ("a", "1")]);
    histograms.with(&labels).observe(0.5);
    counters.with(&labels).inc();
    assert_eq!(
        histograms.with_label_values(&["1", "2"]).get_sample_count(),
        1
    );
    assert_eq!(counters.with_label_values(&["1", "2"]).get(), 1.0);

    let missing = HashMap::from([("a", "1"), ("c", "2")]);
    assert!(
        matches!(histograms.get_metric_with(&missing), Err(Error::Msg(text)) if text.contains('b'))
    );
    let few = HashMap::from([("a", "1")]);
    assert!(matches!(
        counters.get_metric_with(&few),
        Err(Error::InconsistentCardinality { expect: 2, got: 1 })
    ));
    assert!(histograms.remove(&few).is_err());
    assert!(histograms.remove(&labels).is_ok() && histograms.remove(&labels).is_err());
    assert!(counters.remove(&labels).is_ok() && counters.remove(&labels).is_err());
    assert_eq!(histograms.with(&labels).get_sample_count(), 0);
}

#[test]
fn removing_and_resetting_start_anew() {
    let (histograms, counters) = (histograms(), counters());
    histograms.with_label_values(&["1", "2"]).observe(0.5);
    assert!(matches!(
        histograms.remove_label_values(&["1"]),
        Err(Error::InconsistentCardinality { expect: 2, got: 1 })
    ));
    assert!(histograms.remove_label_values(&["1", "3"]).is_err());
    assert!(histograms.remove_label_values(&["1", "2"]).is_ok());
    assert_eq!(
        histograms.with_label_values(&["1", "2"]).get_sample_count(),
        0
    );
    let counter = counters.with_label_values(&["1", "2"]);
    counter.inc_by(2.5);
    counter.reset();
    assert_eq!(counter.get(), 0.0);
    counter.inc_by(1.5);
    assert_eq!(counters.with_label_values(&["1", "2"]).get(), 1.5);
    counters.reset();
    assert_eq!(counters.with_label_values(&["1", "2"]).get(), 0.0);
}

#[test]
fn a_local_histogram_counts_apart_until_it_is_flushed_or_dropped() {
    let shared = histogram();
    let local = shared.local();
    for value in [0.5, 1.0, 5.0, 50.0, f64::NAN] {
        local.observe(value);
    }
    assert_eq!(
        (local.get_sample_count(), local.get_sample_sum()),
        (4, 56.5)
    );
    assert_eq!(
        (shared.get_sample_count(), shared.get_sample_sum()),
        (0, 0.0)
    );
    let other = local.clone();
    assert_eq!(other.get_sample_count(), 0, "a clone has counted nothing");
    LocalMetric::flush(&local);
    local.flush();
    assert_eq!((local.get_sample_count(), local.get_sample_sum()), (0, 0.0));
    assert_eq!(
        (shared.get_sample_count(), shared.get_sample_sum()),
        (4, 56.5)
    );
    other.observe_plain(2.0);
    drop(other);
    assert_eq!(shared.get_sample_count(), 5);
    local.observe(3.0);
    local.clear();
    drop(local);
    assert_eq!(shared.get_sample_count(), 5, "cleared");

    let registry = Registry::new();
    registry.register(Box::new(shared)).unwrap();
    let body = openmetrics(&registry);
    for line in ["{le=\"1.0\"} 2\n", "{le=\"10.0\"} 4\n", "{le=\"+Inf\"} 5\n"] {
        assert!(body.contains(line), "{line} is not in\n{body}");
    }
}

#[test]
fn a_local_counter_counts_apart_until_it_is_flushed_or_dropped() {
    let shared = ExemplarCounter::new(Opts::new("c_total", "C.")).unwrap();
    let local = shared.local();
    local.inc();
    local.inc_by(0.5);
    assert_eq!(
        (local.get(), shared.get(), local.clone().get()),
        (1.5, 0.0, 0.0)
    );
    LocalMetric::flush(&local);
    assert_eq!((local.get(), shared.get()), (0.0, 1.5));
    local.inc_plain(3.0);
    local.reset();
    local.inc_with(1.0, &span(1));
    drop(local);
    assert_eq!(shared.get(), 2.5);
}

#[test]
fn a_local_handle_offers_the_preferred_one_when_it_is_flushed() {
    let start = Instant::now();
    let shown = |policy| {
        let options = ExemplarOptions::new().policy(policy);
        let opts = HistogramOpts::new("h", "H.").buckets(vec![1.0]);
        let shared = ExemplarHistogram::with_options(opts, options).unwrap();
        let registry = Registry::new();
        registry.register(Box::new(shared.clone())).unwrap();
        let local = shared.local();
        for (id, value) in [(1, 0.3), (2, 0.9), (3, 0.6)] {
            local.observe_at(value, &span(id), start + Duration::from_millis(id));
        }
        assert!(
            !openmetrics(&registry).contains(" # {"),
            "not before the flush"
        );
        local.flush();
        let body = openmetrics(&registry);
        let (_, exemplar) = body.split_once("span_id=\"").unwrap();
        exemplar
            .starts_with("000000000000000")
            .then(|| exemplar[15..16].to_owned())
            .unwrap()
    };
    assert_eq!(shown(ExemplarPolicy::Latest), "3");
    assert_eq!(shown(ExemplarPolicy::Slowest), "2");
}

#[test]
fn local_families_find_series_by_exact_values() {
    let shared = counters();
    let mut local = shared.local();
    local.with_label_values(&["1", "12"]).inc();
    local.with_label_values(&["11", "2"]).inc_by(5.0);
    local.with_label_values(&["1", "12"]).inc();
    assert_eq!(local.with_label_values(&["1", "12"]).get(), 2.0);
    LocalMetric::flush(&local);
    assert_eq!(shared.with_label_values(&["1", "12"]).get(), 2.0);
    assert_eq!(shared.with_label_values(&["11", "2"]).get(), 5.0);
    local.with_label_values(&["11", "2"]).inc();
    assert!(local.remove_label_values(&["11", "2"]).is_ok());
    assert!(local.remove_label_values(&["11", "2"]).is_err());
    assert_eq!(shared.with_label_values(&["11", "2"]).get(), 0.0);
    assert!(local.get_metric_with_label_values(&["1"]).is_err());

    let shared = histograms();
    let mut local = shared.local();
    local.with_label_values(&["1", "2"]).observe(0.5);
    local.clone().with_label_values(&["1", "2"]).observe(0.5);
    assert_eq!(
        shared.with_label_values(&["1", "2"]).get_sample_count(),
        1,
        "the clone's"
    );
    drop(local);
    assert_eq!(shared.with_label_values(&["1", "2"]).get_sample_count(), 2);
}

#[test]
fn what_a_family_diverts_is_counted_apart_in_one_handle() {
    let shared = counters();
    let mut local = shared.local();
    for n in 0..5_000 {
        local.with_label_values(&["x", &n.to_string()]).inc();
    }
    local.flush();
    let registry = Registry::new();
    registry.register(Box::new(shared)).unwrap();
    let body = openmetrics(&registry);
    let totals = body.lines().filter(|line| line.starts_with("c_total{"));
    let totals: Vec<f64> = totals
        .map(|line| line.rsplit(' ').next().unwrap().parse().unwrap())
        .collect();
    assert!(totals.len() < 1_000, "{} series", totals.len());
    assert_eq!(totals.iter().sum::<f64>(), 5_000.0);
    assert!(body.contains("c_total{a=\"x\",b=\"_overflow\"}"), "{body}");
}

#[test]
#[should_panic(expected = "h: Inconsistent label cardinality")]
fn a_local_family_panics_where_documented() {
    let _ = histograms().local().with_label_values(&["1"]);
}

#[test]
fn threads_with_local_handles_lose_nothing() {
    let shared = histogram();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let local = shared.local();
                for n in 0..10_000 {
                    local.observe_plain(f64::from(n % 3));
                    if n % 100 == 0 {
                        local.flush();
                    }
                }
            });
        }
    });
    assert_eq!(shared.get_sample_count(), 40_000);
    assert_eq!(shared.get_sample_sum(), 4.0 * 9_999.0);
}

#[test]
fn a_timer_observes_once_in_the_span_that_is_current_at_the_end() {
    let shared = histogram();
    let registry = Registry::new();
    registry.register(Box::new(shared.clone())).unwrap();
    let timer = shared.start_timer();
    {
        let _current = Context::new()
            .with_remote_span_context(span(0xabc))
            .attach();
        timer.observe_duration();
    }
    assert!(openmetrics(&registry).contains("span_id=\"0000000000000abc\""));
    drop(shared.start_timer());
    assert_eq!(shared.get_sample_count(), 2);
    let timer = shared.start_timer();
    thread::sleep(Duration::from_millis(2));
    assert!(timer.stop_and_record() >= 0.002);
    assert!(shared.get_sample_sum() >= 0.002);
    shared.start_timer().stop_and_discard();
    shared.local().start_timer().observe_duration();
    assert_eq!(shared.get_sample_count(), 4);
    assert_eq!(shared.observe_closure_duration(|| 7), 7);
    let local = shared.local();
    assert_eq!(local.observe_closure_duration(|| 8), 8);
    drop(local);
    assert_eq!(shared.get_sample_count(), 6);
    let panicked = panic::catch_unwind(panic::AssertUnwindSafe(|| {
        let _timer = shared.start_timer();
        panic::resume_unwind(Box::new(()));
    }));
    assert!(panicked.is_err());
    assert_eq!(
        shared.get_sample_count(),
        7,
        "a timer observes on unwinding, too"
    );
}
