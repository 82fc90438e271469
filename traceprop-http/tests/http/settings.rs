//! Each setting of the server layer, one test each.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::{HeaderMap, Request, Response, StatusCode};
use opentelemetry::KeyValue;
use opentelemetry::trace::TraceContextExt;
use tower::ServiceExt;
use traceprop_core::call::{CurrentCall, Edge, Outcome};
use traceprop_core::testing::TestOtel;
use traceprop_core::tree::Span;
use traceprop_http::ServerLayer;

use crate::support::{REMOTE, Watched, read};

async fn call(layer: ServerLayer, path: &str) -> Response<()> {
    let handler = || async { "an order" };
    let late = || async { CurrentCall::set_route("/late/{name}").to_string() };
    let app = Router::new()
        .route("/orders/{id}", get(handler))
        .route("/broken", get(|| async { StatusCode::SERVICE_UNAVAILABLE }))
        .route(
            "/fails",
            get(|| async { CurrentCall::set_error("out_of_stock").to_string() }),
        )
        .route(
            "/ignored",
            get(|| async { CurrentCall::ignore().to_string() }),
        )
        .fallback(late)
        .layer(layer);
    let request = Request::get(path).header("traceparent", REMOTE);
    let request = request.body(Body::empty()).unwrap();
    let response = app
        .oneshot(request)
        .await
        .unwrap_or_else(|never| match never {});
    let (head, body) = response.into_parts();
    assert!(read(body).await);
    Response::from_parts(head, ())
}

async fn span_of(watched: &Watched, layer: ServerLayer, path: &str) -> Span {
    call(layer, path).await;
    watched.ended();
    watched.otel.spans().remove(0)
}

#[tokio::test]
async fn filters_add_up() {
    for (path, is_traced) in [
        ("/healthz", false),
        ("/metrics", false),
        ("/internal/debug", false),
        ("/orders/secret", false),
        ("/orders/7", true),
    ] {
        let watched = Watched::new();
        let layer = watched
            .layer()
            .skip_health_checks()
            .skip_paths(["/metrics", "/internal/*"])
            .filter(|head| !head.uri.path().ends_with("secret"));
        call(layer, path).await;
        assert_eq!(watched.calls.started(), u64::from(is_traced), "{path}");
        assert_eq!(watched.otel.spans().len(), usize::from(is_traced), "{path}");
    }
}

#[tokio::test]
async fn a_public_endpoint_starts_a_trace_and_links_the_caller_s() {
    let is_public = |head: &traceprop_http::RequestHead<'_>| head.uri.path() == "/broken";
    for (path, whole_layer, is_new) in [
        ("/broken", false, true),
        ("/orders/7", false, false),
        ("/orders/7", true, true),
    ] {
        let watched = Watched::new();
        let mut layer = watched.layer().public_endpoint(is_public);
        if whole_layer {
            layer = layer.edge(Edge::NewTrace);
        }
        let span = span_of(&watched, layer, path).await;
        assert_eq!(span.trace_id.to_string() != REMOTE[3..35], is_new, "{path}");
        let links = span
            .links
            .iter()
            .map(|link| link.span_context.trace_id().to_string());
        let want: Vec<_> = is_new
            .then(|| REMOTE[3..35].to_owned())
            .into_iter()
            .collect();
        assert_eq!(links.collect::<Vec<_>>(), want, "{path}");
    }
}

#[tokio::test]
async fn hooks_see_the_call_the_heads_and_the_outcome() {
    let watched = Watched::new();
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let (before, after) = (seen.clone(), seen.clone());
    let layer = watched
        .layer()
        .on_request(move |call, head| {
            assert!(call.context().span().span_context().is_valid());
            call.set_attribute(KeyValue::new("app.before", true));
            before.lock().unwrap().push(head.uri.path().to_owned());
        })
        .on_response(move |call, response, outcome| {
            call.set_label("plan", "free");
            let status = response.map(|response| response.status.as_u16());
            after
                .lock()
                .unwrap()
                .push(format!("{status:?} {:?}", outcome.error_type()));
        });
    let span = span_of(&watched, layer, "/broken").await;
    assert_eq!(
        *seen.lock().unwrap(),
        ["/broken", "Some(503) Some(\"503\")"]
    );
    assert_eq!(span.attribute("app.before"), Some(&true.into()));
    assert_eq!(watched.calls.finished()[0].labels.get("plan"), Some("free"));
}

