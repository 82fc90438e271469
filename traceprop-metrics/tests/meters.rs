//! The settings of the meters, and that each metric has the labels that the conventions give it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;

use common::openmetrics;
use opentelemetry::trace::{SpanKind, TracerProvider};
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use prometheus::Registry;
use traceprop_core::call::{
    Call, CurrentCall, Facts, HttpFacts, MessagingFacts, Options, Outcome, Recorder, RpcFacts,
    Scope, Wanted,
};
use traceprop_metrics::{
    HttpMeter, Limits, MessagingMeter, MeterError, OverflowCounter, PrometheusRecorder, RpcMeter,
};

fn http() -> HttpFacts {
    HttpFacts {
        method: "GET",
        scheme: "https",
        protocol_version: Some("2"),
        status: Some(200),
        server_address: Some("shop".into()),
        server_port: Some(8443),
        url_template: Some("/orders/{id}".into()),
        request_body_size: Some(0),
        response_body_size: Some(2000),
        ..HttpFacts::default()
    }
}

fn rpc() -> RpcFacts {
    RpcFacts {
        system: "grpc",
        method: "shop.Cart/Add".into(),
        status: Some("OK"),
        server_address: Some("cart".into()),
        server_port: Some(50051),
    }
}

fn message(operation: &'static str) -> MessagingFacts {
    MessagingFacts {
        system: "kafka",
        operation,
        destination: Some("orders".into()),
        consumer_group: Some("billing".into()),
        partition: Some(7),
        messages: 3,
    }
}

/// One call of every kind that a metric counts.
fn calls() -> [(SpanKind, Facts); 6] {
    [
        (SpanKind::Server, http().into()),
        (SpanKind::Client, http().into()),
        (SpanKind::Server, rpc().into()),
        (SpanKind::Client, rpc().into()),
        (SpanKind::Producer, message("send").into()),
        (SpanKind::Consumer, message("process").into()),
    ]
}

fn options(recorder: impl Into<Arc<dyn Recorder>>) -> Options {
    let tracer = SdkTracerProvider::builder().build().tracer("test");
    Options::new("test", Scope::Off)
        .tracer(tracer)
        .recorder(recorder.into())
}

fn make(kind: SpanKind, facts: Facts, options: &Options) -> Call {
    Call::of_kind(kind, "test").facts(facts).start(options)
}

/// The labels of each family, joined; `le` is the encoder's.
fn labels(registry: &Registry) -> BTreeMap<String, String> {
    let family = |family: prometheus::proto::MetricFamily| {
        let labels = family.get_metric()[0].get_label();
        let names: Vec<_> = labels.iter().map(|pair| pair.name().to_owned()).collect();
        (family.name().to_owned(), names.join(" "))
    };
    registry.gather().into_iter().map(family).collect()
}

#[track_caller]
fn has_labels(registry: &Registry, table: &[(&str, &str)]) {
    let want: BTreeMap<_, _> = table
        .iter()
        .map(|(name, labels)| ((*name).to_owned(), (*labels).to_owned()))
        .collect();
    assert_eq!(labels(registry), want);
}

