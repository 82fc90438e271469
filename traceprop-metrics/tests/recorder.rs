//! The standard metrics, from calls as adapters make them.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::sync::Arc;

use common::openmetrics;
use opentelemetry::trace::{SpanKind, TraceContextExt, TracerProvider};
use opentelemetry_sdk::trace::SdkTracerProvider;
use prometheus::{IntGauge, Registry};
use traceprop_core::call::{
    Call, Facts, HttpFacts, MessagingFacts, Options, Outcome, RpcFacts, Scope,
};
use traceprop_metrics::PrometheusRecorder;

struct Bench {
    registry: Registry,
    options: Options,
}

impl Bench {
    fn new() -> Self {
        let registry = Registry::new();
        let recorder = PrometheusRecorder::register(&registry).unwrap();
        let tracer = SdkTracerProvider::builder().build().tracer("test");
        let options = Options::new("test", Scope::Off)
            .tracer(tracer)
            .recorder(Arc::new(recorder));
        Self { registry, options }
    }

    fn start(&self, kind: SpanKind, facts: impl Into<Facts>) -> Call {
        Call::of_kind(kind, "test")
            .facts(facts.into())
            .start(&self.options)
    }

    #[track_caller]
    fn shows(&self, line: &str) {
        let body = openmetrics(&self.registry);
        assert!(
            body.lines().any(|seen| seen.starts_with(line)),
            "{line} is not in\n{body}"
        );
    }
}

fn http() -> HttpFacts {
    HttpFacts {
        method: "GET",
        scheme: "https",
        protocol_version: Some("2"),
        server_address: Some("shop".into()),
        server_port: Some(8443),
        ..HttpFacts::default()
    }
}

