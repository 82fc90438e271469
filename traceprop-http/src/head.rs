//! What filters and route functions see of a request.

use std::fmt;
use std::sync::Arc;

use http::{Extensions, HeaderMap, Method, Request, Response, StatusCode, Uri, Version};

/// A request without its body.
///
/// ```
/// use traceprop_http::{RequestHead, ServerLayer};
///
/// let layer = ServerLayer::new().filter(|head: &RequestHead<'_>| head.uri.path() != "/health");
/// # let _ = layer;
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RequestHead<'a> {
    /// The method.
    pub method: &'a Method,
    /// The target.
    pub uri: &'a Uri,
    /// The protocol's version.
    pub version: Version,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// What servers and layers further out attached.
    pub extensions: &'a Extensions,
}

impl<'a> RequestHead<'a> {
    pub(crate) fn of<B>(request: &'a Request<B>) -> Self {
        Self {
            method: request.method(),
            uri: request.uri(),
            version: request.version(),
            headers: request.headers(),
            extensions: request.extensions(),
        }
    }

    /// `1.1`, `2` and so on.
    pub(crate) fn protocol_version(&self) -> Option<&'static str> {
        version_name(self.version)
    }

    /// `https` where the target says so, else `http`.
    pub(crate) fn scheme(&self) -> &'static str {
        if self.uri.scheme() == Some(&http::uri::Scheme::HTTPS) {
            "https"
        } else {
            "http"
        }
    }
}

/// A response without its body.
///
/// ```
/// use traceprop_http::{ResponseHead, ServerLayer};
///
/// let is_cached = |head: &ResponseHead<'_>| head.headers.contains_key("x-cache");
/// let layer = ServerLayer::new().on_response(move |call, response, _| {
///     call.set_label("cached", if response.is_some_and(is_cached) { "yes" } else { "no" });
/// });
/// # let _ = layer;
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ResponseHead<'a> {
    /// The status.
    pub status: StatusCode,
    /// The protocol's version.
    pub version: Version,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// What clients and layers further in attached.
    pub extensions: &'a Extensions,
}

impl<'a> ResponseHead<'a> {
    pub(crate) fn of<B>(response: &'a Response<B>) -> Self {
        Self {
            status: response.status(),
            version: response.version(),
            headers: response.headers(),
            extensions: response.extensions(),
        }
    }
}

/// `1.1`, `2` and so on.
pub(crate) fn version_name(version: Version) -> Option<&'static str> {
    match version {
        Version::HTTP_09 => Some("0.9"),
        Version::HTTP_10 => Some("1.0"),
        Version::HTTP_11 => Some("1.1"),
        Version::HTTP_2 => Some("2"),
        Version::HTTP_3 => Some("3"),
        _ => None,
    }
}

/// Whether a request is traced.
#[derive(Clone)]
pub(crate) struct Filter(Arc<dyn Fn(&RequestHead<'_>) -> bool + Send + Sync>);

impl Filter {
    pub(crate) fn new(filter: impl Fn(&RequestHead<'_>) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(filter))
    }

    pub(crate) fn allows(&self, head: &RequestHead<'_>) -> bool {
        (self.0)(head)
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Filter")
    }
}

/// Finds the route of a request: a template, never the path.
#[derive(Clone)]
pub(crate) struct Route(Arc<FindRoute>);

type FindRoute = dyn Fn(&RequestHead<'_>) -> Option<Arc<str>> + Send + Sync;

impl Route {
    pub(crate) fn new(
        route: impl Fn(&RequestHead<'_>) -> Option<Arc<str>> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(route))
    }

    pub(crate) fn of(&self, head: &RequestHead<'_>) -> Option<Arc<str>> {
        (self.0)(head)
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Route")
    }
}
