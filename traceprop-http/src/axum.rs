//! axum's matched path: the one place that names axum.

use std::sync::Arc;

use http::Extensions;

#[cfg(feature = "axum")]
pub(crate) fn matched_path(extensions: &Extensions) -> Option<Arc<str>> {
    extensions
        .get::<axum::extract::MatchedPath>()
        .map(|path| path.as_str().into())
}

/// Knows no route: the `axum` feature is off.
#[cfg(not(feature = "axum"))]
pub(crate) fn matched_path(_extensions: &Extensions) -> Option<Arc<str>> {
    None
}
