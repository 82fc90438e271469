//! Which measurements become exemplars, and with which labels.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::time::{Duration, Instant};

use common::{openmetrics, span, timeless, unsampled};
use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt};
use prometheus::{HistogramOpts, Opts, Registry};
use traceprop_metrics::{
    ExemplarCounter, ExemplarCounterVec, ExemplarFilter, ExemplarHistogram, ExemplarHistogramVec,
    ExemplarOptions, ExemplarPolicy, OpenMetricsEncoder, dropped_exemplar_labels,
};

fn histogram(exemplars: ExemplarOptions) -> (Registry, ExemplarHistogram) {
    let registry = Registry::new();
    let opts = HistogramOpts::new("h", "H.").buckets(vec![1.0]);
    let histogram = ExemplarHistogram::with_options(opts, exemplars).unwrap();
    registry.register(Box::new(histogram.clone())).unwrap();
    (registry, histogram)
}

fn counter(exemplars: ExemplarOptions) -> (Registry, ExemplarCounter) {
    let registry = Registry::new();
    let counter = ExemplarCounter::with_options(Opts::new("c_total", "C."), exemplars).unwrap();
    registry.register(Box::new(counter.clone())).unwrap();
    (registry, counter)
}

/// The exemplar of the one line that has one, without its time; empty if none has.
fn exemplar(registry: &Registry) -> String {
    let body = timeless(&openmetrics(registry));
    let mut exemplars = body.lines().filter_map(|line| line.split_once(" # "));
    let exemplar = exemplars.next().map_or("", |(_, exemplar)| exemplar);
    assert_eq!(exemplars.next(), None, "{body}");
    exemplar
        .strip_suffix(" TIME")
        .unwrap_or_default()
        .to_owned()
}

fn of_span(id: u64, value: &str) -> String {
    format!("{{trace_id=\"{id:032x}\",span_id=\"{id:016x}\"}} {value}")
}

#[test]
fn the_filter_decides_which_spans_are_linked() {
    type Row = (ExemplarFilter, fn(u64) -> SpanContext, bool);
    let table: [Row; 6] = [
        (ExemplarFilter::Sampled, span, true),
        (ExemplarFilter::Sampled, unsampled, false),
        (ExemplarFilter::Always, span, true),
        (ExemplarFilter::Always, unsampled, true),
        (ExemplarFilter::Never, span, false),
        (ExemplarFilter::Never, unsampled, false),
    ];
    for (filter, span, linked) in table {
        let options = ExemplarOptions::new().filter(filter);
        let (registry, histogram) = histogram(options);
        histogram.observe_with(0.5, &span(7));
        let want = if linked {
            of_span(7, "0.5")
        } else {
            String::new()
        };
        assert_eq!(exemplar(&registry), want, "{filter:?}");

        let (registry, counter) = counter(options);
        counter.inc_with(2.0, &span(7));
        let want = if linked {
            of_span(7, "2.0")
        } else {
            String::new()
        };
        assert_eq!(exemplar(&registry), want, "{filter:?}");
    }
}

