//! Another implementation reads what we write: the parser of Python's `prometheus-client`.
//!
//! Needs `python3`, and either the package or a `pip` that can fetch it; says so on standard error and
//! passes where there is neither.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::collections::HashMap;

use common::python::{parse, parse_all};
use common::random;
use common::span;
use opentelemetry::KeyValue;
use opentelemetry::metrics::MeterProvider;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use prometheus::{
    Counter, Gauge, GaugeVec, Histogram, HistogramOpts, HistogramVec, IntCounter, Opts, Registry,
};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use traceprop_metrics::{
    ExemplarCounterVec, ExemplarHistogram, ExemplarHistogramVec, LeStyle, OpenMetricsEncoder,
    TargetInfo,
};

fn strict() -> OpenMetricsEncoder {
    OpenMetricsEncoder::new().strict(true)
}

#[test]
fn a_body_of_everything_is_valid() {
    let registry = Registry::new();
    let opts = HistogramOpts::new("took_seconds", "Quotes \", \\ and\nlines.");
    let took = ExemplarHistogramVec::new(opts, &["route"]).unwrap();
    let sent = ExemplarCounterVec::new(Opts::new("sent_bytes_total", "S."), &["to"]).unwrap();
    registry.register(Box::new(took.clone())).unwrap();
    registry.register(Box::new(sent.clone())).unwrap();
    let plain = |name| Box::new(Gauge::new(name, "Clashes.").unwrap());
    registry
        .register(Box::new(IntCounter::new("bare", "B.").unwrap()))
        .unwrap();
    registry.register(plain("sent_bytes")).unwrap();
    registry
        .register(Box::new(Counter::new("ours_total", "Clashes.").unwrap()))
        .unwrap();
    registry.register(plain("ours_created")).unwrap();
    let negative = HistogramOpts::new("degrees", "N.").buckets(vec![-1.0, 1e7]);
    registry
        .register(Box::new(Histogram::with_opts(negative).unwrap()))
        .unwrap();
    for (n, value) in [0.001, 0.3, 7.0, 1e9].into_iter().enumerate() {
        took.with_label_values(&["/a\"\\\n{x}"])
            .observe_with(value, &span(n as u64 + 1));
    }
    sent.with_label_values(&["é"]).inc_with(12.0, &span(9));

    let Some(parsed) = parse(&strict().encode(&registry).unwrap()) else {
        return;
    };
    for line in [
        "histogram took_seconds 'seconds' 14",
        "exemplar took_seconds_bucket 00000000000000000000000000000001 0.001",
        "exemplar took_seconds_bucket 00000000000000000000000000000004 1000000000.0",
        "unknown bare '' 1",
        "gauge sent_bytes 'bytes' 1",
        "unknown sent_bytes_total '' 1",
        "unknown ours_total '' 1",
        "histogram degrees '' 3",
    ] {
        assert!(parsed.has(line), "{line} is not in\n{parsed:?}");
    }
    assert_eq!(parsed.exemplars(), 4);
}

