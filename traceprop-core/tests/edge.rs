//! What a server's first span takes from a caller, for each kind of edge.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashMap;

use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::TraceContextExt;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use traceprop_core::call::{Call, Edge, Options, Outcome, Scope};
use traceprop_core::propagation::{ContextExt, from_names};
use traceprop_core::testing::TestOtel;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03";
const B3: &str = "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-d";
const UBER: &str = "4bf92f3577b34da6a3ce929d0e0e4736:00f067aa0ba902b7:0:3";

type Pairs<'a> = &'a [(&'a str, &'a str)];

fn request(headers: Pairs<'_>) -> HashMap<String, String> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    headers.iter().map(owned).collect()
}

fn options(otel: &TestOtel, edge: Edge) -> Options {
    Options::new("test", Scope::Off)
        .tracer(otel.tracer())
        .propagator(from_names("tracecontext,baggage,b3,jaeger").unwrap())
        .edge(edge)
}

/// What the server writes to the next service, through a span of its own.
fn serve(options: &Options, headers: Pairs<'_>) -> HashMap<String, String> {
    let parent = options.extract(&request(headers));
    let call = Call::server("GET").parent(parent).start(options);
    let inner = Call::client("GET")
        .parent(call.context().clone())
        .start(options);
    let mut onward = HashMap::new();
    options.inject(inner.context(), &mut onward);
    inner.finish(Outcome::Completed);
    call.finish(Outcome::Completed);
    onward
}

#[test]
fn a_trusted_caller_is_the_parent() {
    let otel = TestOtel::new("orders");
    let options = options(&otel, Edge::Trusted);
    let onward = serve(
        &options,
        &[
            ("traceparent", PARENT),
            ("tracestate", "a=1"),
            ("baggage", "b=2"),
        ],
    );
    assert!(onward["traceparent"].contains(TRACE));
    assert_eq!(onward["tracestate"], "a=1");
    assert_eq!(onward["baggage"], "b=2");
    assert!(otel.spans().iter().all(|span| span.links.is_empty()));
}

#[test]
fn a_new_trace_links_the_caller_and_takes_nothing_else() {
    #[rustfmt::skip]
    let table: [(&str, Pairs<'_>); 3] = [
        ("w3c",    &[("traceparent", PARENT), ("tracestate", "a@b@c=1,d=2"), ("baggage", "b=2")]),
        ("b3",     &[("b3", B3), ("baggage", "b=2")]),
        ("jaeger", &[("uber-trace-id", UBER), ("uberctx-b", "2"), ("jaeger-debug-id", "x")]),
    ];
    for (name, headers) in table {
        let otel = TestOtel::new("orders");
        let onward = serve(&options(&otel, Edge::NewTrace), headers);
        assert!(!onward["traceparent"].contains(TRACE), "{name}");
        assert!(onward["b3"].ends_with("-1"), "{name}: {onward:?}");
        assert!(
            onward["uber-trace-id"].ends_with(":1"),
            "{name}: {onward:?}"
        );
        for gone in ["tracestate", "baggage", "uberctx-b"] {
            assert!(!onward.contains_key(gone), "{name}: {gone}");
        }
        let spans = otel.spans();
        // The child of the first span has no link, though it has its context.
        let links: usize = spans.iter().map(|span| span.links.len()).sum();
        assert_eq!((spans.len(), links), (2, 1), "{name}");
        let first = spans.iter().find(|span| !span.links.is_empty()).unwrap();
        assert_eq!(
            first.links[0].span_context.trace_id().to_string(),
            TRACE,
            "{name}"
        );
    }
}

#[test]
fn no_caller_is_no_link_and_decisions_alone_are_dropped() {
    let otel = TestOtel::new("orders");
    let new_trace = options(&otel, Edge::NewTrace);
    for headers in [
        &[][..],
        &[("b3", "0")],
        &[("jaeger-debug-id", "x")],
        &[("baggage", "a=1")],
    ] {
        let cx = new_trace.extract(&request(headers));
        assert_eq!(cx.b3_state(), None);
        assert!(!cx.jaeger_debug() && cx.baggage().is_empty());
        assert!(!Edge::caller(&cx).is_valid());
        serve(&new_trace, headers);
    }
    assert!(otel.spans().iter().all(|span| span.links.is_empty()));
}

#[test]
fn beyond_the_cap_a_trace_goes_on_unsampled() {
    #[rustfmt::skip]
    let table: [(&str, Pairs<'_>); 4] = [
        ("sampled",            &[("traceparent", PARENT), ("tracestate", "a=1,ot=th:8;rv:6e6d1a75832a2f"), ("baggage", "b=2")]),
        ("b3 debug",           &[("b3", B3)]),
        ("jaeger debug",       &[("uber-trace-id", UBER)]),
        ("debug, two formats", &[("b3", B3), ("traceparent", PARENT), ("uber-trace-id", UBER)]),
    ];
    for (name, headers) in table {
        let otel = TestOtel::with_builder("orders", |builder| {
            builder.with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))
        });
        let edge = Edge::Capped {
            sampled_per_second: 1,
        };
        let options = options(&otel, edge);
        let first = serve(&options, headers);
        assert!(first["traceparent"].ends_with(['1', '3']), "{name}");
        let second = serve(&options.clone(), headers);
        assert!(second["traceparent"].contains(TRACE), "{name}");
        assert!(
            second["traceparent"].ends_with(['0', '2']),
            "{name}: {second:?}"
        );
        assert!(second["b3"].ends_with("-0"), "{name}: {second:?}");
        assert!(
            second["uber-trace-id"].ends_with(":0"),
            "{name}: {second:?}"
        );
        if headers.len() == 3 && name == "sampled" {
            assert_eq!(first["tracestate"], "a=1,ot=th:8;rv:6e6d1a75832a2f");
            assert_eq!(second["tracestate"], "ot=rv:6e6d1a75832a2f,a=1");
            assert_eq!(second["baggage"], "b=2");
        }
    }
}

