//! The layer and its settings.

use tower_layer::Layer;
use traceprop_core::call::{Options, Scope};

use super::service::Client;
use crate::head::{Filter, RequestHead};

/// Traces every request that a client sends, and injects the context into its headers.
///
/// Each request is a CLIENT span named `{method}`, child of the current context. It ends when the
/// response's headers are there, or with the error; 4xx and 5xx are failures here.
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
    options: Options,
    filter: Option<Filter>,
}

impl ClientLayer {
    /// The defaults: every request is traced and carries the context, with no log scope and no
    /// metrics.
    pub fn new() -> Self {
        Self {
            options: Options::new("traceprop-http", Scope::Off),
            filter: None,
        }
    }

    /// Traces only the requests that `filter` allows. Default: all.
    ///
    /// The others go out as they are, without the context.
    pub fn filter(
        mut self,
        filter: impl Fn(&RequestHead<'_>) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.filter = Some(Filter::new(filter));
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
