//! What is read from metadata and written to it.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use http::{HeaderMap, HeaderValue, Request, Response};
use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, SpanKind, TraceContextExt, TraceFlags, TraceId};
use tonic::body::Body;
use tonic::service::Interceptor;
use tower::{Layer, Service};
use traceprop_core::propagation::{B3Propagator, JaegerPropagator, TraceContextPropagator};
use traceprop_core::propagation::{BaggagePropagator, CompositePropagator};
use traceprop_grpc::{InjectingInterceptor, ServerLayer};

use crate::support::Watched;

/// Trace id of ones, span id of twos, sampled.
const TRACE_BIN: &str = "AAABAQEBAQEBAQEBAQEBAQEBAQICAgICAgICAgE";

/// The parent of the span that a server makes of these headers.
async fn parent(headers: HeaderMap, set: impl Fn(ServerLayer) -> ServerLayer) -> Option<SpanId> {
    let watched = Watched::new();
    let mut server = set(watched.server()).layer(tower::service_fn(|_: Request<Body>| async {
        let mut response = Response::new(Body::default());
        response.headers_mut().insert("grpc-status", 0.into());
        Ok::<_, Infallible>(response)
    }));
    let mut request = Request::post("/a.B/C").body(Body::default()).unwrap();
    *request.headers_mut() = headers;
    server.call(request).await.unwrap();
    watched.span(SpanKind::Server).parent_span_id
}

fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    headers
}

#[tokio::test]
async fn grpc_trace_bin_is_read_when_nothing_else_is_there() {
    let w3c = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let (twos, theirs) = (0x0202_0202_0202_0202_u64, 0xb7ad_6b71_6920_3331_u64);
    let on = |layer: ServerLayer| layer.read_grpc_trace_bin(true);
    let as_it_is = |layer: ServerLayer| layer;
    let b3 = |layer: ServerLayer| {
        let all: Vec<Box<dyn opentelemetry::propagation::TextMapPropagator + Send + Sync>> = vec![
            Box::new(TraceContextPropagator::new()),
            Box::new(B3Propagator::single()),
        ];
        let layer = layer.propagator(CompositePropagator::new(all));
        layer.read_grpc_trace_bin(true)
    };
    let id = |id: u64| Some(SpanId::from(id));
    let bin = ("grpc-trace-bin", TRACE_BIN);
    let padded = format!("{TRACE_BIN}=");

    assert_eq!(
        parent(headers(&[bin]), as_it_is).await,
        None,
        "off by default"
    );
    assert_eq!(parent(headers(&[bin]), on).await, id(twos));
    assert_eq!(
        parent(headers(&[("grpc-trace-bin", &padded)]), on).await,
        id(twos)
    );
    let both = headers(&[bin, ("traceparent", w3c)]);
    assert_eq!(parent(both, on).await, id(theirs), "the other one counts");
    let broken = headers(&[bin, ("traceparent", "00-")]);
    assert_eq!(parent(broken, on).await, None, "a broken one is there, too");
    let single = "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1";
    let of_b3 = headers(&[bin, ("b3", single)]);
    assert_eq!(
        parent(of_b3, b3).await,
        id(theirs),
        "whatever the propagator reads"
    );
    assert_eq!(parent(headers(&[bin]), b3).await, id(twos));
}

#[tokio::test]
async fn hostile_metadata_starts_a_new_trace() {
    let long = "a".repeat(60_000);
    let values = [
        "",
        "%",
        "AAAA",
        "\u{ff}",
        TRACE_BIN.trim_end_matches('E'),
        &long,
    ];
    for value in values {
        for name in [
            "grpc-trace-bin",
            "traceparent",
            "grpc-timeout",
            "tracestate",
            "baggage",
        ] {
            let lines = headers(&[(name, value), (name, value)]);
            let on = |layer: ServerLayer| layer.read_grpc_trace_bin(true);
            assert_eq!(parent(lines, on).await, None, "{name}: {value:.20}");
        }
    }
}

fn within() -> Context {
    Context::new().with_remote_span_context(SpanContext::new(
        TraceId::from(1),
        SpanId::from(2),
        TraceFlags::SAMPLED,
        true,
        opentelemetry::trace::TraceState::default(),
    ))
}

#[tokio::test]
async fn a_client_replaces_what_is_stale_and_leaves_binary_alone() {
    use opentelemetry::baggage::BaggageExt;

    let watched = Watched::new();
    let sent = Arc::new(Mutex::new(HeaderMap::new()));
    let keep = Arc::clone(&sent);
    let all: Vec<Box<dyn opentelemetry::propagation::TextMapPropagator + Send + Sync>> = vec![
        Box::new(TraceContextPropagator::new()),
        Box::new(BaggagePropagator::new()),
        Box::new(JaegerPropagator::new()),
    ];
    let layer = watched.client().propagator(CompositePropagator::new(all));
    let mut client = layer.layer(tower::service_fn(move |request: Request<Body>| {
        *keep.lock().unwrap() = request.headers().clone();
        async { Ok::<_, Infallible>(Response::new(Body::default())) }
    }));
    let mut request = Request::post("/a.B/C").body(Body::default()).unwrap();
    *request.headers_mut() = headers(&[
        ("traceparent", "stale"),
        ("tracestate", "stale=1"),
        ("uberctx-user", "stale"),
        ("uberctx-user-bin", "AAAA"),
        ("uberctx-user-bin", "BBBB"),
        ("details-bin", "AAAA"),
    ]);
    let baggage = [opentelemetry::KeyValue::new("user-bin", "me")];
    let context = within().with_baggage(baggage);
    let response = {
        let _attached = context.attach();
        client.call(request)
    };
    response.await.unwrap();

    let sent = sent.lock().unwrap().clone();
    let span = watched.span(SpanKind::Client);
    let traceparent = sent["traceparent"].to_str().unwrap();
    assert!(
        traceparent.contains(&span.span_id.to_string()),
        "{traceparent}"
    );
    assert_eq!(sent.get_all("traceparent").iter().count(), 1);
    assert!(!sent.contains_key("tracestate"));
    assert!(!sent.contains_key("uberctx-user"));
    let binary: Vec<_> = sent.get_all("uberctx-user-bin").iter().collect();
    assert_eq!(binary, ["AAAA", "BBBB"], "no text under a binary key");
    assert_eq!(sent["details-bin"], "AAAA");
    assert_eq!(sent["baggage"], "user-bin=me");
}

#[test]
fn an_interceptor_injects_the_current_context() {
    let propagator = TraceContextPropagator::new();
    let mut interceptor = InjectingInterceptor::new().propagator(propagator);
    let mut request = tonic::Request::new(());
    let metadata = request.metadata_mut();
    metadata.insert("traceparent", "stale".parse().unwrap());
    metadata.insert_bin(
        "details-bin",
        tonic::metadata::MetadataValue::from_bytes(b"\0"),
    );
    let _attached = within().attach();
    let request = interceptor.call(request).unwrap();
    let metadata = request.metadata();
    let want = "00-00000000000000000000000000000001-0000000000000002-01";
    assert_eq!(metadata.get_all("traceparent").iter().count(), 1);
    assert_eq!(metadata.get("traceparent").unwrap(), want);
    assert!(metadata.get_bin("details-bin").is_some());
}
