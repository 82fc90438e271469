//! What the encoder's settings change, byte for byte.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::time::{SystemTime, UNIX_EPOCH};

use common::{span, timeless};
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{Gauge, HistogramOpts, IntCounter, Opts, Registry};
use traceprop_metrics::{
    ExemplarCounter, ExemplarHistogram, LeStyle, OpenMetricsEncoder, TargetInfo,
};

fn registry() -> Registry {
    let registry = Registry::new();
    let opts = HistogramOpts::new("took_seconds", "T.").buckets(vec![1.0, 1e6]);
    let took = ExemplarHistogram::new(opts).unwrap();
    let sent = ExemplarCounter::new(Opts::new("sent_total", "S.")).unwrap();
    registry.register(Box::new(took.clone())).unwrap();
    registry.register(Box::new(sent.clone())).unwrap();
    took.observe_with(0.25, &span(1));
    sent.inc_with(2.0, &span(2));
    registry
}

#[test]
fn bounds_as_an_older_server_has_them_and_ids_under_other_names() {
    let encoder = OpenMetricsEncoder::builder()
        .le_style(LeStyle::Legacy)
        .trace_label("traceID")
        .span_label("spanID")
        .build()
        .unwrap();
    let want = r#"# TYPE sent counter
# HELP sent S.
sent_total 2.0 # {traceID="00000000000000000000000000000002",spanID="0000000000000002"} 2.0 TIME
# TYPE took_seconds histogram
# UNIT took_seconds seconds
# HELP took_seconds T.
took_seconds_bucket{le="1"} 1 # {traceID="00000000000000000000000000000001",spanID="0000000000000001"} 0.25 TIME
took_seconds_bucket{le="1000000"} 1
took_seconds_bucket{le="+Inf"} 1
took_seconds_count 1
took_seconds_sum 0.25
# EOF
"#;
    assert_eq!(timeless(&encoder.encode(&registry()).unwrap()), want);
}

#[test]
fn units_that_were_told_and_a_target() {
    let registry = Registry::new();
    for name in ["room_celsius", "celsius", "subcelsius"] {
        registry
            .register(Box::new(Gauge::new(name, "G.").unwrap()))
            .unwrap();
    }
    registry
        .register(Box::new(
            IntCounter::new("heat_joules_total", "H.").unwrap(),
        ))
        .unwrap();
    let encoder = OpenMetricsEncoder::builder()
        .unit("celsius")
        .unit("joules")
        .target(TargetInfo::new("a\"b\\").environment("production"))
        .build()
        .unwrap();
    let want = r#"# TYPE target info
# HELP target Target metadata
target_info{deployment_environment_name="production",service_name="a\"b\\"} 1.0
# TYPE celsius gauge
# HELP celsius G.
celsius 0.0
# TYPE heat_joules counter
# UNIT heat_joules joules
# HELP heat_joules H.
heat_joules_total 0.0
# TYPE room_celsius gauge
# UNIT room_celsius celsius
# HELP room_celsius G.
room_celsius 0.0
# TYPE subcelsius gauge
# HELP subcelsius G.
subcelsius 0.0
# EOF
"#;
    assert_eq!(encoder.encode(&registry).unwrap(), want);
    // Text knows neither units nor info.
    let text = encoder.accepting(None).encode(&registry).unwrap();
    assert!(
        text.contains("# TYPE target_info gauge\n") && !text.contains("UNIT"),
        "{text}"
    );
}

#[test]
fn when_a_series_began_to_count_is_written_on_demand() {
    let (registry, encoder) = (
        registry(),
        OpenMetricsEncoder::builder().created_timestamps(true),
    );
    let body = encoder.build().unwrap().encode(&registry).unwrap();
    let created = |name: &str| -> f64 {
        let line = body.lines().find(|line| line.starts_with(name)).unwrap();
        line.rsplit(' ').next().unwrap().parse().unwrap()
    };
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs_f64();
    for name in ["sent_created ", "took_seconds_created "] {
        assert!((now - 60.0..=now).contains(&created(name)), "{body}");
    }
    let plain = OpenMetricsEncoder::new().encode(&registry).unwrap();
    assert!(!plain.contains("_created"), "{plain}");
}

/// Gives every family of `self.0` twice.
struct Twice<C>(C);

impl<C: Collector> Collector for Twice<C> {
    fn desc(&self) -> Vec<&Desc> {
        self.0.desc()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        [self.0.collect(), self.0.collect()].concat()
    }
}

#[test]
fn a_series_that_a_collector_gives_twice_is_written_once() {
    let registry = Registry::new();
    let took = ExemplarHistogram::new(HistogramOpts::new("took", "T.").buckets(vec![1.0])).unwrap();
    took.observe_with(0.5, &span(1));
    registry.register(Box::new(Twice(took))).unwrap();
    let plain = IntCounter::new("plain_total", "P.").unwrap();
    registry.register(Box::new(Twice(plain))).unwrap();
    let body = OpenMetricsEncoder::new().encode(&registry).unwrap();
    for line in [
        "plain_total 0.0\n",
        "took_bucket{le=\"1.0\"} 1 # {",
        "took_count 1\n",
    ] {
        assert_eq!(body.matches(line).count(), 1, "{line} in\n{body}");
    }
}
