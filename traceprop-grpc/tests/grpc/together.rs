//! What else stands in a server or a client: tonic-web, health, reflection, axum's routes, a channel
//! over several servers, compression.

use std::time::Duration;

use axum::routing::get;
use futures_util::stream;
use http_body_util::BodyExt;
use opentelemetry::trace::SpanKind;
use tonic::Code;
use tonic::body::Body;
use tonic::service::Routes;
use tonic::transport::{Channel, Endpoint, Server};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_web::{GrpcWebClientLayer, GrpcWebLayer};
use tower::{Layer, Service, ServiceBuilder};

use crate::kinds::{Do, Kind, Kinds, call};
use crate::running::Running;
use crate::support::{Watched, status, word};

const SOON: Duration = Duration::from_secs(10);

#[tokio::test]
async fn with_grpc_web_the_layer_stands_inside() {
    for kind in Kind::ALL {
        for code in [Code::Ok, Code::NotFound, Code::DataLoss] {
            let watched = Watched::new();
            let web = ServiceBuilder::new()
                .layer(watched.client())
                .layer(GrpcWebClientLayer::new())
                .layer(GrpcWebLayer::new())
                .layer(watched.server())
                .service(Routes::new(Kinds));
            let todo = if code == Code::Ok {
                Do::Answer
            } else {
                Do::Fail(code)
            };
            let called = call(web, kind, todo).await;
            assert_eq!(called.err().map_or(Code::Ok, |it| it.code()), code);
            for side in [SpanKind::Server, SpanKind::Client] {
                let span = watched.span(side.clone());
                assert_eq!(status(&span).0, word(code), "{kind:?}, {side:?}");
            }
        }
    }
}

#[tokio::test]
async fn outside_of_grpc_web_there_are_no_trailers_to_see() {
    let watched = Watched::new();
    let mut outside = ServiceBuilder::new()
        .layer(watched.server())
        .layer(GrpcWebLayer::new())
        .service(Routes::new(Kinds));
    let request = http::Request::post(Kind::Unary.path())
        .header("content-type", "application/grpc-web+proto")
        .body(http_body_util::Full::new(bytes::Bytes::from_static(
            &[0; 5],
        )))
        .unwrap();
    let response = outside.call(request).await.unwrap();
    response.into_body().collect().await.unwrap();
    assert_eq!(
        status(&watched.span(SpanKind::Server)),
        ("UNKNOWN".to_owned(), true)
    );
}

