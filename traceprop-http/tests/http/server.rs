//! What a server's span is called and says.

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use opentelemetry::trace::SpanKind;
use tower::ServiceExt;
use traceprop_core::call::CurrentCall;
use traceprop_core::testing::{CallRecorder, TestOtel};
use traceprop_core::tree::Span;

use crate::support::{REMOTE, Watched, read};

fn app(watched: &Watched) -> Router {
    let status = |status: StatusCode| move || async move { status };
    Router::new()
        .route("/orders/{id}", get(|| async { "an order" }))
        .route("/gone", get(status(StatusCode::NOT_FOUND)))
        .route("/broken", get(status(StatusCode::SERVICE_UNAVAILABLE)))
        .route(
            "/late",
            get(|| async { CurrentCall::set_route("/late/{name}").to_string() }),
        )
        .nest(
            "/v1",
            Router::new().route("/items/{id}", get(|| async { "an item" })),
        )
        .fallback(|| async { StatusCode::NOT_FOUND })
        .layer(watched.layer())
}

async fn send(app: Router, request: Request<Body>) -> StatusCode {
    let response = app
        .oneshot(request)
        .await
        .unwrap_or_else(|never| match never {});
    let status = response.status();
    assert!(read(response.into_body()).await);
    status
}

async fn span_of(request: Request<Body>) -> (Span, CallRecorder) {
    let watched = Watched::new();
    send(app(&watched), request).await;
    watched.ended();
    (watched.otel.spans().remove(0), watched.calls)
}

#[tokio::test]
async fn the_attributes_of_a_request() {
    let request = Request::get("/orders/7?token=secret")
        .header("host", "shop.example:8080")
        .header("user-agent", "curl")
        .header("traceparent", REMOTE)
        .body(Body::empty())
        .unwrap();
    let (span, calls) = span_of(request).await;

    assert_eq!(
        (span.name.as_ref(), &span.kind),
        ("GET /orders/{id}", &SpanKind::Server)
    );
    assert_eq!(span.trace_id.to_string(), &REMOTE[3..35]);
    assert_eq!(span.parent_is_remote, Some(true));
    let mut attributes: Vec<_> = span
        .attributes
        .iter()
        .map(|kv| (kv.key.as_str(), kv.value.to_string()))
        .collect();
    attributes.sort();
    let want = [
        ("http.request.method", "GET"),
        ("http.response.status_code", "200"),
        ("http.route", "/orders/{id}"),
        ("network.protocol.version", "1.1"),
        ("server.address", "shop.example"),
        ("server.port", "8080"),
        ("url.path", "/orders/7"),
        ("url.scheme", "http"),
    ];
    assert_eq!(attributes, want.map(|(key, value)| (key, value.to_owned())));
    let facts = format!("{:?}", calls.finished()[0].facts);
    assert!(
        facts.contains("/orders/{id}") && !facts.contains("secret"),
        "{facts}"
    );
}

#[tokio::test]
async fn names_and_failures() {
    #[rustfmt::skip]
    let table = [
        // request                name                  error.type   is it an error
        ("GET", "/orders/1",      "GET /orders/{id}",   None,        false),
        ("GET", "/v1/items/1",    "GET /v1/items/{id}", None,        false),
        ("GET", "/late",          "GET /late/{name}",   None,        false),
        ("GET", "/gone",          "GET /gone",          None,        false),
        ("GET", "/broken",        "GET /broken",        Some("503"), true),
        ("GET", "/nowhere/1",     "GET",                None,        false),
        ("POST", "/orders/1",     "POST /orders/{id}",  None,        false),
        ("BREW", "/orders/1",     "HTTP /orders/{id}",  None,        false),
    ];
    for (method, path, name, error_type, is_error) in table {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .body(Body::empty())
            .unwrap();
        let (span, calls) = span_of(request).await;
        assert_eq!(span.name, name, "{method} {path}");
        let outcome = &calls.finished()[0].outcome;
        assert_eq!(outcome.error_type(), error_type, "{method} {path}");
        assert_eq!(span.is_error(), is_error, "{method} {path}");
        if method == "BREW" {
            assert_eq!(
                span.attribute("http.request.method"),
                Some(&"_OTHER".into())
            );
            assert_eq!(
                span.attribute("http.request.method_original"),
                Some(&"BREW".into())
            );
        }
    }
}

