//! What filters and hooks see of a call before it starts.

use std::fmt;
use std::sync::Arc;

use http::{Extensions, HeaderMap, Request, Uri};

use crate::method;

/// A call without its messages.
///
/// ```
/// use traceprop_grpc::{RequestHead, ServerLayer};
///
/// let layer = ServerLayer::new().filter(|head: &RequestHead<'_>| head.service() != "shop.v1.Ping");
/// # let _ = layer;
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RequestHead<'a> {
    /// The target; its path is `/pkg.Service/Method`.
    pub uri: &'a Uri,
    /// The metadata, as headers. Values under `-bin` names are base64.
    pub headers: &'a HeaderMap,
    /// What servers and layers further out attached.
    pub extensions: &'a Extensions,
}

impl<'a> RequestHead<'a> {
    pub(crate) fn of<B>(request: &'a Request<B>) -> Self {
        Self {
            uri: request.uri(),
            headers: request.headers(),
            extensions: request.extensions(),
        }
    }

    /// `pkg.Service/Method` as the caller has it; empty where the path is none of gRPC's.
    #[must_use]
    pub fn method(&self) -> &'a str {
        method::in_path(self.uri.path()).unwrap_or_default()
    }

    /// `pkg.Service` as the caller has it; empty where the path is none of gRPC's.
    #[must_use]
    pub fn service(&self) -> &'a str {
        let service = self.method().split_once('/');
        service.map_or("", |(service, _)| service)
    }
}

/// Whether something holds for a call.
#[derive(Clone)]
pub(crate) struct Filter(Arc<dyn Fn(&RequestHead<'_>) -> bool + Send + Sync>);

impl Filter {
    pub(crate) fn new(filter: impl Fn(&RequestHead<'_>) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(filter))
    }

    /// Refuses `tonic-health`'s service, and whatever else is in its package.
    pub(crate) fn no_health_checks() -> Self {
        Self::new(|head| !head.uri.path().starts_with("/grpc.health."))
    }

    /// Refuses `tonic-reflection`'s service, in each version.
    pub(crate) fn no_reflection() -> Self {
        Self::new(|head| !head.uri.path().starts_with("/grpc.reflection."))
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
