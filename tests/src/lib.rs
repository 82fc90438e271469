//! Helpers shared by the tests of this package.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]
#![forbid(unsafe_code)]

mod lines;
#[cfg(doctest)]
mod papers;

pub use self::lines::Lines;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use http::Request;
use http_body_util::BodyExt;
use tower::ServiceExt;
use traceprop_core::testing::TestOtel;
use traceprop_http::ServerLayer;
use tracing::Subscriber;
use tracing_subscriber::layer::SubscriberExt;

/// A `traceparent` from elsewhere, sampled.
pub const REMOTE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// A subscriber whose OpenTelemetry layer adopts running calls.
#[must_use]
pub fn adopting_subscriber(otel: &TestOtel) -> impl Subscriber + Send + Sync + use<> {
    tracing_subscriber::registry().with(traceprop_core::layer(otel.tracer()))
}

/// The server layer that records into `otel`.
pub fn server_layer(otel: &TestOtel) -> ServerLayer {
    ServerLayer::new().tracer(otel.tracer())
}

/// Sends `GET path` with the given headers through the router, and reads the body to its end.
///
/// # Panics
///
/// Panics when the body fails.
pub async fn get(app: &Router, path: &str, headers: &[(&str, &[u8])]) -> Response<String> {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::empty()).expect("a request");
    let response = match app.clone().oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    let (head, body) = response.into_parts();
    let bytes = body.collect().await.expect("a body").to_bytes();
    Response::from_parts(head, String::from_utf8_lossy(&bytes).into_owned())
}
