//! The settings that fewer need.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;

use http::HeaderName;
use traceprop_core::call::{Call, Outcome};

use super::layer::ServerLayer;
use super::settings::Function;
use crate::capture::HeaderCapture;
use crate::forwarded::TrustedProxies;
use crate::head::{Filter, RequestHead, ResponseHead};
use crate::query::SecretKeys;
use crate::response_header::TraceResponse;

/// Whom to trust.
impl ServerLayer {
    /// Treats the requests for which `is_public` says so as those of strangers: each starts a new
    /// trace, which links the caller's. Default: no request, unless the whole layer has
    /// [`Edge::NewTrace`](traceprop_core::call::Edge::NewTrace).
    ///
    /// Costs what the function does.
    ///
    /// ```
    /// use traceprop_http::ServerLayer;
    ///
    /// let layer = ServerLayer::new().public_endpoint(|head| head.uri.path().starts_with("/public/"));
    /// # let _ = layer;
    /// ```
    pub fn public_endpoint(
        mut self,
        is_public: impl Fn(&RequestHead<'_>) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.settings().is_public = Some(Filter::new(is_public));
        self
    }

    /// Takes `client.address`, `url.scheme`, `server.address` and `server.port` from what proxies say
    /// in front of the server. Default: their headers are not read, since anyone can send them.
    ///
    /// Costs the parsing of one to three headers, also for calls that are not sampled.
    pub fn trusted_proxies(mut self, proxies: TrustedProxies) -> Self {
        self.settings().proxies = Some(proxies);
        self
    }

    /// Sets how the address of a request's peer is found: `network.peer.address`, and `client.address`
    /// where there are no trusted proxies. Default: axum's `ConnectInfo<SocketAddr>` (feature `axum`),
    /// else none.
    ///
    /// It is asked where the span is recorded, and costs two short strings then.
    ///
    /// ```
    /// use std::net::SocketAddr;
    /// use traceprop_http::ServerLayer;
    ///
    /// // Where whoever accepts the connection put it.
    /// let layer = ServerLayer::new().peer(|head| head.extensions.get::<SocketAddr>().copied());
    /// # let _ = layer;
    /// ```
    pub fn peer(
        mut self,
        peer: impl Fn(&RequestHead<'_>) -> Option<SocketAddr> + Send + Sync + 'static,
    ) -> Self {
        self.settings().peer = Some(Function(Arc::new(peer)));
        self
    }

    /// Says that the server speaks TLS, which an HTTP/1 request does not show: `url.scheme` is `https`.
    /// Default: what the request's target says, else `http`.
    pub fn https(mut self) -> Self {
        self.settings().scheme = Some("https");
        self
    }
}

/// What to record.
impl ServerLayer {
    /// Sets whether `url.query` and `user_agent.original` are recorded. Default: `false`, other than
    /// the convention has it: they hold what users typed and what tells them apart.
    ///
    /// The values of [`redacted_query_keys`](Self::redacted_query_keys) are `REDACTED`. Both are there
    /// before the sampler decides, so they cost two strings for each request, sampled or not.
    pub fn record_query_and_user_agent(mut self, record: bool) -> Self {
        self.settings().query_and_user_agent = record;
        self
    }

    /// Sets the keys of the query whose values are recorded as `REDACTED`. Case matters. Default:
    /// those of the convention, which sign the URLs of Amazon, Azure and Google. A list replaces it.
    pub fn redacted_query_keys(
        mut self,
        keys: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.settings().secret_keys = SecretKeys::own(keys);
        self
    }

    /// Records these headers of each request, before the sampler decides. Default: none.
    ///
    /// Costs a look-up for each, and two strings for each that is there.
    pub fn capture_request_headers(mut self, headers: HeaderCapture) -> Self {
        self.settings().request_headers = Some(headers);
        self
    }

    /// Records these headers of each response. Default: none.
    ///
    /// Costs a look-up for each, and two strings for each that is there, where the span is recorded.
    pub fn capture_response_headers(mut self, headers: HeaderCapture) -> Self {
        self.settings().response_headers = Some(headers);
        self
    }

    /// Sets whether `http.request.body.size` and `http.response.body.size` are attributes, in bytes.
    /// Default: `false`; a recorder that wants them for metrics gets them all the same.
    ///
    /// The request's is its Content-Length, so that there is none for a body sent in chunks. The
    /// response's is counted as the body is sent. Costs an addition for each frame.
    pub fn record_body_sizes(mut self, record: bool) -> Self {
        self.settings().body_sizes = record;
        self
    }

    /// Sets the name of the span by a function, which sees the request and its route; where it gives
    /// `None` the name is the usual one. Default: `{method} {route}`, or `{method}` without a route.
    ///
    /// It must give one of a few names, so no path and no id. A route that is found later does not
    /// change a name that it gave.
    ///
    /// ```
    /// use traceprop_http::ServerLayer;
    ///
    /// let layer = ServerLayer::new().span_name(|head, route| {
    ///     let operation = head.headers.get("x-operation")?;
    ///     (route == Some("/rpc") && operation == "refund").then(|| "refund".into())
    /// });
    /// # let _ = layer;
    /// ```
    pub fn span_name(
        mut self,
        name: impl Fn(&RequestHead<'_>, Option<&str>) -> Option<Cow<'static, str>>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        self.settings().span_name = Some(Function(Arc::new(name)));
        self
    }

    /// Makes the `tracing` span that a request runs in, with fields of one's own. Default: the span
    /// `http` with `trace_id`, `method` and `route`.
    ///
    /// It stands in for the usual scope: adopted by the request's OpenTelemetry span, whose attributes
    /// its fields become, and left out with `Scope::Off`. Declare `trace_id = tracing::field::Empty` to
    /// have it filled in for the log lines. A filter that disables the span takes the prefix of the log
    /// lines, nothing else: give it the level ERROR, and a target that your filter lets pass.
    ///
    /// ```
    /// use tracing::field::Empty;
    /// use traceprop_http::ServerLayer;
    ///
    /// let layer = ServerLayer::new().make_scope(|head| {
    ///     let tenant = head.headers.get("x-tenant").and_then(|tenant| tenant.to_str().ok());
    ///     tracing::error_span!("request", trace_id = Empty, tenant)
    /// });
    /// # let _ = layer;
    /// ```
    pub fn make_scope(
        mut self,
        make: impl Fn(&RequestHead<'_>) -> tracing::Span + Send + Sync + 'static,
    ) -> Self {
        self.settings().make_scope = Some(Function(Arc::new(make)));
        self
    }
}

/// What to do with each call.
impl ServerLayer {
    /// Runs `hook` when a call has started, before the service sees the request. Default: nothing.
    ///
    /// The call gives the span (`call.context().span()`), and takes attributes, labels for the metrics
    /// and a route. Costs what the function does, also for calls that are not sampled:
    /// `call.is_recording()` tells.
    ///
    /// ```
    /// use traceprop_core::opentelemetry::KeyValue;
    /// use traceprop_http::ServerLayer;
    ///
    /// let layer = ServerLayer::new().on_request(|call, head| {
    ///     let is_mobile = head.headers.contains_key("x-app-version");
    ///     call.set_attribute(KeyValue::new("app.mobile", is_mobile));
    /// });
    /// # let _ = layer;
    /// ```
    pub fn on_request(
        mut self,
        hook: impl Fn(&mut Call, &RequestHead<'_>) + Send + Sync + 'static,
    ) -> Self {
        self.settings().hooks.on_request = Some(Arc::new(hook));
        self
    }

    /// Runs `hook` when the response's head is there, or the error that came in its place: without a
    /// response then. Default: nothing.
    ///
    /// The outcome is what the call ends with, unless its body changes that later, which a
    /// [recorder](Self::recorder) is told. A call whose future is dropped is cancelled without the hook.
    ///
    /// ```
    /// use traceprop_core::opentelemetry::KeyValue;
    /// use traceprop_http::ServerLayer;
    ///
    /// let layer = ServerLayer::new().on_response(|call, response, outcome| {
    ///     let cached = response.is_some_and(|response| response.headers.contains_key("x-cache"));
    ///     call.set_attribute(KeyValue::new("app.cached", cached && outcome.error_type().is_none()));
    /// });
    /// # let _ = layer;
    /// ```
    pub fn on_response(
        mut self,
        hook: impl Fn(&mut Call, Option<&ResponseHead<'_>>, &Outcome) + Send + Sync + 'static,
    ) -> Self {
        self.settings().hooks.on_response = Some(Arc::new(hook));
        self
    }

    /// Writes the trace's id into a header of each response. Default: nothing.
    ///
    /// It tells callers the ids of traces, which is all that it tells them; strangers need not know.
    /// Costs two short strings.
    pub fn trace_response(mut self, header: TraceResponse) -> Self {
        self.settings().trace_response = Some(header);
        self
    }

    /// The request headers that carry a trace: what a browser must be allowed to send.
    ///
    /// See the [module](super#browsers) for an example.
    #[must_use]
    pub fn request_header_names(&self) -> Vec<HeaderName> {
        let mut names = Vec::new();
        self.shared().options.for_each_field(|field| {
            names.extend(HeaderName::try_from(field));
        });
        names
    }

    /// The response headers that carry a trace's id: what a script in a browser must be allowed to
    /// read. None without [`trace_response`](Self::trace_response).
    #[must_use]
    pub fn response_header_names(&self) -> Vec<HeaderName> {
        let header = self.shared().trace_response;
        header
            .map(|header| header.name().clone())
            .into_iter()
            .collect()
    }
}