#[test]
fn an_http_server_call_is_active_then_counted_and_linked() {
    let bench = Bench::new();
    let mut call = bench.start(SpanKind::Server, http());
    bench.shows(r#"http_server_active_requests{http_request_method="GET",url_scheme="https"} 1.0"#);
    let ids = call.context().span().span_context().clone();
    call.set_route("/orders/{id}".into());
    if let Facts::Http(facts) = call.facts_mut() {
        facts.status = Some(503);
    }
    call.finish(Outcome::failed("503"));
    bench.shows(r#"http_server_active_requests{http_request_method="GET",url_scheme="https"} 0.0"#);
    bench.shows(&format!(
        "http_server_request_duration_seconds_bucket{{error_type=\"503\",http_request_method=\"GET\",\
         http_response_status_code=\"503\",http_route=\"/orders/{{id}}\",network_protocol_version=\"2\",\
         url_scheme=\"https\",le=\"0.005\"}} 1 # {{trace_id=\"{}\",span_id=\"{}\"}} ",
        ids.trace_id(),
        ids.span_id(),
    ));
    bench.shows("# UNIT http_server_request_duration_seconds seconds");
}

#[test]
fn a_dropped_call_is_no_longer_active() {
    let bench = Bench::new();
    drop(bench.start(SpanKind::Server, http()));
    bench.shows(r#"http_server_active_requests{http_request_method="GET",url_scheme="https"} 0.0"#);
    bench.shows(
        r#"http_server_request_duration_seconds_count{error_type="cancelled",http_request_method="GET",http_response_status_code="","#,
    );
}

#[test]
fn an_http_client_call_names_the_server() {
    let bench = Bench::new();
    bench
        .start(SpanKind::Client, http())
        .finish(Outcome::Completed);
    bench.shows(
        r#"http_client_request_duration_seconds_count{error_type="",http_request_method="GET",http_response_status_code="",network_protocol_version="2",server_address="shop",server_port="8443"} 1"#,
    );
    assert!(!openmetrics(&bench.registry).contains("http_server"));
}

#[test]
fn rpc_calls_of_both_sides() {
    let bench = Bench::new();
    let facts = RpcFacts {
        system: "grpc",
        method: "shop.Cart/Add".into(),
        status: Some("OK"),
        server_address: Some("cart".into()),
        server_port: None,
    };
    bench
        .start(SpanKind::Server, facts.clone())
        .finish(Outcome::Completed);
    bench
        .start(SpanKind::Client, facts)
        .finish(Outcome::Completed);
    bench.shows(
        r#"rpc_server_call_duration_seconds_bucket{error_type="",rpc_method="shop.Cart/Add",rpc_response_status_code="OK",rpc_system_name="grpc",le="10.0"} 1"#,
    );
    bench.shows(
        r#"rpc_client_call_duration_seconds_count{error_type="",rpc_method="shop.Cart/Add",rpc_response_status_code="OK",rpc_system_name="grpc",server_address="cart",server_port=""} 1"#,
    );
}

#[test]
fn messages_sent_polled_and_processed() {
    let bench = Bench::new();
    let facts = |operation| MessagingFacts {
        system: "kafka",
        operation,
        destination: Some("orders".into()),
        consumer_group: (operation != "send").then(|| "billing".into()),
        ..MessagingFacts::default()
    };
    bench
        .start(SpanKind::Producer, facts("send"))
        .finish(Outcome::Completed);
    bench
        .start(SpanKind::Producer, facts("send"))
        .finish(Outcome::failed("timed_out"));
    let batch = |operation, messages| MessagingFacts {
        messages,
        ..facts(operation)
    };
    for messages in [20, 0] {
        bench
            .start(SpanKind::Client, batch("poll", messages))
            .finish(Outcome::Completed);
    }
    bench
        .start(SpanKind::Client, facts("commit"))
        .finish(Outcome::Completed);
    bench
        .start(SpanKind::Producer, batch("send", 0))
        .finish(Outcome::failed("queue_full"));
    bench
        .start(SpanKind::Consumer, facts("process"))
        .finish(Outcome::Completed);
    for line in [
        r#"messaging_client_operation_duration_seconds_count{error_type="",messaging_consumer_group_name="",messaging_destination_name="orders",messaging_operation_name="send",messaging_operation_type="send",messaging_system="kafka"} 1"#,
        r#"messaging_client_operation_duration_seconds_count{error_type="",messaging_consumer_group_name="billing",messaging_destination_name="orders",messaging_operation_name="poll",messaging_operation_type="receive",messaging_system="kafka"} 2"#,
        r#"messaging_client_operation_duration_seconds_count{error_type="",messaging_consumer_group_name="billing",messaging_destination_name="orders",messaging_operation_name="commit",messaging_operation_type="settle",messaging_system="kafka"} 1"#,
        r#"messaging_client_operation_duration_seconds_count{error_type="queue_full",messaging_consumer_group_name="",messaging_destination_name="orders",messaging_operation_name="send",messaging_operation_type="send",messaging_system="kafka"} 1"#,
        r#"messaging_client_consumed_messages_total{error_type="",messaging_consumer_group_name="billing",messaging_destination_name="orders",messaging_operation_name="poll",messaging_system="kafka"} 20.0 # {trace_id="#,
        r#"messaging_process_duration_seconds_count{error_type="",messaging_consumer_group_name="billing",messaging_destination_name="orders",messaging_operation_name="process",messaging_system="kafka"} 1"#,
        r#"messaging_client_sent_messages_total{error_type="",messaging_destination_name="orders",messaging_operation_name="send",messaging_system="kafka"} 1.0 # {trace_id="#,
        r#"messaging_client_sent_messages_total{error_type="timed_out",messaging_destination_name="orders",messaging_operation_name="send",messaging_system="kafka"} 1.0 # {trace_id="#,
        r#"messaging_client_consumed_messages_total{error_type="",messaging_consumer_group_name="billing",messaging_destination_name="orders",messaging_operation_name="process",messaging_system="kafka"} 1.0 # {trace_id="#,
    ] {
        bench.shows(line);
    }
    let body = openmetrics(&bench.registry);
    let counted = |name| body.lines().filter(|line| line.starts_with(name)).count();
    // What never left for the broker was not sent, and a commit delivers nothing.
    assert_eq!(counted("messaging_client_sent_messages_total"), 2, "{body}");
    assert_eq!(
        counted("messaging_client_consumed_messages_total"),
        2,
        "{body}"
    );
}

#[test]
fn calls_of_no_family_have_no_metrics() {
    let bench = Bench::new();
    bench
        .start(SpanKind::Server, Facts::Other)
        .finish(Outcome::Completed);
    bench
        .start(SpanKind::Internal, http())
        .finish(Outcome::Completed);
    assert_eq!(openmetrics(&bench.registry), "# EOF\n");
}

#[test]
fn registration_is_all_or_nothing() {
    let registry = Registry::new();
    let taken = IntGauge::new("messaging_process_duration_seconds", "Mine.").unwrap();
    registry.register(Box::new(taken.clone())).unwrap();
    assert!(PrometheusRecorder::register(&registry).is_err());
    registry.unregister(Box::new(taken)).unwrap();
    assert_eq!(registry.gather().len(), 0);
    let http = IntGauge::new("http_server_active_requests_", "Mine.").unwrap();
    assert!(registry.register(Box::new(http)).is_ok());
}
