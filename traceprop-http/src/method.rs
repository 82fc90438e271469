//! Request methods as the conventions name them.

use std::sync::{Mutex, OnceLock, PoisonError};

use http::Method;

/// What stands for a method that is not known: strangers choose methods, and must not mint labels.
pub(crate) const OTHER: &str = "_OTHER";

/// The variable with the known methods, a comma between them; it replaces [`DEFAULT`].
const VARIABLE: &str = "OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS";

/// RFC 9110 §9, PATCH (RFC 5789), and QUERY as the conventions list it; the common ones first.
const DEFAULT: &[&str] = &[
    "GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "CONNECT", "TRACE", "QUERY",
];

/// The methods that are recorded under their own name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Methods(&'static [&'static str]);

impl Methods {
    /// What the environment says, read once; else the default.
    pub(crate) fn from_env() -> Self {
        static METHODS: OnceLock<Methods> = OnceLock::new();
        *METHODS.get_or_init(|| match std::env::var(VARIABLE) {
            // OpenTelemetry has an empty variable mean the same as none.
            Ok(list) if !list.trim().is_empty() => Self::new(
                list.split(',')
                    .map(str::trim)
                    .filter(|name| !name.is_empty()),
            ),
            _ => Self(DEFAULT),
        })
    }

    /// Exactly these. They live as long as the process: facts and labels hold them as `&'static str`.
    pub(crate) fn new(names: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let names: Vec<_> = names
            .into_iter()
            .map(|name| forever(name.as_ref()))
            .collect();
        Self(names.leak())
    }

    /// The method's own name if it is known, else [`OTHER`]. Case matters (RFC 9110 §9.1).
    pub(crate) fn known(self, method: &Method) -> &'static str {
        let method = method.as_str();
        let mut names = self.0.iter().copied();
        names.find(|known| *known == method).unwrap_or(OTHER)
    }
}

/// How a known method, or [`OTHER`], is written in a span's name.
pub(crate) fn in_name(known: &'static str) -> &'static str {
    if known == OTHER { "HTTP" } else { known }
}

/// The name as a static string. What a program configures again and again is kept once.
fn forever(name: &str) -> &'static str {
    static KEPT: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let found = DEFAULT
        .iter()
        .chain(kept.iter())
        .find(|kept| **kept == name);
    found.copied().unwrap_or_else(|| {
        let name = &*String::from(name).leak();
        kept.push(name);
        name
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn method(name: &str) -> Method {
        Method::from_bytes(name.as_bytes()).unwrap()
    }

    #[test]
    fn a_strangers_method_is_other() {
        let table = [
            ("GET", "GET"),
            ("QUERY", "QUERY"),
            ("get", OTHER),
            ("X-SECRET", OTHER),
        ];
        for (name, want) in table {
            assert_eq!(Methods(DEFAULT).known(&method(name)), want);
        }
        assert_eq!(in_name(OTHER), "HTTP");
    }

    #[test]
    fn a_list_replaces_the_default() {
        let methods = Methods::new(["GET", "PROPFIND"]);
        for (name, want) in [("GET", "GET"), ("PROPFIND", "PROPFIND"), ("POST", OTHER)] {
            assert_eq!(methods.known(&method(name)), want);
        }
        let again = Methods::new(["PROPFIND"]).known(&method("PROPFIND"));
        assert!(std::ptr::eq(again, methods.known(&method("PROPFIND"))));
    }
}
