//! The layer and its settings.

use tower_layer::Layer;
use traceprop_core::call::{Options, Scope};

use super::service::Client;
use super::settings::{Settings, client_setters};

/// Traces every request that a client sends, and injects the context into its headers.
///
/// Each request is a CLIENT span named `{method} {url.template}`, or `{method}` where the request holds
/// no [`UrlTemplate`](super::UrlTemplate), child of the current context. It ends when the response's
/// headers are there, or with the error; 4xx and 5xx are failures here. Inside of a layer that retries,
/// each attempt has a span of its own; see [`Attempts`](super::Attempts).
///
/// It wraps any tower service of `http::Request`, such as hyper's clients, and a `reqwest::Client`
/// (feature `reqwest`).
///
/// ```
/// use tower::ServiceBuilder;
/// use traceprop_http::ClientLayer;
///
/// let client = ServiceBuilder::new().layer(ClientLayer::new()).service_fn(
///     |request: http::Request<String>| async move {
///         assert!(request.headers().len() < 2);
///         Ok::<_, std::convert::Infallible>(http::Response::new(String::new()))
///     },
/// );
/// # let _ = client;
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct ClientLayer {
    pub(crate) options: Options,
    pub(crate) settings: Settings,
}

impl ClientLayer {
    /// The defaults: every request is traced and carries the context, with no log scope and no
    /// metrics.
    pub fn new() -> Self {
        Self {
            options: Options::new("traceprop-http", Scope::Off),
            settings: Settings::default(),
        }
    }

    client_setters!();

    traceprop_core::option_setters!(options);
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
