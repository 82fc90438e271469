//! What the path of a request was made from.

use std::sync::Arc;

/// The template of a request's path, `url.template`: it names the span, `{method} {template}`.
///
/// Put it into the extensions of the request; in `reqwest-middleware` that is `with_extension`. It must
/// be a template and never the path, since it is a name and may be a label of the metrics.
///
/// ```
/// use traceprop_http::client::UrlTemplate;
///
/// let request = http::Request::get("http://orders.internal/orders/7")
///     .extension(UrlTemplate::new("/orders/{id}"))
///     .body(String::new())?;
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlTemplate(pub(crate) Arc<str>);

impl UrlTemplate {
    /// A template such as `/orders/{id}`. An `Arc<str>` that is kept somewhere is not copied.
    #[must_use]
    pub fn new(template: impl Into<Arc<str>>) -> Self {
        Self(template.into())
    }
}
