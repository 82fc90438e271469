//! What can be set of either layer.

use opentelemetry::KeyValue;
use opentelemetry::trace::SpanKind;
use tonic::Code;
use tower::Layer;
use traceprop_core::call::{Edge, Facts, Outcome, Wanted};
use traceprop_core::testing::CallRecorder;
use traceprop_grpc::{ClientLayer, ServerLayer, StatusAttribute};

use crate::kinds::{Do, Kind, Kinds, call};
use crate::support::{Watched, word};

/// Calls a server through a client, without a socket.
async fn through(client: ClientLayer, server: ServerLayer, todo: Do) -> Code {
    let service = client.layer(server.layer(tonic::service::Routes::new(Kinds)));
    let called = call(service, Kind::Unary, todo).await;
    called.err().map_or(Code::Ok, |status| status.code())
}

#[tokio::test]
async fn the_status_under_its_older_and_newer_names() {
    let keys = [
        "rpc.response.status_code",
        "rpc.status_code",
        "rpc.grpc.status_code",
    ];
    let table = [
        (StatusAttribute::default(), ["NOT_FOUND", "", ""]),
        (StatusAttribute::Word, ["NOT_FOUND", "", ""]),
        (StatusAttribute::ShortWord, ["", "NOT_FOUND", ""]),
        (StatusAttribute::Number, ["", "", "5"]),
        (StatusAttribute::WordAndNumber, ["NOT_FOUND", "", "5"]),
    ];
    for (attribute, want) in table {
        let watched = Watched::new();
        let client = watched.client().status_attribute(attribute);
        let server = watched.server().status_attribute(attribute);
        through(client, server, Do::Fail(Code::NotFound)).await;
        for kind in [SpanKind::Server, SpanKind::Client] {
            let span = watched.span(kind);
            let got = keys.map(|key| {
                span.attribute(key)
                    .map(ToString::to_string)
                    .unwrap_or_default()
            });
            assert_eq!(got, want, "{attribute:?}");
        }
    }
}

#[tokio::test]
async fn filters_leave_calls_alone() {
    let watched = Watched::new();
    let refuse = |head: &traceprop_grpc::RequestHead<'_>| head.service() != "test.Kinds";
    let client = watched.client().filter(|_| true).filter(refuse);
    let server = watched.server().filter(refuse);
    assert_eq!(through(client, server, Do::Answer).await, Code::Ok);
    assert_eq!(watched.calls.started(), 0);
    assert_eq!(watched.otel.spans(), []);
}

#[tokio::test]
async fn hooks_label_and_describe() {
    for code in [Code::Ok, Code::Aborted, Code::Internal] {
        let watched = Watched::new();
        let server = watched
            .server()
            .on_request(|call, head| {
                assert_eq!(head.method(), "test.Kinds/Unary");
                call.set_attribute(KeyValue::new("tenant", "acme"));
                call.set_label("plan", "free");
            })
            .on_end(|call, code| {
                call.set_label("was", if code == Code::Ok { "good" } else { "bad" });
                call.set_attribute(KeyValue::new("seen", word(code)));
            });
        through(watched.client(), server, Do::Fail(code)).await;
        let span = watched.span(SpanKind::Server);
        assert_eq!(span.attribute("tenant"), Some(&"acme".into()));
        assert_eq!(span.attribute("seen"), Some(&word(code).into()));
        let calls = watched.calls.finished();
        let call = calls.iter().find(|it| it.kind == SpanKind::Server).unwrap();
        let was = if code == Code::Ok { "good" } else { "bad" };
        let labels: Vec<_> = call.labels.iter().collect();
        assert_eq!(labels, [("plan", "free"), ("was", was)]);
        let want = match code {
            Code::Internal => Outcome::failed("INTERNAL"),
            _ => Outcome::Completed,
        };
        assert_eq!(call.outcome, want);
    }
}

#[tokio::test]
async fn strangers_start_traces_of_their_own() {
    type Set = fn(ServerLayer) -> ServerLayer;
    let table: [(&str, Set); 2] = [
        ("the edge", |layer| layer.edge(Edge::NewTrace)),
        ("some calls", |layer| {
            layer.public_endpoint(|head| head.service() == "test.Kinds")
        }),
    ];
    for (name, set) in table {
        let watched = Watched::new();
        through(watched.client(), set(watched.server()), Do::Answer).await;
        let (server, client) = (
            watched.span(SpanKind::Server),
            watched.span(SpanKind::Client),
        );
        assert_ne!(server.trace_id, client.trace_id, "{name}");
        assert_eq!(server.links.len(), 1, "{name}");
    }
}

#[tokio::test]
async fn the_server_s_address_is_its_authority() {
    let table = [
        (
            "http://shop.example:81/test.Kinds/Unary",
            "shop.example",
            Some(81),
        ),
        ("http://[::1]:81/test.Kinds/Unary", "::1", Some(81)),
        ("http://shop.example/test.Kinds/Unary", "shop.example", None),
        ("/test.Kinds/Unary", "", None),
    ];
    for (uri, host, port) in table {
        let watched = Watched::new();
        let wanted = Wanted {
            server_address: true,
            ..Wanted::default()
        };
        let calls = CallRecorder::wanting(wanted);
        let recorder: std::sync::Arc<dyn traceprop_core::call::Recorder> =
            std::sync::Arc::new(calls.clone());
        let layer = watched.server().recorder(recorder);
        let mut server = layer.layer(tonic::service::Routes::new(Kinds));
        let request = http::Request::post(uri).body(tonic::body::Body::empty());
        let response = tower::Service::call(&mut server, request.unwrap()).await;
        drop(response);
        let span = watched.span(SpanKind::Server);
        let address = span.attribute("server.address").map(ToString::to_string);
        assert_eq!(address.unwrap_or_default(), host);
        let as_text = port.map(|port: u16| port.to_string());
        assert_eq!(
            span.attribute("server.port").map(ToString::to_string),
            as_text
        );
        let Facts::Rpc(facts) = &calls.finished()[0].facts else {
            panic!("a call of gRPC's");
        };
        assert_eq!(facts.server_address.as_deref().unwrap_or_default(), host);
        assert_eq!(facts.server_port, port);
    }
}

#[tokio::test]
async fn calls_are_counted_that_nobody_samples() {
    let watched = Watched::unsampled();
    let code = through(watched.client(), watched.server(), Do::Fail(Code::NotFound)).await;
    assert_eq!(code, Code::NotFound);
    assert_eq!(watched.otel.spans(), []);
    watched.calls.assert_idle();
    for call in watched.calls.finished() {
        let Facts::Rpc(facts) = &call.facts else {
            panic!("a call of gRPC's");
        };
        assert_eq!(
            (facts.status, &*facts.method),
            (Some("NOT_FOUND"), "test.Kinds/Unary")
        );
        assert!(!call.span_context.is_sampled() && call.span_context.is_valid());
    }
    assert_eq!(watched.calls.finished().len(), 2);
}
