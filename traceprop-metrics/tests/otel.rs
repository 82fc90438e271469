//! The same metrics in an OpenTelemetry `Meter`: names, units, buckets and attributes.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::sync::Arc;

use opentelemetry::metrics::MeterProvider;
use opentelemetry::trace::SpanKind;
use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, Metric, MetricData};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
use traceprop_core::call::{
    Call, Facts, HttpFacts, MessagingFacts, Options, Outcome, Recorder, RpcFacts, Scope,
};
use traceprop_metrics::{HttpMeter, MessagingMeter, MeterError, OtelRecorder, RpcMeter};

struct Bench {
    exporter: InMemoryMetricExporter,
    provider: SdkMeterProvider,
    options: Options,
}

impl Bench {
    fn new(recorder: impl FnOnce(&opentelemetry::metrics::Meter) -> Arc<dyn Recorder>) -> Self {
        let exporter = InMemoryMetricExporter::default();
        let reader = PeriodicReader::builder(exporter.clone()).build();
        let provider = SdkMeterProvider::builder().with_reader(reader).build();
        let recorder = recorder(&provider.meter("test"));
        let options = Options::new("test", Scope::Off).recorder(recorder);
        Self {
            exporter,
            provider,
            options,
        }
    }

    fn start(&self, kind: SpanKind, facts: impl Into<Facts>) -> Call {
        Call::of_kind(kind, "test")
            .facts(facts.into())
            .start(&self.options)
    }

    /// What was exported last, by name.
    fn metrics(&self) -> BTreeMap<String, Seen> {
        self.provider.force_flush().unwrap();
        let finished = self.exporter.get_finished_metrics().unwrap();
        let last = finished.last().unwrap();
        let metrics = last.scope_metrics().flat_map(|scope| scope.metrics());
        metrics
            .map(|metric| (metric.name().to_owned(), seen(metric)))
            .collect()
    }
}

/// What there is to know of one metric.
#[derive(Debug, PartialEq)]
struct Seen {
    unit: String,
    bounds: Vec<f64>,
    /// Sorted attributes, and a count or a sum.
    points: Vec<(String, f64)>,
}

fn seen(metric: &Metric) -> Seen {
    let mut bounds = Vec::new();
    let mut points: Vec<_> = match metric.data() {
        AggregatedMetrics::F64(MetricData::Histogram(histogram)) => {
            bounds = histogram
                .data_points()
                .flat_map(|point| point.bounds())
                .collect();
            bounds.dedup();
            let points = histogram.data_points();
            points
                .map(|point| (text(point.attributes()), point.count() as f64))
                .collect()
        }
        AggregatedMetrics::U64(MetricData::Sum(sum)) => {
            assert!(sum.is_monotonic());
            let points = sum.data_points();
            points
                .map(|point| (text(point.attributes()), point.value() as f64))
                .collect()
        }
        AggregatedMetrics::I64(MetricData::Sum(sum)) => {
            assert!(!sum.is_monotonic());
            let points = sum.data_points();
            points
                .map(|point| (text(point.attributes()), point.value() as f64))
                .collect()
        }
        other => panic!("{}: {other:?}", metric.name()),
    };
    points.sort_by(|a, b| a.0.cmp(&b.0));
    Seen {
        unit: metric.unit().to_owned(),
        bounds,
        points,
    }
}

/// Attributes as `key=value`, text in quotes and numbers without.
fn text<'a>(attributes: impl Iterator<Item = &'a KeyValue>) -> String {
    let mut all: Vec<_> = attributes
        .map(|KeyValue { key, value, .. }| match value {
            Value::I64(number) => format!("{key}={number}"),
            Value::String(text) => format!("{key}={:?}", text.as_str()),
            other => panic!("{key}: {other:?}"),
        })
        .collect();
    all.sort();
    all.join(" ")
}

fn http() -> HttpFacts {
    HttpFacts {
        method: "GET",
        scheme: "https",
        protocol_version: Some("2"),
        server_address: Some("shop".into()),
        server_port: Some(8443),
        request_body_size: Some(10),
        response_body_size: Some(2000),
        ..HttpFacts::default()
    }
}

const DURATIONS: [f64; 14] = [
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
];

#[test]
fn an_http_exchange_of_each_side() {
    let bench = Bench::new(|meter| {
        HttpMeter::new()
            .fixed_label("region", "eu")
            .label("plan")
            .client_active_requests()
            .build_otel(meter)
            .unwrap()
            .into()
    });
    let mut server = bench.start(SpanKind::Server, http());
    let client = bench.start(SpanKind::Client, http());
    let active = bench.metrics();
    for (name, attributes) in [
        (
            "http.server.active_requests",
            r#"http.request.method="GET" region="eu" url.scheme="https""#,
        ),
        (
            "http.client.active_requests",
            r#"http.request.method="GET" region="eu" server.address="shop" server.port=8443"#,
        ),
    ] {
        let want = Seen {
            unit: "{request}".to_owned(),
            bounds: vec![],
            points: vec![(attributes.to_owned(), 1.0)],
        };
        assert_eq!(active[name], want, "{name}");
    }

    server.set_route("/orders/{id}".into());
    server.set_label("plan", "free");
    if let Facts::Http(facts) = server.facts_mut() {
        facts.status = Some(503);
    }
    server.finish(Outcome::failed("503"));
    drop(client);
    let seen = bench.metrics();
    for (name, attributes) in [
        (
            "http.server.request.duration",
            r#"error.type="503" http.request.method="GET" http.response.status_code=503 http.route="/orders/{id}" network.protocol.version="2" plan="free" region="eu" url.scheme="https""#,
        ),
        (
            "http.client.request.duration",
            r#"error.type="cancelled" http.request.method="GET" network.protocol.version="2" region="eu" server.address="shop" server.port=8443"#,
        ),
    ] {
        let want = Seen {
            unit: "s".to_owned(),
            bounds: DURATIONS.to_vec(),
            points: vec![(attributes.to_owned(), 1.0)],
        };
        assert_eq!(seen[name], want, "{name}");
    }
    assert_eq!(seen["http.server.active_requests"].points[0].1, 0.0);
    assert_eq!(seen["http.client.active_requests"].points[0].1, 0.0);
    assert_eq!(seen.len(), 4, "{seen:#?}");
}

