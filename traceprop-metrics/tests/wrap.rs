//! Exemplars for a histogram that somebody already has.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{openmetrics, span, timeless};
use prometheus::{Error, Histogram, HistogramOpts, HistogramVec, Registry, TextEncoder};
use traceprop_metrics::{ExemplarHistogram, ExemplarOptions, ExemplarPolicy};

fn opts() -> HistogramOpts {
    let opts = HistogramOpts::new("job_seconds", "How long jobs take.").const_label("zone", "b");
    opts.namespace("shop").buckets(vec![0.1, 1.0])
}

#[test]
fn both_handles_count_in_the_same_histogram() {
    let theirs = Histogram::with_opts(opts()).unwrap();
    theirs.observe(0.05);
    let ours = ExemplarHistogram::wrap(theirs.clone()).unwrap();
    let registry = Registry::new();
    registry.register(Box::new(ours.clone())).unwrap();
    theirs.observe(5.0);
    ours.observe_with(0.5, &span(7));
    ours.observe(f64::NAN);
    let want = "\
# TYPE shop_job_seconds histogram
# UNIT shop_job_seconds seconds
# HELP shop_job_seconds How long jobs take.
shop_job_seconds_bucket{zone=\"b\",le=\"0.1\"} 1
shop_job_seconds_bucket{zone=\"b\",le=\"1.0\"} 2 # {trace_id=\"00000000000000000000000000000007\",span_id=\"0000000000000007\"} 0.5 TIME
shop_job_seconds_bucket{zone=\"b\",le=\"+Inf\"} 3
shop_job_seconds_count{zone=\"b\"} 3
shop_job_seconds_sum{zone=\"b\"} 5.55
# EOF
";
    let body = timeless(&openmetrics(&registry));
    let sorted = |body: &str| {
        let mut lines: Vec<String> = body.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&body), sorted(want), "{body}");
    assert_eq!((ours.get_sample_count(), theirs.get_sample_count()), (3, 3));
    assert_eq!(ours.get_sample_sum(), theirs.get_sample_sum());
}

#[test]
fn a_registry_takes_the_one_or_the_other() {
    let registry = Registry::new();
    let theirs = Histogram::with_opts(opts()).unwrap();
    registry.register(Box::new(theirs.clone())).unwrap();
    let ours = ExemplarHistogram::wrap(theirs.clone()).unwrap();
    assert!(matches!(
        registry.register(Box::new(ours.clone())),
        Err(Error::AlreadyReg)
    ));
    ours.observe_with(0.5, &span(7));
    assert!(
        !openmetrics(&registry).contains(" # {"),
        "theirs has no exemplars to show"
    );
    assert!(openmetrics(&registry).contains("shop_job_seconds_count{zone=\"b\"} 1\n"));

    // The text of the plain model is the same, whichever of the two is registered.
    let text = |registry: &Registry| {
        TextEncoder::new()
            .encode_to_string(&registry.gather())
            .unwrap()
    };
    let before = text(&registry);
    registry.unregister(Box::new(theirs)).unwrap();
    registry.register(Box::new(ours)).unwrap();
    assert_eq!(text(&registry), before);
    assert!(openmetrics(&registry).contains(" # {"));
}

#[test]
fn options_and_local_handles_work_on_a_wrapped_one() {
    let theirs = Histogram::with_opts(opts()).unwrap();
    let slowest = ExemplarOptions::new().policy(ExemplarPolicy::Slowest);
    let ours = ExemplarHistogram::wrap_with_options(theirs.clone(), slowest).unwrap();
    let registry = Registry::new();
    registry.register(Box::new(ours.clone())).unwrap();
    let local = ours.local();
    local.observe_with(0.5, &span(1));
    local.observe_with(0.9, &span(2));
    local.observe_with(0.7, &span(3));
    assert_eq!(
        (local.get_sample_count(), theirs.get_sample_count()),
        (3, 0)
    );
    local.flush();
    assert_eq!(
        (local.get_sample_count(), theirs.get_sample_count()),
        (0, 3)
    );
    assert!(openmetrics(&registry).contains("span_id=\"0000000000000002\""));
    local.observe(0.5);
    local.clear();
    drop(local);
    assert_eq!(theirs.get_sample_count(), 3);
}

#[test]
fn one_bucket_and_one_of_a_family_can_be_wrapped() {
    let single = Histogram::with_opts(opts().buckets(vec![f64::INFINITY])).unwrap();
    let ours = ExemplarHistogram::wrap(single).unwrap();
    ours.observe_with(3.0, &span(1));
    assert_eq!((ours.get_sample_count(), ours.get_sample_sum()), (1, 3.0));

    let family = HistogramVec::new(opts(), &["a"]).unwrap();
    let ours = ExemplarHistogram::wrap(family.with_label_values(&["x"])).unwrap();
    ours.observe_with(0.5, &span(1));
    assert_eq!(family.with_label_values(&["x"]).get_sample_count(), 1);
    // Beside its family the registry refuses it, for their labels differ in kind; alone it is shown.
    let registry = Registry::new();
    registry.register(Box::new(ours)).unwrap();
    assert!(openmetrics(&registry).contains("{a=\"x\",zone=\"b\",le=\"1.0\"} 1 # {"));
    assert!(registry.register(Box::new(family)).is_err());
}
