//! The protobuf format, read by messages of our own: those of `prometheus` know no exemplars.
#![cfg(feature = "protobuf")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::collections::HashMap;

use common::model::{MetricFamily, read};
use common::span;
use http::HeaderMap;
use http::header::{ACCEPT, CONTENT_TYPE};
use prometheus::{
    Encoder, Gauge, Histogram, HistogramOpts, IntCounter, Opts, ProtobufEncoder, Registry,
};
use traceprop_metrics::{
    ExemplarCounter, ExemplarHistogram, ExemplarHistogramVec, Limits, MetricsService,
    OpenMetricsEncoder, TargetInfo,
};

const NAMED: &str =
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";

fn scrape(service: &MetricsService) -> Vec<MetricFamily> {
    let headers = HeaderMap::from_iter([(ACCEPT, NAMED.parse().unwrap())]);
    let response = service.respond(&headers);
    let content_type = response.headers()[CONTENT_TYPE].to_str().unwrap();
    assert!(content_type.starts_with("application/vnd.google.protobuf; proto=io."));
    let body: Vec<u8> = response.into_body().pieces().flatten().collect();
    read(&body)
}

/// A counter and a histogram of ours under a prefix and a common label.
fn ours() -> (Registry, ExemplarHistogram, ExemplarCounter) {
    let labels = HashMap::from([("zone".to_owned(), "b".to_owned())]);
    let registry = Registry::new_custom(Some("app".to_owned()), Some(labels)).unwrap();
    let opts = HistogramOpts::new("took_seconds", "T.").buckets(vec![0.5, 1.0]);
    let took = ExemplarHistogram::new(opts).unwrap();
    let sent = ExemplarCounter::new(Opts::new("sent_bytes_total", "S.")).unwrap();
    registry.register(Box::new(took.clone())).unwrap();
    registry.register(Box::new(sent.clone())).unwrap();
    took.observe_with(0.25, &span(0xa));
    took.observe_plain(0.75);
    took.observe_with(7.0, &span(0xb));
    sent.inc_with(2.5, &span(0xc));
    (registry, took, sent)
}

/// What an unmodified `ProtobufEncoder` writes of `registry`, read back.
fn by_prometheus(registry: &Registry) -> Vec<MetricFamily> {
    let mut body = Vec::new();
    ProtobufEncoder::new()
        .encode(&registry.gather(), &mut body)
        .unwrap();
    read(&body)
}

#[test]
fn exemplars_travel_through_prometheus_own_gather_and_encoder() {
    let (registry, ..) = ours();
    let families = by_prometheus(&registry);
    let [sent, took] = &families[..] else {
        panic!("{families:?}")
    };
    let counter = sent.metric[0].counter.as_ref().unwrap();
    let exemplar = counter.exemplar.as_ref().unwrap();
    assert_eq!(exemplar.trace_id(), format!("{:032x}", 0xc));
    assert_eq!((counter.value(), exemplar.value()), (2.5, 2.5));
    assert!(exemplar.unix_seconds() > 1.6e9);
    let histogram = took.metric[0].histogram.as_ref().unwrap();
    let traces: Vec<_> = histogram.bucket.iter().map(|b| b.trace_id()).collect();
    // Its encoder adds the bucket of +Inf from the count, and so without an exemplar.
    assert_eq!(traces, [format!("{:032x}", 0xa), String::new()]);
    assert_eq!(took.metric[0].labels(), [("zone", "b")]);
    // What the text encoder writes of them is what it always was.
    let text = prometheus::TextEncoder::new()
        .encode_to_string(&registry.gather())
        .unwrap();
    assert!(text.contains("app_took_seconds_bucket{zone=\"b\",le=\"0.5\"} 1\n"));
}

#[test]
fn the_service_writes_what_prometheus_writes_and_the_rest_of_the_exemplars() {
    let (registry, ..) = ours();
    registry
        .register(Box::new(Gauge::new("heat", "H \"ot\"\n.").unwrap()))
        .unwrap();
    registry
        .register(Box::new(IntCounter::new("bare", "B.").unwrap()))
        .unwrap();
    let plain = Histogram::with_opts(HistogramOpts::new("plain", "P.")).unwrap();
    plain.observe(3.0);
    registry.register(Box::new(plain)).unwrap();

    let target = TargetInfo::new("checkout");
    let encoder = OpenMetricsEncoder::builder()
        .trace_label("traceID")
        .target(target)
        .build()
        .unwrap();
    let service = MetricsService::new(registry.clone()).encoder(encoder);
    let mut families = scrape(&service);
    let info = families.remove(0);
    assert_eq!((info.name(), info.r#type()), ("target_info", 1));
    assert_eq!(info.metric[0].labels(), [("service_name", "checkout")]);

    let took = families
        .iter_mut()
        .find(|f| f.name() == "app_took_seconds")
        .unwrap();
    assert_eq!(took.unit.take().as_deref(), Some("seconds"));
    let buckets = &mut took.metric[0].histogram.as_mut().unwrap().bucket;
    let infinite = buckets.pop().unwrap();
    assert_eq!(
        (infinite.upper_bound(), infinite.cumulative_count()),
        (f64::INFINITY, 3)
    );
    assert_eq!(infinite.trace_id(), format!("{:032x}", 0xb));
    for family in &mut families {
        assert_eq!(
            family.has_created(),
            ["app_sent_bytes_total", "app_took_seconds"].contains(&family.name())
        );
        family.unit = None;
        family.rename_exemplar_label("traceID", "trace_id");
        family.forget_created();
    }
    assert_eq!(families, by_prometheus(&registry));
}

#[test]
fn a_large_family_goes_on_in_another_message_of_its_name() {
    let registry = Registry::new();
    let took = ExemplarHistogramVec::new(HistogramOpts::new("h", "H."), &["n"])
        .unwrap()
        .limits(&Limits::none());
    registry.register(Box::new(took.clone())).unwrap();
    for n in 0..10_000 {
        took.with_label_values(&[n.to_string()]).observe_plain(1.0);
    }
    let families = scrape(&MetricsService::new(registry));
    assert!((2..8).contains(&families.len()), "{}", families.len());
    assert!(
        families
            .iter()
            .all(|family| family.name() == "h" && family.help() == "H.")
    );
    let series: Vec<_> = families.iter().flat_map(|family| &family.metric).collect();
    assert_eq!(series.len(), 10_000);
    assert!(
        series
            .iter()
            .all(|m| m.histogram.as_ref().unwrap().sample_count() == 1)
    );
}
