//! The layer, and what it is most often told.

use std::sync::Arc;

use tower_layer::Layer;

use super::service::Server;
use super::settings::Settings;
use super::skip;
use crate::head::{Filter, RequestHead, Route};
use crate::method::Methods;

/// Traces every request that a service answers, to the end of the response's body.
///
/// Each request is a SERVER span named `{method} {route}`, child of the context in its headers, and a
/// log scope with `trace_id`, `method` and `route`. Inside of it, `tracing::Span::current()` and
/// `opentelemetry::Context::current()` are the request's, and
/// [`CurrentCall`](traceprop_core::call::CurrentCall) sets its route, marks it as failed or has it
/// ignored.
///
/// With axum, give it to `Router::layer` and switch the feature `axum` on: the route is the matched
/// path then. It wraps the routes added before it.
///
/// What is not set costs nothing; what each setting costs is said with it. The [module](super) says
/// which attributes there are, when a call ends, and where the layer stands among others.
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
    // Shared, since axum gives a layer to a route with each request unless the router has its state.
    settings: Arc<Settings>,
}

impl ServerLayer {
    /// The defaults: every request is traced, with a linked log scope and no metrics.
    pub fn new() -> Self {
        Self {
            settings: Arc::new(Settings::new()),
        }
    }

    pub(super) fn shared(&self) -> &Settings {
        &self.settings
    }

    pub(super) fn settings(&mut self) -> &mut Settings {
        Arc::make_mut(&mut self.settings)
    }

    /// Traces only the requests that `filter` allows; with several, those that all allow. Default: all.
    ///
    /// The others run as if the layer were not there: no span, no metrics, no context. Costs what the
    /// function does, before anything else is done.
    ///
    /// ```
    /// use traceprop_http::ServerLayer;
    ///
    /// let layer = ServerLayer::new().filter(|head| !head.headers.contains_key("x-synthetic"));
    /// # let _ = layer;
    /// ```
    pub fn filter(
        mut self,
        filter: impl Fn(&RequestHead<'_>) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.settings().filters.push(Filter::new(filter));
        self
    }

    /// Leaves the paths of health checks untraced: `/health`, `/healthz`, `/live`, `/livez`, `/ping`,
    /// `/ready`, `/readyz` and `/startupz`. Default: they are traced. Costs eight comparisons.
    pub fn skip_health_checks(mut self) -> Self {
        self.settings().filters.push(skip::health_checks());
        self
    }

    /// Leaves these paths untraced; one that ends with `/*` means all paths below. Default: none.
    /// Costs a comparison each.
    ///
    /// ```
    /// use traceprop_http::ServerLayer;
    ///
    /// let layer = ServerLayer::new().skip_paths(["/metrics", "/internal/*"]);
    /// # let _ = layer;
    /// ```
    pub fn skip_paths(mut self, paths: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.settings().filters.push(skip::paths(paths));
        self
    }

    /// Leaves the preflight requests of browsers untraced, for where the layer stands outside of what
    /// answers them. Default: they are traced. Costs a comparison of the method.
    pub fn skip_preflights(mut self) -> Self {
        self.settings().filters.push(skip::preflights());
        self
    }

    /// Sets how the route of a request is found, for frameworks other than axum.
    ///
    /// It must give a template such as `/orders/{id}` and never the path: it names the span and is a
    /// label of the metrics. Default: axum's matched path (feature `axum`), else none. Where the route
    /// is only known further in, name it there with
    /// [`CurrentCall::set_route`](traceprop_core::call::CurrentCall::set_route).
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
        self.settings().route = Some(Route::new(route));
        self
    }

    /// Sets the methods that are recorded under their own name; all others are `_OTHER`. Case matters.
    ///
    /// Default: what `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS` lists, with commas between them; else
    /// those of RFC 9110, `PATCH` and `QUERY`. A list replaces the default, it does not add to it. Costs
    /// a comparison for each that stands before the method asked for. The names are kept as long as the
    /// process runs.
    ///
    /// ```
    /// use traceprop_http::ServerLayer;
    ///
    /// let webdav = ServerLayer::new().known_methods(["GET", "PUT", "PROPFIND", "MKCOL"]);
    /// # let _ = webdav;
    /// ```
    pub fn known_methods(mut self, methods: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.settings().methods = Methods::new(methods);
        self
    }

    traceprop_core::option_setters!(self => self.settings().options);
}

impl Default for ServerLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Layer<S> for ServerLayer {
    type Service = Server<S>;

    fn layer(&self, inner: S) -> Server<S> {
        Server::new(inner, Arc::clone(&self.settings))
    }
}