#[test]
fn a_span_is_given_or_current_or_there_is_none() {
    let now = Instant::now();
    let current = Context::new().with_remote_span_context(span(9));
    let _current = current.attach();

    type Observe = fn(&ExemplarHistogram, Instant);
    let table: [(&str, Observe, String); 5] = [
        ("current", |h, _| h.observe(0.5), of_span(9, "0.5")),
        (
            "given",
            |h, _| h.observe_with(0.5, &span(3)),
            of_span(3, "0.5"),
        ),
        (
            "given, timed",
            |h, at| h.observe_at(0.5, &span(3), at),
            of_span(3, "0.5"),
        ),
        (
            "labelled",
            |h, _| h.observe_with_labels(0.5, &span(3), &[]),
            of_span(3, "0.5"),
        ),
        ("none", |h, _| h.observe_plain(0.5), String::new()),
    ];
    for (name, observe, want) in table {
        let (registry, histogram) = histogram(ExemplarOptions::new());
        observe(&histogram, now);
        assert_eq!(
            (exemplar(&registry), histogram.get_sample_count()),
            (want, 1),
            "{name}"
        );
    }

    type Count = fn(&ExemplarCounter, Instant);
    let table: [(&str, Count, String); 6] = [
        ("one", |c, _| c.inc(), of_span(9, "1.0")),
        ("current", |c, _| c.inc_by(1.0), of_span(9, "1.0")),
        ("given", |c, _| c.inc_with(1.0, &span(3)), of_span(3, "1.0")),
        (
            "given, timed",
            |c, at| c.inc_at(1.0, &span(3), at),
            of_span(3, "1.0"),
        ),
        (
            "labelled",
            |c, _| c.inc_with_labels(1.0, &span(3), &[]),
            of_span(3, "1.0"),
        ),
        ("none", |c, _| c.inc_plain(1.0), String::new()),
    ];
    for (name, count, want) in table {
        let (registry, counter) = counter(ExemplarOptions::new());
        count(&counter, now);
        assert_eq!((exemplar(&registry), counter.get()), (want, 1.0), "{name}");
    }
}

#[test]
fn the_latest_changes_once_an_interval_and_the_slowest_within_it() {
    let start = Instant::now();
    let interval = Duration::from_secs(15);
    let shown = |policy, offers: &[(u64, f64)]| {
        let options = ExemplarOptions::new().policy(policy).interval(interval);
        let (registry, histogram) = histogram(options);
        // What a quiet bucket may take in a row is taken before.
        (1..=u64::from(ExemplarOptions::IN_A_ROW)).for_each(|id| {
            histogram.observe_at(0.1, &span(id), start + Duration::from_millis(id));
        });
        for (seconds, value) in offers {
            let at = start + Duration::from_secs(*seconds);
            histogram.observe_at(*value, &span(100 + *seconds), at);
        }
        exemplar(&registry)
    };
    use ExemplarPolicy::{Latest, Slowest};
    assert_eq!(shown(Latest, &[(1, 0.9), (2, 0.5)]), of_span(4, "0.1"));
    assert_eq!(shown(Slowest, &[(1, 0.9), (2, 0.5)]), of_span(101, "0.9"));
    assert_eq!(shown(Latest, &[(16, 0.2), (17, 0.9)]), of_span(116, "0.2"));
    assert_eq!(shown(Slowest, &[(1, 0.9), (16, 0.2)]), of_span(116, "0.2"));
    assert_eq!(
        shown(Slowest, &[(1, 0.9), (16, 0.2), (17, 0.3)]),
        of_span(117, "0.3")
    );
}

#[test]
fn families_keep_exemplars_as_told() {
    let always = ExemplarOptions::new().interval(Duration::ZERO);
    let opts = HistogramOpts::new("h", "H.").buckets(vec![1.0]);
    let histograms = ExemplarHistogramVec::with_options(opts, &["a"], always).unwrap();
    let counters =
        ExemplarCounterVec::with_options(Opts::new("c_total", "C."), &["a"], always).unwrap();
    let (first, second) = (Registry::new(), Registry::new());
    first.register(Box::new(histograms.clone())).unwrap();
    second.register(Box::new(counters.clone())).unwrap();
    for id in 1..=20 {
        histograms
            .with_label_values(&["x"])
            .observe_with(0.5, &span(id));
        counters.with_label_values(&["x"]).inc_with(1.0, &span(id));
    }
    assert_eq!(exemplar(&first), of_span(20, "0.5"));
    assert_eq!(exemplar(&second), of_span(20, "1.0"));
}