#[test]
fn the_defaults_are_the_conventions() {
    let registry = Registry::new();
    let options = options(PrometheusRecorder::register(&registry).unwrap());
    for (kind, facts) in calls() {
        make(kind, facts, &options).finish(Outcome::Completed);
    }
    #[rustfmt::skip]
    has_labels(&registry, &[
        ("http_client_request_duration_seconds", "error_type http_request_method http_response_status_code network_protocol_version server_address server_port"),
        ("http_server_active_requests", "http_request_method url_scheme"),
        ("http_server_request_duration_seconds", "error_type http_request_method http_response_status_code http_route network_protocol_version url_scheme"),
        ("messaging_client_consumed_messages_total", "error_type messaging_consumer_group_name messaging_destination_name messaging_operation_name messaging_system"),
        ("messaging_client_operation_duration_seconds", "error_type messaging_consumer_group_name messaging_destination_name messaging_operation_name messaging_operation_type messaging_system"),
        ("messaging_client_sent_messages_total", "error_type messaging_destination_name messaging_operation_name messaging_system"),
        ("messaging_process_duration_seconds", "error_type messaging_consumer_group_name messaging_destination_name messaging_operation_name messaging_system"),
        ("rpc_client_call_duration_seconds", "error_type rpc_method rpc_response_status_code rpc_system_name server_address server_port"),
        ("rpc_server_call_duration_seconds", "error_type rpc_method rpc_response_status_code rpc_system_name"),
    ]);
    let body = openmetrics(&registry);
    let bounds = "0.005 0.01 0.025 0.05 0.075 0.1 0.25 0.5 0.75 1.0 2.5 5.0 7.5 10.0 +Inf";
    for name in [
        "http_server_request",
        "http_client_request",
        "rpc_server_call",
        "messaging_process",
    ] {
        let prefix = format!("{name}_duration_seconds_bucket");
        let lines = body.lines().filter(|line| line.starts_with(&prefix));
        let seen: Vec<_> = lines
            .map(|line| {
                line.split("le=\"")
                    .nth(1)
                    .unwrap()
                    .split('"')
                    .next()
                    .unwrap()
            })
            .collect();
        assert_eq!(seen.join(" "), bounds, "{name}");
        assert!(body.contains(&format!("# UNIT {name}_duration_seconds seconds\n")));
    }
}

