//! The URL of an OTLP endpoint: checked at the start, and never printed with its secrets.

use std::fmt;

/// An endpoint's URL, and the parts that decide something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    url: String,
    /// `host:port`, without user info.
    address: String,
    path: String,
    port: Option<u16>,
}

// url = "http://" [ userinfo "@" ] host [ ":" port ] [ "/" path ] [ "?" query ]     (RFC 3986 §3)

impl Endpoint {
    /// # Errors
    ///
    /// Says what is wrong, in words that go on from "the endpoint".
    pub(super) fn parse(url: &str) -> Result<Self, &'static str> {
        let (scheme, rest) = url
            .split_once("://")
            .ok_or("has no scheme: write http://host:port")?;
        if scheme.eq_ignore_ascii_case("https") {
            return Err(
                "asks for TLS, which is not built in: use http:// to a local collector, or give \
                 the builder an exporter with TLS",
            );
        }
        if !scheme.eq_ignore_ascii_case("http") {
            return Err("is no http:// URL");
        }
        if rest.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err("has white space or control characters in it");
        }
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let address = match authority.rsplit_once('@') {
            Some((_user_info, address)) => address,
            None => authority,
        };
        // The colons of an IPv6 address are inside brackets.
        let after_host = address.rfind(']').map_or(0, |at| at + 1);
        let (host_end, port) = match address.get(after_host..).and_then(|tail| tail.rfind(':')) {
            None => (address.len(), None),
            Some(at) => {
                let digits = address.get(after_host + at + 1..).unwrap_or_default();
                let port = digits.parse().map_err(|_| "has no valid port")?;
                (after_host + at, Some(port))
            }
        };
        if host_end == 0 {
            return Err("has no host");
        }
        let path_end = path.find(['?', '#']).unwrap_or(path.len());
        let (path, _query) = path.split_at(path_end);
        Ok(Self {
            url: url.to_owned(),
            address: address.to_owned(),
            path: path.trim_end_matches('/').to_owned(),
            port,
        })
    }

    /// The same with `path` after its own, for an endpoint that is the base of several signals.
    pub(super) fn join(mut self, path: &str) -> Self {
        let base = self.url.find(['?', '#']).unwrap_or(self.url.len());
        self.url.truncate(base);
        self.url = format!("{}{path}", self.url.trim_end_matches('/'));
        self.path.push_str(path);
        self
    }

    pub(super) fn port(&self) -> Option<u16> {
        self.port
    }

    /// The URL as it was given, with what must not be printed.
    pub(super) fn url(&self) -> &str {
        &self.url
    }
}

/// Leaves out user info, query and fragment.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}{}", self.address, self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table() {
        #[rustfmt::skip]
        let table = [
            // url                               port         printed
            ("http://localhost:4318",            Some(4318),  "http://localhost:4318"),
            ("HTTP://localhost",                 None,        "http://localhost"),
            ("http://[::1]:4317",                Some(4317),  "http://[::1]:4317"),
            ("http://[::1]",                     None,        "http://[::1]"),
            ("http://u:p@host:4317/",            Some(4317),  "http://host:4317"),
            ("http://u:p@evil@host:1/x?key=s#f", Some(1),     "http://host:1/x"),
            ("http://host?key=secret",           None,        "http://host"),
        ];
        for (url, port, printed) in table {
            let endpoint = Endpoint::parse(url).unwrap();
            assert_eq!(endpoint.port(), port, "{url}");
            assert_eq!(endpoint.to_string(), printed, "{url}");
            assert_eq!(endpoint.url(), url);
        }
        for url in [
            "",
            "localhost:4317",
            "https://host",
            "ftp://host",
            "http://",
            "http://:4317",
            "http://u@",
            "http://host:",
            "http://host:99999",
            "http://ho st",
            "http://host\r\n",
        ] {
            assert!(Endpoint::parse(url).is_err(), "{url}");
        }
    }

    #[test]
    fn a_base_gets_the_signals_path() {
        #[rustfmt::skip]
        let table = [
            ("http://h:1",         "http://h:1/v1/traces"),
            ("http://h:1/",        "http://h:1/v1/traces"),
            ("http://u:p@h/otlp/", "http://u:p@h/otlp/v1/traces"),
            ("http://h/otlp?a=b",  "http://h/otlp/v1/traces"),
        ];
        for (base, want) in table {
            let joined = Endpoint::parse(base).unwrap().join("/v1/traces");
            assert_eq!(joined.url(), want);
            assert!(joined.to_string().ends_with("/v1/traces"), "{joined}");
        }
    }
}
