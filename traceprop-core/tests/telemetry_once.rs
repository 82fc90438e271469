//! What there is one of in a process. Each test runs in a process of its own for that reason.

mod support;

use std::collections::HashMap;
use std::time::Duration;

use opentelemetry::trace::{TraceContextExt, Tracer, TracerProvider};
use opentelemetry_sdk::trace::Sampler;
use support::{Kept, call, is_child, passes};
use traceprop_core::Telemetry;
use traceprop_core::call::{Call, Options, Outcome, Scope};
use traceprop_core::telemetry::InitError;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

const DEADLINE: Duration = Duration::from_secs(5);
const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

#[test]
fn it_is_set_up_once() {
    if !is_child() {
        passes("it_is_set_up_once", &[]);
        return;
    }
    // One that fails leaves the process as it was.
    let tls = Telemetry::builder("a").endpoint("https://c:4317").init();
    assert!(matches!(tls, Err(InitError::Endpoint { .. })), "{tls:?}");

    let telemetry = Telemetry::builder("a").init().unwrap();
    let second = Telemetry::builder("b").init();
    assert_eq!(second.unwrap_err(), InitError::AlreadyInitialized);
    telemetry.shutdown_blocking(DEADLINE).unwrap();
    let third = Telemetry::from_env();
    assert_eq!(third.unwrap_err(), InitError::AlreadyInitialized);
}

#[test]
fn a_subscriber_of_the_users_own() {
    if !is_child() {
        passes("a_subscriber_of_the_users_own", &[]);
        return;
    }
    let kept = Kept::default();
    let builder = || Telemetry::builder("a").exporter(kept.clone());
    let telemetry = builder().no_subscriber().init().unwrap();
    let subscriber = tracing_subscriber::registry().with(telemetry.layer());
    subscriber.init();
    tracing::info_span!("mine").in_scope(|| call("inside"));
    telemetry.shutdown_blocking(DEADLINE).unwrap();
    let spans = kept.spans();
    assert_eq!(spans.len(), 2, "{spans:?}");
    assert_eq!(spans[0].parent_span_id, spans[1].span_context.span_id());
}

#[test]
fn a_subscriber_in_the_way() {
    if !is_child() {
        passes("a_subscriber_in_the_way", &[]);
        return;
    }
    tracing_subscriber::registry().init();
    let first = Telemetry::builder("a").init();
    assert_eq!(first.unwrap_err(), InitError::SubscriberAlreadySet);
    let telemetry = Telemetry::builder("a").no_subscriber().init();
    assert!(telemetry.is_ok(), "{telemetry:?}");
}

#[test]
fn everyone_finds_the_provider() {
    if !is_child() {
        passes("everyone_finds_the_provider", &[]);
        return;
    }
    let kept = Kept::default();
    // Built before the set-up, as a router may be.
    let early = Options::new("early", Scope::Linked);
    let telemetry = Telemetry::builder("a")
        .exporter(kept.clone())
        .init()
        .unwrap();
    Call::server("early")
        .start(&early)
        .finish(Outcome::Completed);
    opentelemetry::global::tracer("global").in_span("global", |_| {});
    telemetry.tracer().in_span("tracer", |_| {});
    let tracer = telemetry.provider().tracer("provider");
    tracer.in_span("provider", |_| {});
    tracing::info_span!("tracing").in_scope(|| {});
    telemetry.shutdown_blocking(DEADLINE).unwrap();
    let names: Vec<_> = kept.spans().into_iter().map(|span| span.name).collect();
    assert_eq!(names, ["early", "global", "tracer", "provider", "tracing"]);
}

#[test]
fn disabled_it_passes_contexts_on() {
    let name = "disabled_it_passes_contexts_on";
    if !is_child() {
        let stderr = passes(name, &[("OTEL_SDK_DISABLED", "TRUE")]);
        assert!(stderr.contains("OTEL_SDK_DISABLED is set"), "{stderr}");
        return;
    }
    let kept = Kept::default();
    let telemetry = Telemetry::builder("a")
        .exporter(kept.clone())
        .init()
        .unwrap();
    let options = Options::new("test", Scope::Linked);
    let incoming = HashMap::from([("traceparent".to_owned(), PARENT.to_owned())]);
    let call = Call::server("call")
        .parent(options.extract(&incoming))
        .start(&options);
    let mut outgoing = HashMap::new();
    options.inject(call.context(), &mut outgoing);
    assert_eq!(outgoing["traceparent"], PARENT);
    call.finish(Outcome::Completed);
    assert!(!opentelemetry::Context::current().has_active_span());
    telemetry.shutdown_blocking(DEADLINE).unwrap();
    assert_eq!(kept.spans().len(), 0);
}

#[test]
fn the_sampler_of_the_environment() {
    let name = "the_sampler_of_the_environment";
    if !is_child() {
        let variable = "OTEL_TRACES_SAMPLER";
        passes(name, &[(variable, "Always_Off"), ("WANT", "0")]);
        passes(name, &[(variable, "always_on"), ("WANT", "1")]);
        let stderr = passes(name, &[(variable, "sometimes"), ("WANT", "1")]);
        assert!(
            stderr.contains("OTEL_TRACES_SAMPLER is ignored"),
            "{stderr}"
        );
        return;
    }
    let kept = Kept::default();
    let telemetry = Telemetry::builder("a")
        .exporter(kept.clone())
        .init()
        .unwrap();
    call("call");
    telemetry.shutdown_blocking(DEADLINE).unwrap();
    let want: usize = std::env::var("WANT").unwrap().parse().unwrap();
    assert_eq!(kept.spans().len(), want);
}

#[test]
fn the_terminal_shows_the_trace() {
    let name = "the_terminal_shows_the_trace";
    if !is_child() {
        let shown = passes(name, &[("TRACEPROP_CONSOLE", "waterfall")]);
        assert!(shown.contains("a call to be seen"), "{shown}");
        let hidden = passes(name, &[("TRACEPROP_CONSOLE", "off")]);
        assert!(!hidden.contains("a call to be seen"), "{hidden}");
        return;
    }
    let telemetry = Telemetry::builder("a").init().unwrap();
    call("a call to be seen");
    telemetry.shutdown_blocking(DEADLINE).unwrap();
}

#[test]
fn the_first_line_says_what_is_in_force_and_no_secret() {
    let name = "the_first_line_says_what_is_in_force_and_no_secret";
    if !is_child() {
        let stderr = passes(
            name,
            &[
                (
                    "OTEL_EXPORTER_OTLP_ENDPOINT",
                    "http://user:hunter2@127.0.0.1:1/?key=hunter3",
                ),
                ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=hunter4"),
                ("OTEL_SERVICE_NAME", "renamed"),
                ("RUST_LOG", "trace"),
            ],
        );
        let line = stderr.lines().find(|line| line.contains("is set up"));
        let line = line.unwrap_or_else(|| panic!("{stderr}"));
        for word in [
            "renamed",
            "AlwaysOff",
            "http/protobuf to http://127.0.0.1:1/v1/traces",
            "traceparent,tracestate,baggage",
        ] {
            assert!(line.contains(word), "{word}: {line}");
        }
        assert!(!stderr.contains("hunter"), "{stderr}");
        return;
    }
    let telemetry = Telemetry::builder("a").sampler(Sampler::AlwaysOff);
    drop(telemetry.init().unwrap());
}