#[test]
fn labels_are_shown_as_long_as_the_body_stays_valid() {
    let options = ExemplarOptions::new().interval(Duration::ZERO);
    let (registry, histogram) = histogram(options);
    let ids = |id: u64| format!("trace_id=\"{id:032x}\",span_id=\"{id:016x}\"");

    histogram.observe_with_labels(0.5, &span(1), &[("user", "a\"b\\c\nd")]);
    assert_eq!(
        exemplar(&registry),
        format!(r#"{{{},user="a\"b\\c\nd"}} 0.5"#, ids(1))
    );

    let dropped = dropped_exemplar_labels();
    let (long, fits) = ("x".repeat(66), "y".repeat(64));
    let labels = [
        ("span_id", "mine"),
        ("l", &*long),
        ("f", &*fits),
        ("g", ""),
        ("no-name", ""),
    ];
    histogram.observe_with_labels(0.5, &span(2), &labels);
    assert_eq!(
        exemplar(&registry),
        format!("{{{},f=\"{fits}\"}} 0.5", ids(2))
    );
    assert_eq!(dropped_exemplar_labels() - dropped, 4);

    // Not stored, not looked at.
    histogram.observe_with_labels(0.5, &unsampled(3), &labels);
    assert_eq!(dropped_exemplar_labels() - dropped, 4);

    let (registry, counter) = counter(options);
    counter.inc_with_labels(1.0, &span(4), &[("topic", "orders")]);
    assert_eq!(
        exemplar(&registry),
        format!("{{{},topic=\"orders\"}} 1.0", ids(4))
    );
}

#[test]
fn longer_names_of_the_ids_leave_less_room() {
    let (registry, histogram) = histogram(ExemplarOptions::new());
    let fits = "y".repeat(64);
    histogram.observe_with_labels(0.5, &span(1), &[("f", &fits), ("id", "")]);
    let body = |trace: &str| {
        let encoder = OpenMetricsEncoder::builder().trace_label(trace).build();
        encoder.unwrap().encode(&registry).unwrap()
    };
    assert!(body("trace_id").contains(&format!("\",f=\"{fits}\"}} ")));
    assert!(body("traceID").contains(&format!("\",f=\"{fits}\"}} ")));
    let longer = body("my_trace_id");
    assert!(
        longer.contains("{my_trace_id=") && !longer.contains(",f="),
        "{longer}"
    );
    assert!(
        body("f").contains("span_id=\"0000000000000001\"} "),
        "the name is taken"
    );
}

#[test]
fn values_that_are_no_durations() {
    let (registry, histogram) = histogram(ExemplarOptions::new());
    histogram.observe_with(f64::NAN, &span(1));
    assert_eq!(
        (histogram.get_sample_count(), histogram.get_sample_sum()),
        (0, 0.0)
    );
    assert_eq!(exemplar(&registry), "");
    histogram.observe_with(-2.0, &span(2));
    assert_eq!(exemplar(&registry), of_span(2, "-2.0"));
    assert_eq!(
        (histogram.get_sample_count(), histogram.get_sample_sum()),
        (1, -2.0)
    );
    histogram.observe_with(f64::INFINITY, &span(3));
    assert_eq!(histogram.get_sample_sum(), f64::INFINITY);
    assert!(openmetrics(&registry).contains(&format!(
        "h_bucket{{le=\"+Inf\"}} 2 # {}",
        of_span(3, "+Inf")
    )));
    histogram.observe_with(f64::NEG_INFINITY, &span(4));
    assert!(histogram.get_sample_sum().is_nan());
    assert_eq!(histogram.get_sample_count(), 3);

    let (registry, counter) = counter(ExemplarOptions::new());
    for step in [-1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        counter.inc_with(step, &span(1));
        counter.inc_by(step);
        counter.inc_plain(step);
        counter.inc_at(step, &span(1), Instant::now());
        counter.inc_with_labels(step, &span(1), &[]);
        counter.local().inc_with(step, &span(1));
    }
    assert_eq!((counter.get(), exemplar(&registry)), (0.0, String::new()));
}
