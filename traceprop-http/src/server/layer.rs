//! The layer and its settings.

use std::sync::Arc;

use tower_layer::Layer;
use traceprop_core::call::{Options, Scope};

use super::service::Server;
use crate::head::{Filter, RequestHead, Route};

/// Traces every request that a service answers, to the end of the response's body.
///
/// Each request is a SERVER span named `{method} {route}`, child of the context in its headers, and a
/// log scope with `trace_id`, `method` and `route`. Inside of it, `tracing::Span::current()` and
/// `opentelemetry::Context::current()` are the request's.
///
/// With axum, give it to `Router::layer` and switch the feature `axum` on: the route is the matched
/// path then. It wraps the routes added before it.
///
/// ```
/// use axum::{Router, routing::get};
/// use traceprop_http::ServerLayer;
///
/// let app: Router = Router::new()
///     .route("/orders/{id}", get(|| async { "one order" }))
///     .layer(ServerLayer::new());
/// # let _ = app;
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct ServerLayer {
    options: Options,
    filter: Option<Filter>,
    route: Option<Route>,
}

impl ServerLayer {
    /// The defaults: every request is traced, with a linked log scope and no metrics.
    pub fn new() -> Self {
        Self {
            options: Options::new("traceprop-http", Scope::Linked),
            filter: None,
            route: None,
        }
    }

    /// Traces only the requests that `filter` allows. Default: all.
    ///
    /// The others run as if the layer were not there: no span, no metrics, no context.
    ///
    /// ```
    /// use traceprop_http::ServerLayer;
    ///
    /// let layer = ServerLayer::new().filter(|head| head.uri.path() != "/health");
    /// # let _ = layer;
    /// ```
    pub fn filter(
        mut self,
        filter: impl Fn(&RequestHead<'_>) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.filter = Some(Filter::new(filter));
        self
    }

    /// Sets how the route of a request is found, for frameworks other than axum.
    ///
    /// It must give a template such as `/orders/{id}` and never the path: it names the span and is a
    /// label of the metrics. Default: axum's matched path (feature `axum`), else none.
    ///
    /// ```
    /// use traceprop_http::ServerLayer;
    ///
    /// #[derive(Clone)]
    /// struct Matched(std::sync::Arc<str>);
    ///
    /// let layer = ServerLayer::new()
    ///     .route(|head| head.extensions.get::<Matched>().map(|matched| matched.0.clone()));
    /// # let _ = layer;
    /// ```
    pub fn route(
        mut self,
        route: impl Fn(&RequestHead<'_>) -> Option<Arc<str>> + Send + Sync + 'static,
    ) -> Self {
        self.route = Some(Route::new(route));
        self
    }

    traceprop_core::option_setters!(options);

    pub(super) fn options(&self) -> &Options {
        &self.options
    }

    pub(super) fn traces(&self, head: &RequestHead<'_>) -> bool {
        self.filter
            .as_ref()
            .is_none_or(|filter| filter.allows(head))
    }

    pub(super) fn route_of(&self, head: &RequestHead<'_>) -> Option<Arc<str>> {
        match &self.route {
            Some(route) => route.of(head),
            None => crate::axum::matched_path(head.extensions),
        }
    }
}

impl Default for ServerLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Layer<S> for ServerLayer {
    type Service = Server<S>;

    fn layer(&self, inner: S) -> Server<S> {
        Server::new(inner, self.clone())
    }
}
