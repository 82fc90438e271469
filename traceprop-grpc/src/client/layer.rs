//! The layer and its settings.

use std::sync::Arc;

use tower_layer::Layer;
use traceprop_core::call::Scope;

use super::service::Client;
use crate::settings::{Common, common_setters};

/// Traces every call that a gRPC client makes, to the end of its stream, and injects the context
/// into its metadata.
///
/// Each call is a CLIENT span named `pkg.Service/Method`, child of the current context. Every status
/// but OK is a failure here. Give the channel to it, and the client to that:
/// `PaymentsClient::new(ServiceBuilder::new().layer(ClientLayer::new()).service(channel))`.
///
/// The status is the one that tonic tells the caller, with one addition: a call that is dropped after
/// its `grpc-timeout` is DEADLINE_EXCEEDED. tonic itself says CANCELLED where its channel lets a call
/// time out, and so does the span then.
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
    settings: Arc<Settings>,
}

#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) common: Common,
    server: Option<(Arc<str>, u16)>,
}

impl ClientLayer {
    /// The defaults: every call is traced and carries the context, with no log scope and no metrics.
    pub fn new() -> Self {
        Self {
            settings: Arc::new(Settings {
                common: Common::new(Scope::Off),
                server: None,
            }),
        }
    }

    fn settings(&mut self) -> &mut Settings {
        Arc::make_mut(&mut self.settings)
    }

    /// Names the server: `server.address` and `server.port` of the spans and the metrics.
    ///
    /// The layer stands above the channel, where the request has no host yet. Default: what the
    /// request's URI says, mostly nothing.
    pub fn server(mut self, address: impl Into<Arc<str>>, port: u16) -> Self {
        self.settings().server = Some((address.into(), port));
        self
    }

    common_setters!(self => self.settings().common);
}

impl Settings {
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
        Client::new(inner, Arc::clone(&self.settings))
    }
}
