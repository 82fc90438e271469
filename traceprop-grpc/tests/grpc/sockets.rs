//! tonic's own server and client, with the health service that ships with it.
//!
//! On several threads, since waiting for spans blocks one.

use std::time::Duration;

use opentelemetry::trace::SpanKind;
use tokio::net::TcpListener;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Endpoint, Server};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use traceprop_grpc::client::Client;

use crate::support::{Watched, status};

type Connected = HealthClient<Client<Channel>>;

async fn connect(watched: &Watched) -> Connected {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (reporter, health) = tonic_health::server::health_reporter();
    reporter
        .set_service_status("shop", tonic_health::ServingStatus::Serving)
        .await;
    let server = Server::builder()
        .layer(watched.server())
        .add_service(health);
    tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
    let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
    let layer = watched.client().server("127.0.0.1", address.port());
    HealthClient::new(tower::Layer::layer(&layer, endpoint.connect_lazy()))
}

fn ask(service: &str) -> HealthCheckRequest {
    HealthCheckRequest {
        service: service.to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_unary_call_is_two_spans_of_one_trace() {
    let watched = Watched::new();
    let mut client = connect(&watched).await;

    client.check(ask("shop")).await.expect("serving");

    watched.otel.wait_for(2, Duration::from_secs(5));
    let (server, client) = (
        watched.span(SpanKind::Server),
        watched.span(SpanKind::Client),
    );
    assert_eq!(server.name, "grpc.health.v1.Health/Check");
    assert_eq!(client.name, server.name);
    assert_eq!(server.trace_id, client.trace_id);
    assert_eq!(server.parent_span_id, Some(client.span_id));
    assert_eq!(status(&server), ("OK".to_owned(), false));
    assert_eq!(status(&client), ("OK".to_owned(), false));
    assert_eq!(
        client.attribute("server.address"),
        Some(&"127.0.0.1".into())
    );
    assert_eq!(client.attribute("rpc.system.name"), Some(&"grpc".into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failure_is_the_callers_and_a_stream_ends_with_its_reader() {
    let watched = Watched::new();
    let mut client = connect(&watched).await;

    client.check(ask("unknown")).await.expect_err("not found");

    watched.otel.wait_for(2, Duration::from_secs(5));
    assert_eq!(
        status(&watched.span(SpanKind::Server)),
        ("NOT_FOUND".to_owned(), false)
    );
    assert_eq!(
        status(&watched.span(SpanKind::Client)),
        ("NOT_FOUND".to_owned(), true)
    );

    let watched = Watched::new();
    let mut client = connect(&watched).await;
    let mut stream = client
        .watch(ask("shop"))
        .await
        .expect("a stream")
        .into_inner();
    stream
        .message()
        .await
        .expect("a message")
        .expect("the status");
    assert!(
        watched.otel.spans().is_empty(),
        "both go on with the stream"
    );
    drop(stream);

    watched.otel.wait_for(2, Duration::from_secs(5));
    assert_eq!(
        status(&watched.span(SpanKind::Server)),
        ("CANCELLED".to_owned(), false)
    );
    assert_eq!(
        status(&watched.span(SpanKind::Client)),
        ("CANCELLED".to_owned(), true)
    );
    watched.calls.assert_idle();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_not_there_is_unavailable() {
    let watched = Watched::new();
    let endpoint = Endpoint::from_static("http://127.0.0.1:1");
    let channel = tower::Layer::layer(&watched.client(), endpoint.connect_lazy());
    let error = HealthClient::new(channel)
        .check(ask("shop"))
        .await
        .expect_err("nobody");
    assert_eq!(error.code(), tonic::Code::Unavailable);
    assert_eq!(
        status(&watched.span(SpanKind::Client)),
        ("UNAVAILABLE".to_owned(), true)
    );
}