#[tokio::test]
async fn a_hook_sees_the_error_that_came_in_the_place_of_a_response() {
    use tower::Layer;
    #[derive(Debug)]
    struct Full;

    let watched = Watched::new();
    let seen: Arc<Mutex<Option<Outcome>>> = Arc::default();
    let keep = seen.clone();
    let layer = watched.layer().on_response(move |_, response, outcome| {
        assert!(response.is_none());
        *keep.lock().unwrap() = Some(outcome.clone());
    });
    let service = layer.layer(tower::service_fn(|_: Request<()>| async {
        Err::<Response<Body>, _>(Full)
    }));
    assert!(service.oneshot(Request::new(())).await.is_err());
    let ended = watched.ended().expect("an error");
    assert!(ended.ends_with("Full"), "{ended}");
    assert!(watched.otel.spans()[0].is_error());
    let seen = seen.lock().unwrap();
    assert_eq!(
        seen.as_ref().and_then(Outcome::error_type),
        Some(ended.as_str())
    );
}

#[tokio::test]
async fn a_span_name_of_one_s_own() {
    for (path, name) in [
        ("/orders/7", "orders"),
        ("/broken", "GET /broken"),
        ("/else", "else"),
    ] {
        let watched = Watched::new();
        let layer = watched.layer().span_name(|head, route| match route {
            Some("/orders/{id}") => Some("orders".into()),
            Some(_) => None,
            None => Some(head.uri.path().trim_start_matches('/').to_owned().into()),
        });
        let span = span_of(&watched, layer, path).await;
        assert_eq!(span.name, name);
        let route = span.attribute("http.route").map(ToString::to_string);
        assert_eq!(route.as_deref() == Some("/late/{name}"), path == "/else");
    }
}

#[tokio::test]
async fn what_a_handler_says_of_its_call() {
    let watched = Watched::new();
    let span = span_of(&watched, watched.layer(), "/fails").await;
    assert_eq!(span.attribute("error.type"), Some(&"out_of_stock".into()));
    assert_eq!(
        span.attribute("http.response.status_code"),
        Some(&200.into())
    );
    assert!(span.is_error());

    let watched = Watched::new();
    call(watched.layer(), "/ignored").await;
    assert!(watched.otel.spans().is_empty());
    assert_eq!(watched.calls.finished()[0].outcome, Outcome::Ignored);
    watched.calls.assert_idle();
}

#[tokio::test]
async fn names_of_headers_for_cors() {
    let watched = Watched::new();
    let layer = watched.layer();
    let names: HeaderMap<()> = layer
        .request_header_names()
        .into_iter()
        .map(|it| (it, ()))
        .collect();
    assert!(names.contains_key("traceparent") && names.contains_key("tracestate"));
    assert!(layer.response_header_names().is_empty());
}

#[tokio::test]
async fn calls_that_are_not_sampled_are_measured_as_the_others_are() {
    use opentelemetry_sdk::trace::Sampler;
    for path in ["/orders/7", "/broken", "/fails", "/late"] {
        let sampled = Watched::new();
        call(sampled.layer(), path).await;
        let otel =
            TestOtel::with_builder("orders", |builder| builder.with_sampler(Sampler::AlwaysOff));
        let not = Watched {
            otel,
            ..Watched::new()
        };
        call(not.layer(), path).await;
        let (sampled, spans) = (sampled.calls.finished().remove(0), not.otel.spans());
        let not = not.calls.finished().remove(0);
        assert!(spans.is_empty(), "{path}");
        assert_eq!(
            (&sampled.facts, &sampled.outcome),
            (&not.facts, &not.outcome),
            "{path}"
        );
        assert!(!not.span_context.is_sampled() && not.span_context.is_valid());
    }
}

/// The environment is read once a process, so that this runs in one of its own.
#[tokio::test]
async fn the_environment_s_methods_replace_the_known_ones() {
    const VARIABLE: &str = "OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS";
    if std::env::var_os(VARIABLE).is_none() {
        let this = std::env::current_exe().expect("this program");
        let name = "settings::the_environment_s_methods_replace_the_known_ones";
        let child = std::process::Command::new(this)
            .args(["--exact", name])
            .env(VARIABLE, "GET, BREW,")
            .output()
            .expect("a child");
        let said = String::from_utf8_lossy(&child.stdout);
        assert!(
            child.status.success() && said.contains("1 passed"),
            "{said}"
        );
        return;
    }
    for (method, name) in [
        ("GET", "GET"),
        ("BREW", "BREW"),
        ("POST", "HTTP"),
        ("get", "HTTP"),
    ] {
        let watched = Watched::new();
        let app = Router::new().fallback(|| async {}).layer(watched.layer());
        let request = Request::builder().method(method).uri("/");
        let request = request.body(Body::empty()).unwrap();
        let response = app
            .oneshot(request)
            .await
            .unwrap_or_else(|never| match never {});
        assert!(read(response.into_body()).await);
        assert_eq!(watched.otel.spans()[0].name, name);
    }
}
