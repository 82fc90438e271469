//! What a web framework says of a request. No framework is named here.

#[cfg(feature = "axum")]
pub(crate) use crate::axum::{matched_path, peer};

/// Knows no route: no framework's feature is on.
#[cfg(not(feature = "axum"))]
pub(crate) fn matched_path(_: &http::Extensions) -> Option<&str> {
    None
}

/// Knows no peer: no framework's feature is on.
#[cfg(not(feature = "axum"))]
pub(crate) fn peer(_: &http::Extensions) -> Option<std::net::SocketAddr> {
    None
}