#[test]
fn every_setting_adds_what_it_says() {
    let registry = Registry::new();
    let http = HttpMeter::new()
        .fixed_label("region", "eu")
        .label("tenant.plan")
        .body_sizes()
        .client_active_requests()
        .server_address()
        .network_protocol_name()
        .url_scheme()
        .url_template()
        .register(&registry)
        .unwrap();
    let rpc = RpcMeter::new()
        .server_address()
        .register(&registry)
        .unwrap();
    let messages = MessagingMeter::new()
        .partition()
        .register(&registry)
        .unwrap();
    let all = Wanted {
        body_sizes: true,
        server_address: true,
        url_template: true,
    };
    assert_eq!(http.wanted(), all);
    assert_eq!(messages.wanted(), Wanted::default());
    let options = options(Arc::new((http, (rpc, messages))) as Arc<dyn Recorder>);
    for (kind, facts) in calls() {
        make(kind, facts, &options).finish(Outcome::Completed);
    }
    const SERVER: &str = "error_type http_request_method http_response_status_code http_route network_protocol_name network_protocol_version region server_address server_port tenant_plan url_scheme";
    const CLIENT: &str = "error_type http_request_method http_response_status_code network_protocol_name network_protocol_version region server_address server_port tenant_plan url_scheme url_template";
    #[rustfmt::skip]
    has_labels(&registry, &[
        ("http_client_active_requests", "http_request_method region server_address server_port url_scheme"),
        ("http_client_request_body_size_bytes", CLIENT),
        ("http_client_request_duration_seconds", CLIENT),
        ("http_client_response_body_size_bytes", CLIENT),
        ("http_server_active_requests", "http_request_method region server_address server_port url_scheme"),
        ("http_server_request_body_size_bytes", SERVER),
        ("http_server_request_duration_seconds", SERVER),
        ("http_server_response_body_size_bytes", SERVER),
        ("messaging_client_consumed_messages_total", "error_type messaging_consumer_group_name messaging_destination_name messaging_destination_partition_id messaging_operation_name messaging_system"),
        ("messaging_client_operation_duration_seconds", "error_type messaging_consumer_group_name messaging_destination_name messaging_destination_partition_id messaging_operation_name messaging_operation_type messaging_system"),
        ("messaging_client_sent_messages_total", "error_type messaging_destination_name messaging_destination_partition_id messaging_operation_name messaging_system"),
        ("messaging_process_duration_seconds", "error_type messaging_consumer_group_name messaging_destination_name messaging_destination_partition_id messaging_operation_name messaging_system"),
        ("rpc_client_call_duration_seconds", "error_type rpc_method rpc_response_status_code rpc_system_name server_address server_port"),
        ("rpc_server_call_duration_seconds", "error_type rpc_method rpc_response_status_code rpc_system_name server_address server_port"),
    ]);
    let body = openmetrics(&registry);
    let values = r#"region="eu",server_address="shop",server_port="8443",tenant_plan="",url_scheme="https",url_template="/orders/{id}""#;
    for line in [
        format!(r#"network_protocol_name="http",network_protocol_version="2",{values},le="1024.0"}} 0"#),
        format!(r#"network_protocol_name="http",network_protocol_version="2",{values},le="4096.0"}} 1 # "#),
        r#"messaging_destination_partition_id="7",messaging_operation_name="send",messaging_system="kafka"} 3.0 # "#.to_owned(),
        "# UNIT http_client_response_body_size_bytes bytes\n".to_owned(),
    ] {
        assert!(body.contains(&line), "{line} is not in\n{body}");
    }
}

#[test]
fn a_call_s_own_labels_are_counted_by() {
    let registry = Registry::new();
    let recorder = HttpMeter::new()
        .label("plan")
        .buckets([1.0])
        .register(&registry);
    let options = options(recorder.unwrap());
    for plan in ["free", "paid", "free"] {
        let mut call = make(SpanKind::Server, http().into(), &options);
        {
            let _inside = call.enter();
            assert!(CurrentCall::set_label("plan", plan));
            assert!(CurrentCall::set_label("unheard", "of"));
        }
        call.finish(Outcome::Completed);
    }
    let body = openmetrics(&registry);
    for (plan, count) in [("free", 2), ("paid", 1)] {
        let line = format!(r#"plan="{plan}",url_scheme="https"}} {count}"#);
        assert!(body.contains(&line), "{line} is not in\n{body}");
    }
    assert!(!body.contains("unheard"), "{body}");
}

#[test]
fn a_call_is_counted_sampled_or_not_with_a_span_or_without() {
    let unsampled = SdkTracerProvider::builder()
        .with_sampler(Sampler::AlwaysOff)
        .build();
    let scope = || Options::new("test", Scope::Off);
    let table = [
        ("not sampled", scope().tracer(unsampled.tracer("test"))),
        ("no provider", scope()),
    ];
    for (name, options) in table {
        let registry = Registry::new();
        let recorder = PrometheusRecorder::register(&registry).unwrap();
        let options = options.recorder(recorder.into());
        for (kind, facts) in calls() {
            make(kind, facts, &options).finish(Outcome::Completed);
        }
        let body = openmetrics(&registry);
        let counts = body.lines().filter(|line| line.contains("_count{"));
        assert_eq!(
            counts.filter(|line| line.ends_with(" 1")).count(),
            6,
            "{name}\n{body}"
        );
        assert!(
            !body.contains(" # {"),
            "{name}: a link to a span that nobody has\n{body}"
        );
    }
}

#[test]
fn nothing_is_active_once_the_calls_are_over_however_they_end() {
    let registry = Registry::new();
    let recorder = HttpMeter::new().client_active_requests().server_address();
    let options = options(recorder.register(&registry).unwrap());
    let active = || {
        let body = openmetrics(&registry);
        let lines = body
            .lines()
            .filter(|line| line.contains("_active_requests{"));
        let values: Vec<f64> = lines
            .map(|line| line.rsplit(' ').next().unwrap().parse().unwrap())
            .collect();
        values
    };
    for kind in [SpanKind::Server, SpanKind::Client] {
        for facts in [
            http(),
            HttpFacts {
                method: "POST",
                ..http()
            },
        ] {
            let start = || make(kind.clone(), facts.clone().into(), &options);
            let mut calls = [start(), start(), start(), start()];
            assert_eq!(*active().iter().max_by(|a, b| a.total_cmp(b)).unwrap(), 4.0);
            for call in &mut calls {
                if let Facts::Http(http) = call.facts_mut() {
                    http.status = Some(500);
                    http.route = Some("/late".into());
                    http.url_template = None;
                }
            }
            let [finished, failed, dropped, panicked] = calls;
            finished.finish(Outcome::Completed);
            failed.finish(Outcome::failed("500"));
            drop(dropped);
            let panic = std::thread::spawn(move || {
                let _call = panicked;
                panic!("a handler's own");
            });
            assert!(panic.join().is_err());
            assert!(
                active().iter().all(|active| *active == 0.0),
                "{:?}",
                active()
            );
        }
    }
    assert_eq!(active().len(), 4);
}

#[test]
fn a_call_that_is_ignored_is_taken_out_of_what_is_active_and_nothing_else() {
    let registry = Registry::new();
    let options = options(PrometheusRecorder::register(&registry).unwrap());
    for (kind, facts) in calls() {
        let mut call = make(kind, facts, &options);
        call.ignore();
        call.finish(Outcome::Completed);
    }
    let body = openmetrics(&registry);
    assert!(body.contains("http_server_active_requests{"), "{body}");
    for line in body.lines().filter(|line| !line.starts_with('#')) {
        assert!(
            line.contains("_active_requests{") && line.ends_with(" 0.0"),
            "{line}"
        );
    }
}

#[test]
fn what_cannot_be_is_said_and_registers_nothing() {
    let registry = Registry::new();
    let refused = [
        HttpMeter::new().label("http_route").build().err(),
        HttpMeter::new()
            .fixed_label("url_scheme", "x")
            .build()
            .err(),
        HttpMeter::new()
            .fixed_label("a", "x")
            .label("a")
            .build()
            .err(),
        HttpMeter::new()
            .body_size_buckets([2.0, 1.0])
            .register(&registry)
            .err(),
        RpcMeter::new().buckets([]).register(&registry).err(),
        MessagingMeter::new()
            .label("trace_id")
            .register(&registry)
            .err(),
    ];
    let said: Vec<_> = refused
        .into_iter()
        .map(|it| it.unwrap().to_string())
        .collect();
    assert_eq!(
        said,
        [
            r#"there are two labels named "http_route""#,
            r#"there are two labels named "url_scheme""#,
            r#"there are two labels named "a""#,
            "a histogram's bucket bounds must ascend: 2 is followed by 1",
            "a histogram needs a bucket",
            r#"no metric may have a label named "trace_id""#,
        ]
    );

    HttpMeter::new().register(&registry).unwrap();
    let taken = HttpMeter::new().buckets([1.0]).register(&registry).err();
    assert!(
        matches!(
            taken,
            Some(MeterError::Prometheus(prometheus::Error::AlreadyReg))
        ),
        "{taken:?}"
    );
    // Nor was anything registered half: the others are free.
    RpcMeter::new().register(&registry).unwrap();
    MessagingMeter::new().register(&registry).unwrap();
}

#[test]
fn what_is_over_a_limit_is_counted_where_it_says_so() {
    let registry = Registry::new();
    let limits = Limits::new()
        .values_of("http_route", 2)
        .values_of("http_request_method", 1);
    let recorder = HttpMeter::new().limits(limits).register(&registry);
    let options = options(recorder.unwrap());
    let before = OverflowCounter::new().get("http_server_request_duration_seconds", "http_route");
    let mut open = Vec::new();
    for (method, route) in [("GET", "/a"), ("GET", "/b"), ("GET", "/c"), ("POST", "/d")] {
        let facts = HttpFacts {
            method,
            route: Some(route.into()),
            ..http()
        };
        open.push(make(SpanKind::Server, facts.into(), &options));
    }
    drop(open);
    let body = openmetrics(&registry);
    let count = |labels: [&str; 2]| -> f64 {
        let lines = body
            .lines()
            .filter(|line| line.contains("duration_seconds_count{"));
        let lines = lines.filter(|line| labels.iter().all(|label| line.contains(label)));
        lines
            .map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap())
            .sum()
    };
    let method = r#"http_request_method="GET""#;
    for (route, want) in [("/a", 1.0), ("/b", 1.0), ("_overflow", 1.0)] {
        assert_eq!(
            count([method, &format!("http_route=\"{route}\"")]),
            want,
            "{route}\n{body}"
        );
    }
    assert_eq!(
        count([r#"http_request_method="_overflow""#, "_overflow"]),
        1.0,
        "{body}"
    );
    let counted = OverflowCounter::new().get("http_server_request_duration_seconds", "http_route");
    assert_eq!(counted - before, 2.0);
    // The level that was raised under `_overflow` was lowered there, too.
    let active = body
        .lines()
        .filter(|line| line.starts_with("http_server_active_requests{"));
    let active: Vec<_> = active
        .map(|line| line.rsplit(' ').next().unwrap())
        .collect();
    assert_eq!(active, ["0.0", "0.0"], "{body}");
}