#[test]
fn a_cap_counts_who_asks_and_drops_decisions_without_a_trace() {
    let otel = TestOtel::new("orders");
    let capped = options(
        &otel,
        Edge::Capped {
            sampled_per_second: 0,
        },
    );
    let unsampled = PARENT.replace("-03", "-02");
    let cx = capped.extract(&request(&[
        ("traceparent", &unsampled),
        ("tracestate", "ot=th:8"),
    ]));
    assert_eq!(cx.span().span_context().trace_state().header(), "ot=th:8");
    // A denial asks for nothing, and is heard.
    assert!(
        capped
            .extract(&request(&[("b3", "0")]))
            .b3_state()
            .is_some()
    );
    for headers in [
        [("b3", "1")],
        [("b3", "d")],
        [("x-b3-flags", "1")],
        [("jaeger-debug-id", "x")],
    ] {
        let cx = capped.extract(&request(&headers));
        assert_eq!(cx.b3_state(), None, "{headers:?}");
        assert!(!cx.jaeger_debug(), "{headers:?}");
        assert_eq!(cx.jaeger_debug_id(), None, "{headers:?}");
    }
}

#[test]
fn a_debug_id_is_an_attribute_of_the_first_span() {
    let otel = TestOtel::new("orders");
    let options = options(&otel, Edge::Trusted);
    serve(&options, &[("jaeger-debug-id", "why is it slow")]);
    let with_id: Vec<_> = otel
        .spans()
        .into_iter()
        .filter(|span| {
            span.attributes
                .iter()
                .any(|attribute| attribute.key.as_str() == "jaeger-debug-id")
        })
        .collect();
    assert_eq!(with_id.len(), 1);
    assert!(with_id[0].parent_span_id.is_none());
}

#[test]
fn without_a_provider_nothing_of_an_untrusted_caller_goes_on() {
    let provider = SdkTracerProvider::default();
    provider.shutdown().unwrap();
    let options = Options::new("test", Scope::Off)
        .tracer(opentelemetry::trace::TracerProvider::tracer(
            &provider, "test",
        ))
        .propagator(from_names("tracecontext,baggage").unwrap())
        .edge(Edge::NewTrace);
    let onward = serve(&options, &[("traceparent", PARENT), ("baggage", "a=1")]);
    assert!(onward.is_empty(), "{onward:?}");
    assert!(!Context::current().span().span_context().is_valid());
}
