//! What axum's routing makes of a span's name, with the layer inside a router and around one.

use axum::Router;
use axum::body::Body;
use axum::routing::{get, post};
use http::{Request, StatusCode};
use tower::{Layer, Service, ServiceExt};
use traceprop_core::call::Facts;
use traceprop_http::axum::RouteName;

use crate::support::{Watched, read};

/// A router with all that there is in routing.
fn routes() -> Router {
    let items = Router::new().route("/items/{id}", get(|| async { "an item" }));
    let deeper = Router::new().nest("/deep", items.clone());
    Router::new()
        .route("/", get(|| async { "root" }))
        .route("/orders/{id}", get(|| async { "an order" }))
        .route("/files/{*path}", get(|| async { "a file" }))
        .nest("/v1", items.clone())
        .nest("/v2/{tenant}", deeper)
        .nest_service("/service", items)
        .route("/only-post", post(|| async { "posted" }))
        .fallback(|| async { (StatusCode::NOT_FOUND, "nothing here") })
}

#[rustfmt::skip]
const TABLE: [(&str, &str, u16, &str); 9] = [
    // request                          status  name
    ("GET",    "/",                     200,    "GET /"),
    ("GET",    "/orders/7",             200,    "GET /orders/{id}"),
    ("HEAD",   "/orders/7",             200,    "HEAD /orders/{id}"),
    ("GET",    "/files/a/b.txt",        200,    "GET /files/{*path}"),
    ("GET",    "/v1/items/7",           200,    "GET /v1/items/{id}"),
    ("GET",    "/v2/a/deep/items/7",    200,    "GET /v2/{tenant}/deep/items/{id}"),
    ("PUT",    "/only-post",            405,    "PUT /only-post"),
    ("GET",    "/v1/nothing",           404,    "GET"),
    ("GET",    "/nowhere/7",            404,    "GET"),
];

/// The name, the route and the status of the only call.
async fn call<S, B>(
    watched: &Watched,
    app: S,
    method: &str,
    path: &str,
) -> (String, Option<String>, u16)
where
    S: Service<Request<Body>, Response = http::Response<B>>,
    S::Error: std::fmt::Debug,
    B: http_body::Body,
{
    let request = Request::builder()
        .method(method)
        .uri(path)
        .body(Body::empty())
        .unwrap();
    let response = app.oneshot(request).await.expect("an answer");
    assert!(read(response.into_body()).await);
    assert_eq!(watched.ended(), None, "{method} {path}");
    let span = watched.otel.spans().remove(0);
    let Facts::Http(facts) = watched.calls.finished().remove(0).facts else {
        panic!("an HTTP call");
    };
    let route = facts.route.map(|route| route.to_string());
    let on_span: Vec<_> = span
        .attributes
        .iter()
        .filter(|it| it.key.as_str() == "http.route")
        .collect();
    let on_span: Vec<_> = on_span.iter().map(|it| it.value.to_string()).collect();
    assert_eq!(
        on_span,
        Vec::from_iter(route.clone()),
        "once, and as in the metrics"
    );
    (
        span.name.to_string(),
        route,
        facts.status.expect("a status"),
    )
}

#[tokio::test]
async fn a_layer_of_the_router_sees_the_route() {
    for (method, path, status, name) in TABLE {
        let watched = Watched::new();
        let app = routes().layer(watched.layer());
        let (got, route, code) = call(&watched, app, method, path).await;
        assert_eq!((got.as_str(), code), (name, status), "{method} {path}");
        assert_eq!(
            route.as_deref(),
            name.split_once(' ').map(|(_, route)| route)
        );
    }
}

#[tokio::test]
async fn around_the_router_a_layer_inside_names_the_call() {
    for (method, path, status, name) in TABLE {
        let watched = Watched::new();
        let app = watched.layer().layer(routes().layer(RouteName::new()));
        let (got, route, code) = call(&watched, app, method, path).await;
        assert_eq!((got.as_str(), code), (name, status), "{method} {path}");
        assert_eq!(
            route.as_deref(),
            name.split_once(' ').map(|(_, route)| route)
        );

        let watched = Watched::new();
        let app = watched.layer().layer(routes());
        let (got, route, _) = call(&watched, app, method, path).await;
        assert_eq!((got.as_str(), route), (method, None), "never the path");
    }
}

#[tokio::test]
async fn below_a_nested_service_only_the_service_knows_the_route() {
    let watched = Watched::new();
    let app = routes().layer(watched.layer());
    let (name, route, _) = call(&watched, app, "GET", "/service/items/7").await;
    assert_eq!((name.as_str(), route), ("GET", None), "axum hides it");

    let watched = Watched::new();
    let items = Router::new()
        .route("/items/{id}", get(|| async { "an item" }))
        .layer(RouteName::new());
    let app = Router::new()
        .nest_service("/service", items)
        .layer(watched.layer());
    let (name, route, _) = call(&watched, app, "GET", "/service/items/7").await;
    assert_eq!(name, "GET /service/items/{id}");
    assert_eq!(route.as_deref(), Some("/service/items/{id}"));
}

#[tokio::test]
async fn a_route_layer_sees_matched_requests_only() {
    for (path, spans) in [("/orders/7", 1), ("/nowhere", 0)] {
        let watched = Watched::new();
        let app = routes().route_layer(watched.layer());
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = app.oneshot(request).await.expect("an answer");
        assert!(read(response.into_body()).await);
        assert_eq!(watched.otel.spans().len(), spans, "{path}");
    }
}