#[test]
fn body_sizes_are_in_bytes() {
    let recorder = |meter: &_| {
        HttpMeter::new()
            .body_size_buckets([100.0])
            .build_otel(meter)
    };
    let bench = Bench::new(|meter| recorder(meter).unwrap().into());
    bench
        .start(SpanKind::Server, http())
        .finish(Outcome::Completed);
    let unknown = HttpFacts {
        request_body_size: None,
        ..http()
    };
    bench
        .start(SpanKind::Server, unknown)
        .finish(Outcome::Completed);
    let seen = bench.metrics();
    for (name, count) in [("request", 1.0), ("response", 2.0)] {
        let sizes = &seen[&format!("http.server.{name}.body.size")];
        assert_eq!((sizes.unit.as_str(), &*sizes.bounds), ("By", &[100.0][..]));
        assert_eq!(sizes.points[0].1, count, "{name}");
    }
}

#[test]
fn calls_and_messages() {
    let bench = Bench::new(|meter| OtelRecorder::new(meter).unwrap().into());
    let rpc = RpcFacts {
        system: "grpc",
        method: "shop.Cart/Add".into(),
        status: Some("NOT_FOUND"),
        server_address: Some("cart".into()),
        server_port: None,
    };
    bench
        .start(SpanKind::Server, rpc.clone())
        .finish(Outcome::Completed);
    bench
        .start(SpanKind::Client, rpc)
        .finish(Outcome::failed("NOT_FOUND"));
    let message = |operation, messages| MessagingFacts {
        system: "kafka",
        operation,
        destination: Some("orders".into()),
        consumer_group: (operation == "process").then(|| "billing".into()),
        partition: Some(7),
        messages,
    };
    bench
        .start(SpanKind::Producer, message("send", 1))
        .finish(Outcome::Completed);
    bench
        .start(SpanKind::Consumer, message("process", 20))
        .finish(Outcome::Completed);

    let seen = bench.metrics();
    let table = [
        (
            "rpc.server.call.duration",
            r#"rpc.method="shop.Cart/Add" rpc.response.status_code="NOT_FOUND" rpc.system.name="grpc""#,
            1.0,
        ),
        (
            "rpc.client.call.duration",
            r#"error.type="NOT_FOUND" rpc.method="shop.Cart/Add" rpc.response.status_code="NOT_FOUND" rpc.system.name="grpc" server.address="cart""#,
            1.0,
        ),
        (
            "messaging.client.operation.duration",
            r#"messaging.destination.name="orders" messaging.operation.name="send" messaging.operation.type="send" messaging.system="kafka""#,
            1.0,
        ),
        (
            "messaging.client.sent.messages",
            r#"messaging.destination.name="orders" messaging.operation.name="send" messaging.system="kafka""#,
            1.0,
        ),
        (
            "messaging.process.duration",
            r#"messaging.consumer.group.name="billing" messaging.destination.name="orders" messaging.operation.name="process" messaging.system="kafka""#,
            1.0,
        ),
        (
            "messaging.client.consumed.messages",
            r#"messaging.consumer.group.name="billing" messaging.destination.name="orders" messaging.operation.name="process" messaging.system="kafka""#,
            20.0,
        ),
    ];
    for (name, attributes, value) in table {
        assert_eq!(
            seen[name].points,
            [(attributes.to_owned(), value)],
            "{name}"
        );
        let unit = if name.ends_with("messages") {
            "{message}"
        } else {
            "s"
        };
        assert_eq!(seen[name].unit, unit, "{name}");
    }
    assert_eq!(seen.len(), table.len(), "{seen:#?}");
}

#[test]
fn a_partition_is_text_and_a_wrong_setting_is_said() {
    let bench = Bench::new(|meter| {
        MessagingMeter::new()
            .partition()
            .build_otel(meter)
            .unwrap()
            .into()
    });
    let facts = MessagingFacts {
        system: "kafka",
        operation: "process",
        partition: Some(7),
        ..MessagingFacts::default()
    };
    bench
        .start(SpanKind::Consumer, facts)
        .finish(Outcome::Completed);
    let points = &bench.metrics()["messaging.process.duration"].points;
    assert!(
        points[0]
            .0
            .contains(r#"messaging.destination.partition.id="7""#),
        "{points:?}"
    );

    let meter = bench.provider.meter("wrong");
    let wrong = RpcMeter::new().buckets([2.0, 1.0]).build_otel(&meter).err();
    assert!(matches!(wrong, Some(MeterError::Buckets(_))), "{wrong:?}");
}
