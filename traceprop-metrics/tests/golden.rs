//! OpenMetrics bodies, byte for byte.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use common::{openmetrics, span, timeless, unsampled};
use prometheus::core::{Collector, Desc};
use prometheus::proto::{self, MetricFamily, MetricType};
use prometheus::{Counter, Gauge, Histogram, HistogramOpts, IntCounterVec, Opts, Registry};
use traceprop_metrics::{
    ExemplarCounter, ExemplarCounterVec, ExemplarHistogram, ExemplarHistogramVec,
    OpenMetricsEncoder,
};

#[test]
fn each_exemplar_is_in_the_bucket_it_belongs_to() {
    let registry = Registry::new();
    let opts = HistogramOpts::new("job_duration_seconds", "How long jobs take.");
    let duration =
        ExemplarHistogramVec::new(opts.buckets(vec![0.5, 1.0, 1e6]), &["queue"]).unwrap();
    registry.register(Box::new(duration.clone())).unwrap();
    let slow = duration.with_label_values(&["slow"]);
    let now = Instant::now();
    slow.observe_at(0.5, &span(0xa), now);
    slow.observe_at(0.5, &span(0xb), now + Duration::from_millis(10));
    slow.observe_at(0.75, &unsampled(0xc), now);
    slow.observe_at(2.0, &span(0xd), now);
    slow.observe_at(f64::INFINITY, &span(0xe), now);
    slow.observe_at(f64::NAN, &span(0xf), now);
    duration.with_label_values(&["idle"]).observe_plain(-1.0);

    let want = r#"# TYPE job_duration_seconds histogram
# UNIT job_duration_seconds seconds
# HELP job_duration_seconds How long jobs take.
job_duration_seconds_bucket{queue="idle",le="0.5"} 1
job_duration_seconds_bucket{queue="idle",le="1.0"} 1
job_duration_seconds_bucket{queue="idle",le="1e+06"} 1
job_duration_seconds_bucket{queue="idle",le="+Inf"} 1
job_duration_seconds_count{queue="idle"} 1
job_duration_seconds_sum{queue="idle"} -1.0
job_duration_seconds_bucket{queue="slow",le="0.5"} 2 # {trace_id="0000000000000000000000000000000b",span_id="000000000000000b"} 0.5 TIME
job_duration_seconds_bucket{queue="slow",le="1.0"} 3
job_duration_seconds_bucket{queue="slow",le="1e+06"} 4 # {trace_id="0000000000000000000000000000000d",span_id="000000000000000d"} 2.0 TIME
job_duration_seconds_bucket{queue="slow",le="+Inf"} 5 # {trace_id="0000000000000000000000000000000e",span_id="000000000000000e"} +Inf TIME
job_duration_seconds_count{queue="slow"} 5
job_duration_seconds_sum{queue="slow"} +Inf
# EOF
"#;
    assert_eq!(timeless(&openmetrics(&registry)), want);
    // What 1.0 forbids and Prometheus takes is left out on demand.
    let strict = OpenMetricsEncoder::new()
        .strict(true)
        .encode(&registry)
        .unwrap();
    assert!(!strict.contains("_sum{queue=\"idle\"}") && strict.contains("_sum{queue=\"slow\"}"));
}

#[test]
fn counters_with_and_without_total() {
    let registry = Registry::new();
    let opts = Opts::new("sent_bytes_total", "Sent.").const_label("to", "a\\b\"c\nd");
    let sent = ExemplarCounter::new(opts).unwrap();
    let odd = ExemplarCounterVec::new(Opts::new("odd", "No _total."), &["kind"]).unwrap();
    registry.register(Box::new(sent.clone())).unwrap();
    registry.register(Box::new(odd.clone())).unwrap();
    sent.inc_with(2.5, &span(1));
    sent.inc_plain(1.0);
    odd.with_label_values(&["x"]).inc_with(1.0, &span(2));

    let want = r#"# TYPE odd unknown
# HELP odd No _total.
odd{kind="x"} 1.0
# TYPE sent_bytes counter
# UNIT sent_bytes bytes
# HELP sent_bytes Sent.
sent_bytes_total{to="a\\b\"c\nd"} 3.5 # {trace_id="00000000000000000000000000000001",span_id="0000000000000001"} 2.5 TIME
# EOF
"#;
    assert_eq!(timeless(&openmetrics(&registry)), want);
}

