//! Filters that are ready made.

use http::Method;
use http::header::{ACCESS_CONTROL_REQUEST_METHOD, ORIGIN};

use crate::head::{Filter, RequestHead};

/// The paths that orchestrators and load balancers ask again and again.
const HEALTH_CHECKS: [&str; 8] = [
    "/health",
    "/healthz",
    "/live",
    "/livez",
    "/ping",
    "/ready",
    "/readyz",
    "/startupz",
];

/// Refuses the paths of health checks.
pub(super) fn health_checks() -> Filter {
    Filter::new(|head| !HEALTH_CHECKS.contains(&head.uri.path()))
}

/// Refuses these paths, and for those that end with `/*` everything below.
pub(super) fn paths(paths: impl IntoIterator<Item = impl Into<String>>) -> Filter {
    let paths: Vec<String> = paths.into_iter().map(Into::into).collect();
    Filter::new(move |head| {
        !paths
            .iter()
            .any(|pattern| matches(pattern, head.uri.path()))
    })
}

/// Refuses the preflight requests of browsers.
pub(super) fn preflights() -> Filter {
    Filter::new(|head| !is_preflight(head))
}

fn matches(pattern: &str, path: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) if prefix.ends_with('/') => path.starts_with(prefix),
        _ => pattern == path,
    }
}

/// A CORS preflight: [Fetch] §4.8.
///
/// [Fetch]: https://fetch.spec.whatwg.org/#cors-preflight-fetch
fn is_preflight(head: &RequestHead<'_>) -> bool {
    head.method == Method::OPTIONS
        && head.headers.contains_key(ORIGIN)
        && head.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_table() {
        #[rustfmt::skip]
        let table = [
            ("/metrics",    "/metrics",     true),
            ("/metrics",    "/metrics/",    false),
            ("/internal/*", "/internal/a",  true),
            ("/internal/*", "/internal/",   true),
            ("/internal/*", "/internal",    false),
            ("/internal*",  "/internal/a",  false),
            ("/*",          "/anything",    true),
        ];
        for (pattern, path, want) in table {
            assert_eq!(matches(pattern, path), want, "{pattern} {path}");
        }
    }
}
