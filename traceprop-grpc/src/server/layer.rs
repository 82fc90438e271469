//! The layer and its settings.

use std::borrow::Cow;
use std::sync::Arc;

use tonic::server::NamedService;
use tower_layer::Layer;
use traceprop_core::call::Scope;

use super::service::Server;
use crate::ending::Side;
use crate::head::{Filter, RequestHead};
use crate::method::Served;
use crate::settings::{Common, common_setters};

/// Traces every call that a gRPC server answers, to the end of its stream.
///
/// Each call is a SERVER span named `pkg.Service/Method`, child of the context in its metadata, and a
/// log scope with `trace_id` and `method`. Its status is the one in the trailers, or wherever else
/// gRPC puts it. UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE and DATA_LOSS are
/// failures here; the other codes are the caller's.
///
/// A method that nobody serves is recorded as `_OTHER`, so that strangers mint no names: one that was
/// answered with UNIMPLEMENTED, or, better, one that is not listed. List what is served with
/// [`service`](Self::service) or [`services`](Self::services): a method of yours may then say
/// UNIMPLEMENTED and keep its name, and samplers see no stranger's either.
///
/// What is not gRPC runs as if the layer were not there: requests other than POST, and those whose
/// content type is not one of `application/grpc`. So it can stand in front of a server that has axum's
/// routes, too.
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
    settings: Arc<Settings>,
}

#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) common: Common,
    pub(super) served: Served,
    pub(super) trace_bin: bool,
    is_public: Option<Filter>,
}

impl ServerLayer {
    /// The defaults: every call is traced, with a linked log scope and no metrics.
    pub fn new() -> Self {
        Self {
            settings: Arc::new(Settings {
                common: Common::new(Scope::Linked),
                served: Served::default(),
                trace_bin: false,
                is_public: None,
            }),
        }
    }

    fn settings(&mut self) -> &mut Settings {
        Arc::make_mut(&mut self.settings)
    }

    /// Lists a service as one that is served here; every other one is `_OTHER` from then on. Default:
    /// none is listed, and a call that was answered with UNIMPLEMENTED is `_OTHER`.
    ///
    /// ```
    /// use tonic_health::pb::health_server::{Health, HealthServer};
    /// use traceprop_grpc::ServerLayer;
    ///
    /// fn layer<H: Health>() -> ServerLayer {
    ///     ServerLayer::new().service::<HealthServer<H>>()
    /// }
    /// ```
    pub fn service<S: NamedService>(mut self) -> Self {
        self.settings().served.add(S::NAME);
        self
    }

    /// Lists what is served here by name: `pkg.Service` for all of its methods, `pkg.Service/Method` for
    /// one. It adds to what is listed already; every other method is `_OTHER` from then on. Default:
    /// none is listed.
    ///
    /// ```
    /// use traceprop_grpc::ServerLayer;
    ///
    /// let layer = ServerLayer::new().services(["shop.v1.Payments", "shop.v1.Orders/Get"]);
    /// # let _ = layer;
    /// ```
    pub fn services(
        mut self,
        names: impl IntoIterator<Item = impl Into<Cow<'static, str>>>,
    ) -> Self {
        for name in names {
            self.settings().served.add(name);
        }
        self
    }

    /// Treats the calls for which `is_public` says so as those of strangers: each starts a new trace,
    /// which links the caller's. Default: no call, unless the whole layer has
    /// [`Edge::NewTrace`](traceprop_core::call::Edge::NewTrace).
    pub fn public_endpoint(
        mut self,
        is_public: impl Fn(&RequestHead<'_>) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.settings().is_public = Some(Filter::new(is_public));
        self
    }

    /// Sets whether a call that came without any context of the propagator's is continued by its
    /// `grpc-trace-bin`, OpenCensus's [binary format], which older services of gRPC send. Default:
    /// `false`.
    ///
    /// It stands in for a `traceparent`, so the propagator must be one that reads that. It is never
    /// written.
    ///
    /// [binary format]: https://github.com/census-instrumentation/opencensus-specs/blob/master/encodings/BinaryEncoding.md
    pub fn read_grpc_trace_bin(mut self, read: bool) -> Self {
        self.settings().trace_bin = read;
        self
    }

    common_setters!(self => self.settings().common);
}

impl Settings {
    pub(super) fn is_stranger(&self, head: &RequestHead<'_>) -> bool {
        let is_public = self.is_public.as_ref();
        is_public.is_some_and(|is_public| is_public.allows(head))
    }

    pub(super) fn side(&self) -> Side {
        Side::Server {
            lists_services: self.served.is_listed(),
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
        Server::new(inner, Arc::clone(&self.settings))
    }
}
