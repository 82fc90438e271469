//! Our metrics in the registry that `opentelemetry-prometheus` exports to.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::collections::HashMap;

use common::{openmetrics, span, timeless};
use opentelemetry::KeyValue;
use opentelemetry::metrics::MeterProvider;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use prometheus::{HistogramOpts, Registry, TextEncoder};
use traceprop_metrics::{ExemplarHistogram, OpenMetricsEncoder, TargetInfo};

/// A registry with a prefix and a common label, which our session's stubs must get through.
fn registry() -> (Registry, SdkMeterProvider) {
    let labels = HashMap::from([("zone".to_owned(), "b".to_owned())]);
    let registry = Registry::new_custom(Some("app".to_owned()), Some(labels)).unwrap();
    let ours = ExemplarHistogram::new(HistogramOpts::new("took", "T.").buckets(vec![0.1])).unwrap();
    registry.register(Box::new(ours.clone())).unwrap();
    ours.observe_with(0.05, &span(7));
    let exporter = opentelemetry_prometheus::exporter()
        .with_registry(registry.clone())
        .build()
        .unwrap();
    let resource = Resource::builder_empty()
        .with_attribute(KeyValue::new("service.name", "checkout"))
        .build();
    let provider = SdkMeterProvider::builder()
        .with_reader(exporter)
        .with_resource(resource)
        .build();
    let meter = provider.meter("shop");
    meter
        .u64_counter("orders")
        .build()
        .add(2, &[KeyValue::new("kind", "a\"b")]);
    meter
        .f64_histogram("size")
        .with_boundaries(vec![1.0])
        .build()
        .record(0.5, &[]);
    (registry, provider)
}

#[test]
fn both_are_in_one_body_and_ours_have_exemplars() {
    let (registry, provider) = registry();
    let body = timeless(&openmetrics(&registry));
    for part in [
        "app_took_bucket{zone=\"b\",le=\"0.1\"} 1 # {trace_id=\"00000000000000000000000000000007\",span_id=\"0000000000000007\"} 0.05 TIME\n",
        "# TYPE app_orders counter\n",
        "app_orders_total{kind=\"a\\\"b\",",
        "# TYPE app_size histogram\n",
    ] {
        assert!(body.contains(part), "{part} is not in\n{body}");
    }
    assert!(body.ends_with("# EOF\n"));
    // Neither sees the other outside a session.
    let text = TextEncoder::new()
        .encode_to_string(&registry.gather())
        .unwrap();
    assert!(
        text.contains("app_took_bucket{zone=\"b\",le=\"0.1\"} 1\n"),
        "{text}"
    );
    let encoder = OpenMetricsEncoder::for_accept(None);
    let ours = encoder.encode(&registry).unwrap();
    // Common labels come in any order, and opentelemetry-prometheus gives its own in any order, too.
    let sorted = |text: &str| {
        let mut lines: Vec<String> = text
            .lines()
            .map(|line| {
                let mut bytes: Vec<char> = line.chars().collect();
                bytes.sort_unstable();
                bytes.into_iter().collect()
            })
            .collect();
        lines.sort_unstable();
        lines
    };
    assert_eq!(sorted(&ours), sorted(&text));
    provider.shutdown().unwrap();
}

#[test]
fn a_target_in_the_registry_stands_in_place_of_ours() {
    let registry = Registry::new();
    let exporter = opentelemetry_prometheus::exporter()
        .with_registry(registry.clone())
        .build()
        .unwrap();
    let resource = Resource::builder_empty()
        .with_attributes([
            KeyValue::new("service.name", "checkout"),
            KeyValue::new("service.version", "1.4.2"),
        ])
        .build();
    // The resource of an SDK is what ours is made of.
    let target = TargetInfo::from_attributes(resource.iter());
    assert_eq!(target, TargetInfo::new("checkout").version("1.4.2"));
    let provider = SdkMeterProvider::builder()
        .with_reader(exporter)
        .with_resource(resource)
        .build();
    provider
        .meter("shop")
        .u64_gauge("level")
        .build()
        .record(1, &[]);
    let encoder = OpenMetricsEncoder::builder()
        .target(target)
        .build()
        .unwrap();
    let body = encoder.encode(&registry).unwrap();
    assert_eq!(body.matches("\ntarget_info{").count(), 1, "{body}");
    assert!(body.contains("# TYPE target_info gauge\n"), "{body}");
    provider.shutdown().unwrap();
}
