//! What leaves with a request, and where to.

use http::Request;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{FutureExt, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue};
use traceprop_core::propagation::from_names;

use super::senders::senders;
use super::wire::{Step, Wire};
use crate::support::Watched;

const OK: Step = Step::Say("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");

/// A caller's context, with baggage.
fn caller(watched: &Watched) -> Context {
    let span = watched.otel.tracer().start("caller");
    Context::new()
        .with_span(span)
        .with_baggage([KeyValue::new("tenant", "acme")])
}

/// A request that holds what an earlier hop left there, in every format.
fn forwarded(url: &str) -> Request<&'static str> {
    Request::get(url)
        .header("traceparent", "stale")
        .header("Traceparent", "stale again")
        .header("tracestate", "stale=1")
        .header("baggage", "stale=1")
        .header("b3", "stale")
        .header("x-b3-traceid", "stale")
        .header("uber-trace-id", "stale")
        .header("uberctx-secret", "stale")
        .header("jaeger-baggage", "stale=1")
        .header("accept", "text/plain")
        .body("")
        .unwrap()
}

#[tokio::test]
async fn exactly_one_context_leaves_in_each_format() {
    let watched = Watched::new();
    let all = senders!(watched, |layer| layer
        .propagator(from_names("tracecontext,baggage,b3,b3multi,jaeger").unwrap()));
    for sender in all {
        let wire = Wire::new(&[OK]).await;
        let caller = caller(&watched);
        let sent = sender.send(forwarded(&wire.url("/")));
        sent.with_context(caller.clone()).await;

        let span = watched.otel.spans().pop().unwrap();
        let parent = caller.span().span_context().clone();
        assert_eq!(
            span.parent_span_id,
            Some(parent.span_id()),
            "{}",
            sender.name
        );
        let (trace, id) = (span.trace_id, span.span_id);
        let headers = [
            ("traceparent", format!("00-{trace}-{id}-01")),
            ("baggage", "tenant=acme".to_owned()),
            ("b3", format!("{trace}-{id}-1-{}", parent.span_id())),
            ("x-b3-traceid", trace.to_string()),
            ("x-b3-spanid", id.to_string()),
            ("x-b3-sampled", "1".to_owned()),
            ("uber-trace-id", format!("{trace}:{id}:0:1")),
            ("uberctx-tenant", "acme".to_owned()),
            ("accept", "text/plain".to_owned()),
        ];
        for (name, want) in headers {
            let values = wire.header(name);
            assert_eq!(values.len(), 1, "{} {name}: {values:?}", sender.name);
            if name != "b3" {
                assert_eq!(values, [want], "{} {name}", sender.name);
            }
        }
        for name in ["tracestate", "uberctx-secret", "jaeger-baggage"] {
            assert!(wire.header(name).is_empty(), "{} {name}", sender.name);
        }
    }
}

#[tokio::test]
async fn a_host_that_is_not_listed_learns_nothing() {
    let watched = Watched::new();
    #[rustfmt::skip]
    let table = [
        // allowed hosts                           does the context go to 127.0.0.1?
        (&["127.0.0.1"][..],                       true),
        (&["*.internal", "127.0.0.1"],             true),
        (&["*.internal", "localhost", "0.0.1"],    false),
        (&[],                                      false),
    ];
    for (hosts, goes) in table {
        let all = senders!(watched, |layer| layer
            .propagator(from_names("tracecontext,baggage,jaeger").unwrap())
            .propagate_to(hosts));
        for sender in all {
            let wire = Wire::new(&[OK]).await;
            let caller = caller(&watched);
            let sent = sender.send(forwarded(&wire.url("/")));
            sent.with_context(caller.clone()).await;

            for name in ["traceparent", "baggage", "uber-trace-id", "uberctx-tenant"] {
                let left = wire.header(name).len();
                assert_eq!(left, usize::from(goes), "{} {hosts:?} {name}", sender.name);
            }
            assert!(
                !wire.heads()[0].contains("uberctx-secret"),
                "{}",
                sender.name
            );
            assert_eq!(wire.header("accept"), ["text/plain"]);
            let span = watched.otel.spans().pop().unwrap();
            assert!(
                span.parent_span_id.is_some(),
                "the span is made all the same"
            );
        }
    }
}

#[tokio::test]
async fn without_a_provider_the_caller_s_context_goes_on() {
    use opentelemetry::trace::noop::NoopTracer;

    let watched = Watched::new();
    for sender in senders!(watched, |layer| layer.tracer(NoopTracer::new())) {
        let wire = Wire::new(&[OK]).await;
        let caller = caller(&watched);
        let span = caller.span().span_context().clone();
        sender.get(&wire.url("/")).with_context(caller).await;
        let want = format!("00-{}-{}-03", span.trace_id(), span.span_id());
        let got = wire.header("traceparent");
        assert_eq!(got.len(), 1);
        assert_eq!(got[0][..53], want[..53], "{}", sender.name);
        assert_eq!(wire.header("baggage"), ["tenant=acme"]);
    }
}
