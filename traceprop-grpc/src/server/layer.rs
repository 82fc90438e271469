//! The layer and its settings.

use std::sync::Arc;

use tower_layer::Layer;
use traceprop_core::call::{Options, Scope};

use super::service::Server;

/// Traces every call that a gRPC server answers, to the end of its stream.
///
/// Each call is a SERVER span named `pkg.Service/Method`, child of the context in its metadata, and a
/// log scope with `trace_id` and `method`. Its status is the one in the trailers, or wherever else
/// gRPC puts it. UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE and DATA_LOSS are
/// failures here; the other codes are the caller's.
///
/// A method that nobody serves is recorded as `_OTHER`, so that strangers mint no names.
///
/// ```
/// use tonic::service::Routes;
/// use tower::ServiceBuilder;
/// use traceprop_grpc::ServerLayer;
///
/// let service = ServiceBuilder::new().layer(ServerLayer::new()).service(Routes::default());
/// # let _ = service;
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct ServerLayer {
    options: Options,
}

impl ServerLayer {
    /// The defaults: every call is traced, with a linked log scope and no metrics.
    pub fn new() -> Self {
        Self {
            options: Options::new("traceprop-grpc", Scope::Linked),
        }
    }

    traceprop_core::option_setters!(options);
}

impl Default for ServerLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Layer<S> for ServerLayer {
    type Service = Server<S>;

    fn layer(&self, inner: S) -> Server<S> {
        Server::new(inner, Arc::new(self.options.clone()))
    }
}