#[test]
fn plain_metrics_stand_beside_ours_under_prefix_and_common_labels() {
    let labels = HashMap::from([("zone".to_owned(), "b".to_owned())]);
    let registry = Registry::new_custom(Some("app".to_owned()), Some(labels)).unwrap();
    let done = IntCounterVec::new(Opts::new("done_total", "Done."), &["a"]).unwrap();
    let heat = Gauge::new("heat", "Has \"quotes\" and \\ and\nlines.").unwrap();
    let size =
        Histogram::with_opts(HistogramOpts::new("size", "S.").buckets(vec![1.0, 1e-7 + 2.0]))
            .unwrap();
    let ours = ExemplarHistogram::new(HistogramOpts::new("took", "T.").buckets(vec![0.1])).unwrap();
    registry.register(Box::new(done.clone())).unwrap();
    registry.register(Box::new(heat.clone())).unwrap();
    registry.register(Box::new(size.clone())).unwrap();
    registry.register(Box::new(ours.clone())).unwrap();
    done.with_label_values(&["x"]).inc_by(17);
    heat.set(-1e-7);
    size.observe(3.0);
    ours.observe_with(0.2, &span(7));

    let want = r#"# TYPE app_done counter
# HELP app_done Done.
app_done_total{a="x",zone="b"} 17.0
# TYPE app_heat gauge
# HELP app_heat Has \"quotes\" and \\ and\nlines.
app_heat{zone="b"} -1e-07
# TYPE app_size histogram
# HELP app_size S.
app_size_bucket{zone="b",le="1.0"} 0
app_size_bucket{zone="b",le="2.0000001"} 0
app_size_bucket{zone="b",le="+Inf"} 1
app_size_count{zone="b"} 1
app_size_sum{zone="b"} 3.0
# TYPE app_took histogram
# HELP app_took T.
app_took_bucket{zone="b",le="0.1"} 0
app_took_bucket{zone="b",le="+Inf"} 1 # {trace_id="00000000000000000000000000000007",span_id="0000000000000007"} 0.2 TIME
app_took_count{zone="b"} 1
app_took_sum{zone="b"} 0.2
# EOF
"#;
    assert_eq!(timeless(&openmetrics(&registry)), want);
}

/// Hands over whatever it was given, as a careless collector may.
struct Raw(Desc, Vec<MetricFamily>);

impl Raw {
    fn boxed(families: Vec<MetricFamily>) -> Box<Self> {
        let desc = Desc::new("raw".into(), "r".into(), vec![], HashMap::new()).unwrap();
        Box::new(Self(desc, families))
    }
}

impl Collector for Raw {
    fn desc(&self) -> Vec<&Desc> {
        vec![&self.0]
    }
    fn collect(&self) -> Vec<MetricFamily> {
        self.1.clone()
    }
}

fn family(name: &str, kind: MetricType, metric: proto::Metric) -> MetricFamily {
    let mut family = MetricFamily::default();
    family.set_name(name.to_owned());
    family.set_field_type(kind);
    family.set_metric(vec![metric]);
    family
}

