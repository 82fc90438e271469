//! A scope of the user's own. Alone in its process: where other threads have no subscriber, `tracing`
//! may take it that nobody is interested in an event.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::convert::Infallible;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use tower::{Layer, ServiceExt, service_fn};
use traceprop_core::call::Scope;
use traceprop_core::testing::TestOtel;
use traceprop_core::tree::Span;
use traceprop_http::ServerLayer;
use tracing_subscriber::layer::SubscriberExt;

async fn call(layer: ServerLayer) {
    let service = layer.layer(service_fn(|_: Request<Full<Bytes>>| async {
        tracing::info!("inside");
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"an order"))))
    }));
    let request = Request::get("/orders/7").body(Full::default()).unwrap();
    let response = service.oneshot(request).await.unwrap();
    response.into_body().collect().await.unwrap();
}

#[tokio::test]
async fn it_is_current_and_adopted() {
    let otel = TestOtel::new("orders");
    let subscriber = tracing_subscriber::registry().with(traceprop_core::layer(otel.tracer()));
    let _guard = tracing::subscriber::set_default(subscriber);
    let layer = || {
        ServerLayer::new().tracer(otel.tracer()).make_scope(|head| {
            tracing::error_span!(
                "request",
                trace_id = tracing::field::Empty,
                path = head.uri.path()
            )
        })
    };
    call(layer()).await;
    call(layer().scope(Scope::Off)).await;
    let spans = otel.spans();
    assert_eq!(spans.len(), 2, "no span beside the calls'");
    let path = |span: &Span| span.attribute("path").map(ToString::to_string);
    assert_eq!(path(&spans[0]).as_deref(), Some("/orders/7"));
    assert_eq!(spans[0].events.len(), 1);
    assert_eq!((path(&spans[1]), spans[1].events.len()), (None, 0));
}
