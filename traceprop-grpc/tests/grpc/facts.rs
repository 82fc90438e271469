//! What the metrics are told of a call, however it ends and sampled or not.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::Arc;

use http::{Request, Response};
use http_body_util::BodyExt;
use opentelemetry::trace::{SpanKind, TracerProvider};
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tower::{Layer, Service};
use traceprop_core::call::{Facts, Outcome, Recorder, RpcFacts, Wanted};
use traceprop_core::testing::{CallRecorder, RecordedCall};
use traceprop_grpc::{ClientLayer, ServerLayer};

use crate::status::{Script, script, trailers};
use crate::support::Watched;

fn answer(code: i32) -> impl FnMut(Request<()>) -> Ready<Result<Response<Script>, Infallible>> {
    move |_| ready(Ok(script(vec![trailers(code)])))
}

fn request() -> Request<()> {
    let uri = "http://payments.internal:50051/shop.v1.Payments/Verify";
    Request::post(uri).body(()).unwrap()
}

#[track_caller]
fn only(calls: &CallRecorder) -> (RecordedCall, RpcFacts) {
    calls.assert_idle();
    let mut calls = calls.finished();
    assert_eq!(calls.len(), 1, "{calls:#?}");
    let call = calls.remove(0);
    let Facts::Rpc(facts) = call.facts.clone() else {
        panic!("{call:#?}");
    };
    (call, facts)
}

#[tokio::test]
async fn every_end_is_told_sampled_or_not() {
    #[rustfmt::skip]
    let table = [
        // what it shows  status in trailers, if read  told          server's error         client's error
        ("completed",     Some(0),                     "OK",         None,                  None),
        ("failed",        Some(13),                    "INTERNAL",   Some("INTERNAL"),      Some("INTERNAL")),
        ("not the server's", Some(5),                  "NOT_FOUND",  None,                  Some("NOT_FOUND")),
        ("cancelled",     None,                        "CANCELLED",  None,                  Some("CANCELLED")),
    ];
    for sampler in [Sampler::AlwaysOn, Sampler::AlwaysOff] {
        let provider = SdkTracerProvider::builder()
            .with_sampler(sampler.clone())
            .build();
        let tracer = provider.tracer("test");
        for (name, code, status, of_server, of_client) in table {
            let name = format!("{name}, {sampler:?}");
            let (servers, clients) = (CallRecorder::new(), CallRecorder::new());
            let layer = ServerLayer::new().tracer(tracer.clone());
            let layer = layer.recorder(Arc::new(servers.clone()) as Arc<dyn Recorder>);
            let served = layer
                .layer(tower::service_fn(answer(code.unwrap_or(0))))
                .call(request());
            let served = served.await.unwrap_or_else(|never| match never {});
            let layer = ClientLayer::new().tracer(tracer.clone());
            let layer = layer.recorder(Arc::new(clients.clone()) as Arc<dyn Recorder>);
            let called = layer
                .layer(tower::service_fn(answer(code.unwrap_or(0))))
                .call(request());
            let called = called.await.expect("a response");
            if code.is_some() {
                served.into_body().collect().await.unwrap();
                called.into_body().collect().await.unwrap();
            } else {
                drop((served, called));
            }
            let sides = [
                (&servers, SpanKind::Server, of_server, None),
                (
                    &clients,
                    SpanKind::Client,
                    of_client,
                    Some("payments.internal"),
                ),
            ];
            for (calls, kind, error_type, address) in sides {
                let (call, facts) = only(calls);
                assert_eq!(call.kind, kind, "{name}");
                assert_eq!(call.outcome.error_type(), error_type, "{name}");
                assert_eq!(
                    call.span_context.is_sampled(),
                    sampler_samples(&sampler),
                    "{name}"
                );
                let want = RpcFacts {
                    system: "grpc",
                    method: "shop.v1.Payments/Verify".into(),
                    status: Some(status),
                    server_address: address.map(Into::into),
                    server_port: address.map(|_| 50051),
                };
                assert_eq!(facts, want, "{name}");
            }
        }
    }
}

fn sampler_samples(sampler: &Sampler) -> bool {
    matches!(sampler, Sampler::AlwaysOn)
}

#[tokio::test]
async fn a_call_that_is_dropped_before_its_response_is_told() {
    let watched = Watched::new();
    let pending = tower::service_fn(|_: Request<()>| {
        std::future::pending::<Result<Response<Script>, Infallible>>()
    });
    let mut server = watched.server().layer(pending);
    drop(server.call(request()));
    let (call, facts) = only(&watched.calls);
    assert_eq!(facts.status, Some("CANCELLED"));
    assert_eq!(call.outcome, Outcome::Completed);
}

#[tokio::test]
async fn the_server_s_address_is_told_to_those_who_ask() {
    for wants in [false, true] {
        let watched = Watched::wanting(Wanted {
            server_address: wants,
            ..Wanted::default()
        });
        let mut server = watched.server().layer(tower::service_fn(answer(0)));
        let served = server.call(request()).await;
        let body = served.unwrap_or_else(|never| match never {}).into_body();
        body.collect().await.unwrap();
        let (_, facts) = only(&watched.calls);
        let address = wants.then_some(("payments.internal", 50051));
        let seen = facts.server_address.as_deref().zip(facts.server_port);
        assert_eq!(seen, address);
    }
}
