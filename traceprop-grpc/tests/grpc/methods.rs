//! Whose methods have names.

use opentelemetry::trace::SpanKind;
use tonic::Code;
use tower::{Layer, Service};

use crate::kinds::{Do, Kind, Kinds, call};
use crate::support::{Watched, status};
use traceprop_grpc::ServerLayer;

/// What a server records of a call: its span's name, `rpc.method`, `rpc.method_original`, and the
/// method in the metrics.
async fn recorded(path: &str, todo: Do, set: impl Fn(ServerLayer) -> ServerLayer) -> [String; 4] {
    let watched = Watched::new();
    let mut routes = tonic::service::Routes::new(Kinds);
    if path == Kind::Unary.path() {
        let mut server = set(watched.server()).layer(routes);
        let _ = call(&mut server, Kind::Unary, todo).await;
    } else {
        let request = http::Request::post(path).body(tonic::body::Body::empty());
        let mut server = set(watched.server()).layer(&mut routes);
        let response = server.call(request.unwrap()).await.unwrap();
        drop(response);
    }
    let span = watched.span(SpanKind::Server);
    let text = |key| {
        span.attribute(key)
            .map(ToString::to_string)
            .unwrap_or_default()
    };
    assert_eq!(status(&span).0, "UNIMPLEMENTED");
    let calls = watched.calls.finished();
    let traceprop_core::call::Facts::Rpc(facts) = &calls[0].facts else {
        panic!("{calls:?}");
    };
    [
        span.name.to_string(),
        text("rpc.method"),
        text("rpc.method_original"),
        facts.method.to_string(),
    ]
}

#[tokio::test]
async fn a_stranger_s_name_is_kept_apart() {
    let says_so = Do::Fail(Code::Unimplemented);
    let (known, other) = ("test.Kinds/Unary", "_OTHER");
    let no_list = |layer: ServerLayer| layer;
    let listed = |layer: ServerLayer| layer.service::<Kinds>();
    let named = |layer: ServerLayer| layer.services(["test.Kinds/Unary", "shop.Orders"]);

    // Without a list UNIMPLEMENTED may mean anything, also what a handler says.
    for path in [
        "/test.Kinds/Unary",
        "/test.Kinds/Nothing",
        "/test.Nobody/Nothing",
    ] {
        let want = ["grpc", other, &path[1..], other];
        assert_eq!(recorded(path, says_so, no_list).await, want, "{path}");
    }
    // With one, a handler's own keeps the name; what is not there has none, listed service or not.
    let want = [known, known, "", known];
    assert_eq!(recorded("/test.Kinds/Unary", says_so, listed).await, want);
    assert_eq!(recorded("/test.Kinds/Unary", says_so, named).await, want);
    for path in ["/test.Kinds/Nothing", "/test.Nobody/Nothing"] {
        let want = ["grpc", other, &path[1..], other];
        assert_eq!(recorded(path, says_so, listed).await, want, "{path}");
        assert_eq!(recorded(path, says_so, named).await, want, "{path}");
    }
}

#[tokio::test]
async fn a_sampler_sees_no_stranger_s_name() {
    let watched = Watched::new();
    let mut routes = tonic::service::Routes::new(Kinds);
    let mut server = watched.server().service::<Kinds>().layer(&mut routes);
    for n in 0..100 {
        let request = http::Request::post(format!("/shop.S{n}/M{n}"));
        server
            .call(request.body(tonic::body::Body::empty()).unwrap())
            .await
            .unwrap();
    }
    let calls = format!("{:?}", watched.calls.finished());
    assert!(!calls.contains("shop.S"), "{calls}");
    assert!(watched.otel.spans().iter().all(|span| span.name == "grpc"));
}
