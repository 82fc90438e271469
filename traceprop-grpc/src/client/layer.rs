//! The layer and its settings.

use std::sync::Arc;

use tower_layer::Layer;
use traceprop_core::call::{Options, Scope};

use super::service::Client;

/// Traces every call that a gRPC client makes, to the end of its stream, and injects the context
/// into its metadata.
///
/// Each call is a CLIENT span named `pkg.Service/Method`, child of the current context. Every status
/// but OK is a failure here. Give the channel to it, and the client to that:
/// `PaymentsClient::new(ServiceBuilder::new().layer(ClientLayer::new()).service(channel))`.
///
/// ```
/// use traceprop_grpc::ClientLayer;
///
/// let layer = ClientLayer::new().server("payments.internal", 50051);
/// # let _ = layer;
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct ClientLayer {
    options: Options,
    server: Option<(Arc<str>, u16)>,
}

impl ClientLayer {
    /// The defaults: every call is traced and carries the context, with no log scope and no metrics.
    pub fn new() -> Self {
        Self {
            options: Options::new("traceprop-grpc", Scope::Off),
            server: None,
        }
    }

    /// Names the server: `server.address` and `server.port` of the spans and the metrics.
    ///
    /// The layer stands above the channel, where the request has no host yet. Default: what the
    /// request's URI says, mostly nothing.
    pub fn server(mut self, address: impl Into<Arc<str>>, port: u16) -> Self {
        self.server = Some((address.into(), port));
        self
    }

    traceprop_core::option_setters!(options);

    pub(super) fn options(&self) -> &Options {
        &self.options
    }

    pub(super) fn server_of(&self, uri: &http::Uri) -> (Option<Arc<str>>, Option<u16>) {
        match &self.server {
            Some((address, port)) => (Some(Arc::clone(address)), Some(*port)),
            None => (uri.host().map(Arc::from), uri.port_u16()),
        }
    }
}

impl Default for ClientLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Layer<S> for ClientLayer {
    type Service = Client<S>;

    fn layer(&self, inner: S) -> Client<S> {
        Client::new(inner, self.clone())
    }
}
