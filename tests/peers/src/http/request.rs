//! The router, the request that it gets, and the layer that does nothing.

use std::convert::Infallible;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body;
use axum::response::IntoResponse;
use axum::routing::{Route, get};
use futures_util::FutureExt;
use http::Request;
use http_body_util::BodyExt;
use tower::{Layer, Service};

/// The router with a layer, ready to serve: as a server has it, which gives it its state first. Without
/// that, axum gives each route its layer again with each request.
pub fn app<L>(layer: L) -> Router
where
    L: Layer<Route> + Clone + Send + Sync + 'static,
    L::Service: Service<Request<Body>> + Clone + Send + Sync + 'static,
    <L::Service as Service<Request<Body>>>::Response: IntoResponse + 'static,
    <L::Service as Service<Request<Body>>>::Error: Into<Infallible> + 'static,
    <L::Service as Service<Request<Body>>>::Future: Send + 'static,
{
    let routes = Router::new().route("/orders/{id}", get(|| async { "an order of three things" }));
    routes.layer(layer).with_state(())
}

fn request() -> Request<Body> {
    Request::get("/orders/7")
        .header("host", "shop.example:8080")
        .header("user-agent", "Mozilla/5.0 (X11; Linux x86_64)")
        .header("accept", "application/json")
        .header("accept-encoding", "gzip, deflate, br")
        .header("accept-language", "en-GB,en;q=0.5")
        .header(
            "traceparent",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        )
        .body(Body::empty())
        .expect("a request")
}

/// Sends one request, and reads the response's body to its end; gives its length.
pub fn send(app: &mut Router) -> usize {
    let response = app.call(request()).now_or_never();
    let Some(Ok(response)) = response else {
        unreachable!("the handler answers at once");
    };
    let body = response.into_body().collect().now_or_never();
    body.and_then(Result::ok).expect("a body").to_bytes().len()
}

/// The layer that does nothing.
#[derive(Clone, Copy)]
pub struct Nothing;

impl<S> Layer<S> for Nothing {
    type Service = NothingService<S>;

    fn layer(&self, inner: S) -> NothingService<S> {
        NothingService(inner)
    }
}

#[derive(Clone)]
pub struct NothingService<S>(S);

impl<S, R> Service<R> for NothingService<S>
where
    S: Service<R>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: R) -> S::Future {
        self.0.call(request)
    }
}
