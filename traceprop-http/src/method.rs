//! Request methods as the conventions name them.

use http::Method;

/// The method of a known kind, or `_OTHER`: strangers choose methods, and must not mint labels.
pub(crate) fn known(method: &Method) -> &'static str {
    // RFC 9110 §9, PATCH (RFC 5789), and QUERY as the conventions list it.
    const KNOWN: [&str; 10] = [
        "GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "CONNECT", "TRACE", "QUERY",
    ];
    let method = method.as_str();
    KNOWN
        .into_iter()
        .find(|known| *known == method)
        .unwrap_or(OTHER)
}

/// How a known method, or [`OTHER`], is written in a span's name.
pub(crate) fn in_name(known: &'static str) -> &'static str {
    if known == OTHER { "HTTP" } else { known }
}

pub(crate) const OTHER: &str = "_OTHER";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strangers_method_is_other() {
        let table = [
            ("GET", "GET"),
            ("QUERY", "QUERY"),
            ("get", OTHER),
            ("X-SECRET", OTHER),
        ];
        for (method, want) in table {
            assert_eq!(known(&Method::from_bytes(method.as_bytes()).unwrap()), want);
        }
        assert_eq!(in_name(OTHER), "HTTP");
    }
}