#[tokio::test]
async fn what_a_filter_refuses_runs_as_if_there_were_no_layer() {
    let watched = Watched::new();
    let layer = watched.layer().filter(|head| head.uri.path() != "/health");
    let app = Router::new()
        .route("/health", get(|| async { "well" }))
        .layer(layer);
    let request = Request::get("/health").body(Body::empty()).unwrap();
    assert_eq!(send(app, request).await, StatusCode::OK);
    assert_eq!(watched.otel.spans().len(), 0);
    assert_eq!(watched.calls.started(), 0);
}

#[tokio::test]
async fn a_route_function_names_the_call() {
    let watched = Watched::new();
    let layer = watched
        .layer()
        .route(|head| head.uri.path().starts_with('/').then(|| "/*".into()));
    let app = Router::new().route("/a", get(|| async {})).layer(layer);
    send(app, Request::get("/a").body(Body::empty()).unwrap()).await;
    assert_eq!(watched.otel.spans()[0].name, "GET /*");
}

#[tokio::test]
async fn a_span_that_is_not_sampled_costs_no_call() {
    use opentelemetry_sdk::trace::Sampler;
    let otel = TestOtel::with_builder("orders", |builder| builder.with_sampler(Sampler::AlwaysOff));
    let calls = CallRecorder::new();
    let watched = Watched { otel, calls };
    let headers_of_next_hop = |headers: HeaderMap| async move {
        let mut onward = HeaderMap::new();
        let options = traceprop_core::call::Options::new("test", traceprop_core::call::Scope::Off);
        let context = opentelemetry::Context::current();
        traceprop_http::HeaderInjector::replace(&options, &context, &mut onward);
        assert_ne!(onward.get("traceparent"), headers.get("traceparent"));
        onward
            .get("traceparent")
            .map(|value| value.to_str().unwrap().to_owned())
            .unwrap_or_default()
    };
    let app = Router::new()
        .route("/", get(headers_of_next_hop))
        .layer(watched.layer());
    let response = app
        .oneshot(Request::get("/").body(Body::empty()).unwrap())
        .await
        .unwrap();
    let onward = axum::body::to_bytes(response.into_body(), 100)
        .await
        .unwrap();

    // The decision, and the random bit of an id that was minted here, go on.
    assert!(onward.ends_with(b"-02"), "{onward:?}");
    let finished = watched.calls.finished();
    assert_eq!(finished.len(), 1, "metrics go on");
    assert!(!finished[0].span_context.is_sampled() && finished[0].span_context.is_valid());
    assert!(watched.otel.spans().is_empty());
}

#[tokio::test]
async fn a_recorded_root_carries_the_random_bit() {
    let watched = Watched::new();
    let app = Router::new()
        .route(
            "/",
            get(|| async {
                use opentelemetry::trace::TraceContextExt;
                let context = opentelemetry::Context::current();
                context
                    .span()
                    .span_context()
                    .trace_flags()
                    .to_u8()
                    .to_string()
            }),
        )
        .layer(watched.layer());
    for (traceparent, want) in [(None, "3"), (Some(REMOTE), "1")] {
        let mut request = Request::get("/").body(Body::empty()).unwrap();
        if let Some(traceparent) = traceparent {
            request
                .headers_mut()
                .insert("traceparent", HeaderValue::from_static(traceparent));
        }
        let response = app.clone().oneshot(request).await.unwrap();
        let flags = axum::body::to_bytes(response.into_body(), 100)
            .await
            .unwrap();
        assert_eq!(flags, want.as_bytes());
    }
}