/// Theirs, ours and those of opentelemetry-prometheus, under a prefix, a common label, every setting.
#[test]
fn a_mixed_body_is_valid_in_every_setting() {
    let labels = HashMap::from([("zone".to_owned(), "b\\".to_owned())]);
    let registry = Registry::new_custom(Some("app".to_owned()), Some(labels)).unwrap();
    let exporter = opentelemetry_prometheus::exporter()
        .with_registry(registry.clone())
        .build()
        .unwrap();
    let provider = SdkMeterProvider::builder().with_reader(exporter).build();
    let meter = provider.meter("shop");
    let histogram = meter.f64_histogram("size").with_unit("By").build();
    histogram.record(0.5, &[KeyValue::new("k", "v\n")]);
    meter.u64_counter("orders").build().add(2, &[]);
    let plain = HistogramVec::new(HistogramOpts::new("plain_seconds", "P."), &["a"]).unwrap();
    let heat = GaugeVec::new(Opts::new("heat_celsius", "H."), &["a"]).unwrap();
    let ours = ExemplarHistogram::new(HistogramOpts::new("ours_seconds", "O.")).unwrap();
    let sent = ExemplarCounterVec::new(Opts::new("sent_total", "S."), &["to"]).unwrap();
    registry.register(Box::new(plain.clone())).unwrap();
    registry.register(Box::new(heat.clone())).unwrap();
    registry.register(Box::new(ours.clone())).unwrap();
    registry.register(Box::new(sent.clone())).unwrap();
    plain.with_label_values(&["\""]).observe(3.0);
    heat.with_label_values(&["x"]).set(f64::NEG_INFINITY);
    ours.observe_with(0.2, &span(1));
    sent.with_label_values(&["y"]).inc_with(1.0, &span(2));

    let all = OpenMetricsEncoder::builder()
        .trace_label("traceID")
        .span_label("spanID")
        .unit("celsius")
        .created_timestamps(true)
        .strict(true)
        .target(TargetInfo::new("checkout \"1\"").version("1.4.2"));
    for style in [LeStyle::Canonical, LeStyle::Legacy] {
        let encoder = all.clone().le_style(style).build().unwrap();
        let Some(parsed) = parse(&encoder.encode(&registry).unwrap()) else {
            return;
        };
        for line in [
            "histogram app_ours_seconds 'seconds'",
            "exemplar app_ours_seconds_bucket 00000000000000000000000000000001 0.2",
            "exemplar app_sent_total 00000000000000000000000000000002 1.0",
            "gauge app_heat_celsius 'celsius' 1",
            "histogram app_size_bytes 'bytes'",
            "counter app_orders ''",
        ] {
            assert!(parsed.has(line), "{line} is not in\n{parsed:?}");
        }
    }
    provider.shutdown().unwrap();
}

#[test]
fn hostile_label_values_and_help_come_back_as_they_were() {
    const HOSTILE: [&str; 10] = [
        "",
        "\\",
        "\\\\n",
        "\n",
        "\"",
        "\\\"",
        "a\r\u{2028}b",
        "} 1\n# EOF\n",
        " # {a=\"b\"} 1",
        "\u{0}\u{1f600}é",
    ];
    let registry = Registry::new();
    let level = GaugeVec::new(Opts::new("level", HOSTILE.concat()), &["a", "b"]).unwrap();
    registry.register(Box::new(level.clone())).unwrap();
    for (n, value) in HOSTILE.into_iter().enumerate() {
        level.with_label_values(&[value, "b"]).set(n as f64);
    }
    let Some(parsed) = parse(&strict().encode(&registry).unwrap()) else {
        return;
    };
    for (n, value) in HOSTILE.into_iter().enumerate() {
        let line = format!("label level {} {n}.0", common::python::hex(value));
        assert!(parsed.has(&line), "{line} is not in\n{parsed:?}");
    }
    assert!(parsed.has(&format!(
        "help level {}",
        common::python::hex(&HOSTILE.concat())
    )));
}

#[test]
fn random_registries_full_of_clashes_are_valid() {
    let mut runner = TestRunner::deterministic();
    let bodies: Vec<String> = (0..150)
        .map(|_| {
            let metrics = random::metrics().new_tree(&mut runner).unwrap().current();
            strict().encode(&random::registry(&metrics)).unwrap()
        })
        .collect();
    let samples = bodies
        .iter()
        .flat_map(|body| body.lines())
        .filter(|line| !line.starts_with('#'));
    assert!(samples.count() > 2000);
    assert!(bodies.iter().any(|body| body.contains("# {trace_id=")));
    if let Some(Err(error)) = parse_all(&bodies) {
        panic!("{error}");
    }
}

#[test]
fn the_parser_does_refuse_what_is_wrong() {
    let Some(parsed) = parse_all(&["# TYPE a counter\na 1\n# EOF\n".to_owned()]) else {
        return;
    };
    let error = parsed.unwrap_err();
    assert!(error.contains("ValueError"), "{error}");
}