async fn ask_health_and_reflection(channel: Channel) {
    let health = HealthClient::new(channel.clone());
    let asked = health.clone().check(HealthCheckRequest::default()).await;
    asked.expect("it is well");
    let ask = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut reflection = ServerReflectionClient::new(channel);
    let answers = reflection.server_reflection_info(stream::iter([ask])).await;
    let mut answers = answers.expect("a stream").into_inner();
    while answers.message().await.expect("an answer").is_some() {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_and_reflection_are_traced_unless_they_are_left_out() {
    for skips in [false, true] {
        let watched = Watched::new();
        let mut layer = watched.server();
        if skips {
            layer = layer.skip_health_checks().skip_reflection();
        }
        let (_, health) = tonic_health::server::health_reporter();
        let reflection = tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .build_v1()
            .unwrap();
        let router = Server::builder()
            .layer(layer)
            .add_service(health)
            .add_service(reflection)
            .add_service(Kinds);
        let server = Running::start(router);
        let endpoint = Endpoint::from_shared(format!("http://{}", server.address)).unwrap();
        let channel = endpoint.connect().await.unwrap();
        ask_health_and_reflection(channel.clone()).await;
        call(channel, Kind::Unary, Do::Answer).await.unwrap();

        let mut names: Vec<String> = watched
            .otel
            .wait_for(if skips { 1 } else { 3 }, SOON)
            .iter()
            .map(|span| span.name.to_string())
            .collect();
        names.sort();
        let all = [
            "grpc.health.v1.Health/Check",
            "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
            "test.Kinds/Unary",
        ];
        assert_eq!(names, if skips { &all[2..] } else { &all[..] });
        assert!(
            watched
                .otel
                .spans()
                .iter()
                .all(|span| status(span).0 == "OK")
        );
        watched.calls.assert_idle();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_over_several_servers() {
    let watched = Watched::new();
    let start = || Running::start(Server::builder().layer(watched.server()).add_service(Kinds));
    let mut servers = [start(), start()];
    let endpoints = servers
        .each_ref()
        .map(|server| Endpoint::from_shared(format!("http://{}", server.address)).unwrap());
    let layer = watched.client().server("kinds.internal", 443);
    let channel = layer.layer(Channel::balance_list(endpoints.into_iter()));
    for _ in 0..20 {
        call(channel.clone(), Kind::Bidirectional, Do::Answer)
            .await
            .unwrap();
    }
    let spans = watched.otel.wait_for(40, SOON);
    let ports: std::collections::BTreeSet<_> = spans
        .iter()
        .filter(|span| span.kind == SpanKind::Server)
        .filter_map(|span| span.attribute("server.port").map(ToString::to_string))
        .collect();
    assert_eq!(ports.len(), 2, "both were asked");
    for client in spans.iter().filter(|span| span.kind == SpanKind::Client) {
        assert_eq!(
            client.attribute("server.address"),
            Some(&"kinds.internal".into())
        );
        let children = spans
            .iter()
            .filter(|it| it.parent_span_id == Some(client.span_id));
        assert_eq!(children.count(), 1);
    }

    // One of them goes away: each call's span says what its caller was told.
    servers[0].kill();
    for _ in 0..20 {
        let before = watched.calls.finished().len();
        let told = call(channel.clone(), Kind::Unary, Do::Answer).await;
        let code = told.err().map_or(Code::Ok, |it| it.code());
        let calls = watched.calls.wait_for(before + 1, SOON);
        let client = calls[before..]
            .iter()
            .find(|it| it.kind == SpanKind::Client);
        let facts = format!("{:?}", client.unwrap().facts);
        assert!(
            facts.contains(&format!("{:?}", word(code))),
            "{code:?}: {facts}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_has_routes_of_axum_s_too() {
    let watched = Watched::new();
    let mut routes = Routes::default();
    routes = routes.add_service(Kinds);
    let pages = axum::Router::new()
        .route(
            "/hello",
            get(|| async { "hello" }).post(|body: String| async { body }),
        )
        .layer(traceprop_http::ServerLayer::new().tracer(watched.otel.tracer()));
    let router = routes.into_axum_router().merge(pages);
    let mut both = watched.server().layer(Routes::from(router));

    for kind in Kind::ALL {
        call(&mut both, kind, Do::Answer).await.unwrap();
    }
    assert_eq!(watched.otel.spans().len(), 4);
    let page = http::Request::get("/hello").body(Body::empty()).unwrap();
    let json = http::Request::post("/hello")
        .header("content-type", "application/json")
        .body(Body::empty())
        .unwrap();
    for request in [page, json] {
        let response = both.call(request).await.unwrap();
        assert_eq!(response.status(), 200);
        response.into_body().collect().await.unwrap();
    }
    let spans = watched.otel.spans();
    assert_eq!(spans.len(), 6, "those of HTTP are HTTP's");
    for span in &spans[4..] {
        assert!(span.attribute("rpc.system.name").is_none());
        assert!(span.attribute("http.request.method").is_some());
    }
    assert_eq!(watched.calls.finished().len(), 4);
}

#[tokio::test]
async fn in_a_router_of_axum_s() {
    let watched = Watched::new();
    let routes = Routes::new(Kinds).into_axum_router();
    let mut router = routes.layer(watched.server().service::<Kinds>());
    for kind in Kind::ALL {
        let called = call(&mut router, kind, Do::Fail(Code::Aborted)).await;
        assert_eq!(called.unwrap_err().code(), Code::Aborted);
    }
    let spans = watched.otel.spans();
    assert_eq!(spans.len(), 4);
    assert!(
        spans
            .iter()
            .all(|span| status(span) == ("ABORTED".to_owned(), false))
    );
}

#[tokio::test]
async fn compressed_messages_pass_as_they_are() {
    let watched = Watched::new();
    let sizes = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = std::sync::Arc::clone(&sizes);
    let mut inner = watched.server().layer(Routes::new(Kinds));
    let service = tower::service_fn(move |request: http::Request<Body>| {
        let seen = std::sync::Arc::clone(&seen);
        let call = inner.call(request);
        async move {
            let response = call.await?;
            assert_eq!(response.headers()["grpc-encoding"], "gzip");
            Ok::<_, std::convert::Infallible>(response.map(|body| {
                body.map_frame(move |frame| {
                    let size = frame.data_ref().map(bytes::Bytes::len);
                    seen.lock().unwrap().extend(size);
                    frame
                })
            }))
        }
    });
    let answers = call(service, Kind::Unary, Do::Answer).await.unwrap();
    assert_eq!(answers[0].len(), 2_000);
    let sizes = sizes.lock().unwrap();
    assert!(
        !sizes.is_empty() && sizes.iter().sum::<usize>() < 200,
        "{sizes:?}"
    );
    assert_eq!(status(&watched.span(SpanKind::Server)).0, "OK");
}
