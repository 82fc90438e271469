//! axum: the matched path, the peer's address, and [`RouteName`].
//!
//! In a router the layer sees the matched path by itself. Give it to the outermost router's
//! [`layer`](axum::Router::layer), after all routes, nested routers and the fallback, so that it wraps
//! them all:
//!
//! | request | name |
//! |---|---|
//! | matched by `/orders/{id}` | `GET /orders/{id}` |
//! | matched in a router nested below `/v1` | `GET /v1/items/{id}` |
//! | matched, but not with this method (405) | `PUT /orders/{id}` |
//! | matched by nothing: the fallback (404) | `GET` |
//! | below a [`nest_service`](axum::Router::nest_service) | `GET`, unless the service has a [`RouteName`] |
//!
//! axum's `route_layer` wraps matched requests only, so that a 404 has no span then.
//!
//! `client.address` and `network.peer.address` come from axum's `ConnectInfo<SocketAddr>`: serve the
//! router with `into_make_service_with_connect_info::<SocketAddr>()`.

use std::net::SocketAddr;
use std::task::{Context, Poll};

use ::axum::extract::{ConnectInfo, MatchedPath};
use http::{Extensions, Request};
use tower_layer::Layer;
use tower_service::Service;
use traceprop_core::call::CurrentCall;

pub(crate) fn matched_path(extensions: &Extensions) -> Option<&str> {
    extensions.get().map(MatchedPath::as_str)
}

pub(crate) fn peer(extensions: &Extensions) -> Option<SocketAddr> {
    extensions.get().map(|ConnectInfo(peer)| *peer)
}

/// Names the running call by axum's matched path, from inside the router.
///
/// A [`ServerLayer`](crate::ServerLayer) that is wrapped around the router, and not given to it, sees
/// the request before it is matched. This layer sees the match, and tells it.
///
/// ```
/// use axum::{Router, routing::get};
/// use tower::Layer;
/// use traceprop_http::{ServerLayer, axum::RouteName};
///
/// let router: Router = Router::new()
///     .route("/orders/{id}", get(|| async { "one order" }))
///     .layer(RouteName::new());
/// let app = ServerLayer::new().layer(router);
/// # let _ = app;
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[must_use]
#[non_exhaustive]
pub struct RouteName;

impl RouteName {
    /// The layer; it has no settings.
    pub fn new() -> Self {
        Self
    }
}

impl<S> Layer<S> for RouteName {
    type Service = NamesRoute<S>;

    fn layer(&self, inner: S) -> NamesRoute<S> {
        NamesRoute { inner }
    }
}

/// The service that [`RouteName`] makes.
#[derive(Clone, Debug)]
pub struct NamesRoute<S> {
    inner: S,
}

impl<S, B> Service<Request<B>> for NamesRoute<S>
where
    S: Service<Request<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> S::Future {
        if let Some(route) = matched_path(request.extensions()) {
            CurrentCall::set_route(route);
        }
        self.inner.call(request)
    }
}