#[test]
fn summaries_timestamps_and_families_that_cannot_be_written() {
    let mut quantile = proto::Quantile::default();
    quantile.set_quantile(0.99);
    quantile.set_value(f64::NAN);
    let mut summary = proto::Summary::default();
    summary.set_quantile(vec![quantile]);
    summary.set_sample_count(3);
    summary.set_sample_sum(1.5);
    let mut timed = proto::Metric::default();
    timed.set_summary(summary);
    timed.set_timestamp_ms(1_700_000_000_123);
    let mut gauge = proto::Gauge::default();
    gauge.set_value(1.0);
    let gauge = proto::Metric::from_gauge(gauge);
    // Looks like one of our stubs, and is none.
    let mut impostor = gauge.clone();
    impostor.set_timestamp_ms(i64::MIN + 1);
    let mut pair = proto::LabelPair::default();
    pair.set_name("a b".to_owned());
    let mut labelled = gauge.clone();
    labelled.set_label(vec![pair]);

    let registry = Registry::new();
    registry
        .register(Raw::boxed(vec![
            family("a_summary", MetricType::SUMMARY, timed),
            family("b impostor\n", MetricType::GAUGE, gauge.clone()),
            family("c_impostor", MetricType::GAUGE, impostor),
            family("d_label", MetricType::GAUGE, labelled),
            family("e_untyped", MetricType::UNTYPED, gauge.clone()),
            family("", MetricType::GAUGE, gauge),
        ]))
        .unwrap();
    let ours = ExemplarHistogram::new(HistogramOpts::new("f", "F.").buckets(vec![1.0])).unwrap();
    registry.register(Box::new(ours)).unwrap();

    let want = r#"# TYPE a_summary summary
a_summary{quantile="0.99"} NaN 1700000000.123
a_summary_count 3 1700000000.123
a_summary_sum 1.5 1700000000.123
# TYPE c_impostor gauge
c_impostor 1.0 -9223372036854775.807
# TYPE f histogram
# HELP f F.
f_bucket{le="1.0"} 0
f_bucket{le="+Inf"} 0
f_count 0
f_sum 0.0
# EOF
"#;
    assert_eq!(openmetrics(&registry), want);
    let text = OpenMetricsEncoder::for_accept(None)
        .encode(&registry)
        .unwrap();
    assert!(
        text.contains("f_bucket{le=\"1\"} 0\n") && !text.contains("e_untyped"),
        "{text}"
    );
}

#[test]
fn families_that_clash_keep_their_series() {
    let registry = Registry::new();
    let opts = HistogramOpts::new("foo", "H.").buckets(vec![1.0]);
    let ours = ExemplarHistogram::new(opts).unwrap();
    let gauge = Gauge::new("foo_count", "G.").unwrap();
    let counter = Counter::new("foo_total", "C.").unwrap();
    registry.register(Box::new(ours.clone())).unwrap();
    registry.register(Box::new(gauge)).unwrap();
    registry.register(Box::new(counter)).unwrap();
    ours.observe_with(0.5, &span(1));
    let want = "# TYPE foo_bucket unknown\n# HELP foo_bucket H.\n\
                foo_bucket{le=\"1.0\"} 1\nfoo_bucket{le=\"+Inf\"} 1\n\
                # TYPE foo_sum unknown\n# HELP foo_sum H.\nfoo_sum 0.5\n\
                # TYPE foo_count gauge\n# HELP foo_count G.\nfoo_count 0.0\n\
                # TYPE foo counter\n# HELP foo C.\nfoo_total 0.0\n# EOF\n";
    assert_eq!(openmetrics(&registry), want);
}

#[test]
fn a_registry_encoded_while_another_is_gathered_disturbs_nothing() {
    struct Nested(Registry, Raw);
    impl Collector for Nested {
        fn desc(&self) -> Vec<&Desc> {
            self.1.desc()
        }
        fn collect(&self) -> Vec<MetricFamily> {
            assert!(openmetrics(&self.0).contains("inner_bucket{le=\"1.0\"} 1 # {trace_id="));
            vec![]
        }
    }
    let histogram = |name| {
        let opts = HistogramOpts::new(name, "H.").buckets(vec![1.0]);
        ExemplarHistogram::new(opts).unwrap()
    };
    let (inner, outer) = (Registry::new(), Registry::new());
    let (h1, h2) = (histogram("inner"), histogram("outer"));
    inner.register(Box::new(h1.clone())).unwrap();
    outer.register(Box::new(h2.clone())).unwrap();
    outer
        .register(Box::new(Nested(inner, *Raw::boxed(vec![]))))
        .unwrap();
    h1.observe_with(0.5, &span(1));
    h2.observe_with(0.5, &span(2));
    assert!(openmetrics(&outer).contains("outer_bucket{le=\"1.0\"} 1 # {trace_id="));
    // Without a session the family is whole: the next plain gather sees no stub.
    assert_eq!(outer.gather()[0].get_metric()[0].timestamp_ms(), 0);
}
