//! Where a request goes.

use http::header::HOST;
use http::uri::Authority;
use http::{HeaderMap, Uri};

use crate::query::{REDACTED, SecretKeys};

/// Where a request goes: the URL, and what of it is an attribute of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target<'a> {
    pub(crate) scheme: Option<&'a str>,
    pub(crate) host: Option<&'a str>,
    pub(crate) port: Option<u16>,
    pub(crate) url: Url<'a>,
}

/// The URL, as it is at hand.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Url<'a> {
    /// Its text without user info, up to the query.
    #[cfg_attr(not(feature = "reqwest"), allow(dead_code, reason = "reqwest has it"))]
    Text {
        front: &'a str,
        query: Option<&'a str>,
    },
    /// What follows the scheme, the host and the port.
    Parts {
        has_user_info: bool,
        path: &'a str,
        query: Option<&'a str>,
    },
}

impl<'a> Target<'a> {
    /// From the target itself; else, where it is a path alone, from `Host`.
    pub(crate) fn of(uri: &'a Uri, headers: &'a HeaderMap) -> Self {
        let named = match uri.authority() {
            Some(authority) => Some((authority.host(), authority.port_u16())),
            None => host_header(headers),
        };
        let named = named.filter(|(host, _)| !host.is_empty());
        let authority = uri.authority();
        Self {
            scheme: uri.scheme_str(),
            host: named.map(|(host, _)| host),
            port: named.and_then(|(_, port)| port),
            url: Url::Parts {
                has_user_info: authority.is_some_and(|it| it.as_str().contains('@')),
                path: uri.path(),
                query: uri.query(),
            },
        }
    }

    pub(crate) fn scheme(&self) -> &'static str {
        match self.scheme {
            Some("https") => "https",
            _ => "http",
        }
    }

    pub(crate) fn port_or_default(&self) -> u16 {
        let default = if self.scheme() == "https" { 443 } else { 80 };
        self.port.unwrap_or(default)
    }

    /// The value of `url.full`: without credentials, and with the query only where `secrets` says which
    /// of its values are.
    pub(crate) fn full(&self, secrets: Option<&SecretKeys>) -> String {
        match self.url {
            Url::Text { front, query } => with_query(front.to_owned(), query, secrets),
            Url::Parts {
                has_user_info,
                path,
                query,
            } => with_query(self.front(has_user_info, path), query, secrets),
        }
    }

    /// All that stands before the query.
    fn front(&self, has_user_info: bool, path: &str) -> String {
        let mut front = String::with_capacity(path.len() + 64);
        if let Some(host) = self.host {
            front.push_str(self.scheme.unwrap_or("http"));
            front.push_str("://");
            if has_user_info {
                front.push_str(REDACTED);
                front.push(':');
                front.push_str(REDACTED);
                front.push('@');
            }
            front.push_str(host);
            if let Some(port) = self.port {
                front.push(':');
                front.push_str(&port.to_string());
            }
        }
        front.push_str(path);
        front
    }
}

fn with_query(mut front: String, query: Option<&str>, secrets: Option<&SecretKeys>) -> String {
    if let (Some(query), Some(secrets)) = (query, secrets) {
        front.push('?');
        front.push_str(&secrets.redact(query));
    }
    front
}

/// The host and the port in `Host`, where there is one such header and it holds no more than that.
fn host_header(headers: &HeaderMap) -> Option<(&str, Option<u16>)> {
    let mut lines = headers.get_all(HOST).iter();
    let (line, another) = (lines.next()?.to_str().ok()?, lines.next());
    if another.is_some() || line.contains('@') {
        return None;
    }
    let authority = Authority::try_from(line).ok()?;
    Some((line.get(..authority.host().len())?, authority.port_u16()))
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn full(uri: &str, host: &str, secrets: Option<&SecretKeys>) -> String {
        let request = Request::get(uri).header(HOST, host).body(()).unwrap();
        Target::of(request.uri(), request.headers()).full(secrets)
    }

    #[test]
    fn url_table() {
        let secrets = SecretKeys::default();
        #[rustfmt::skip]
        let table = [
            // what it shows          uri                             host           url.full
            ("credentials",           "http://u:p@a.example:81/x",    "b",           "http://REDACTED:REDACTED@a.example:81/x"),
            ("a user alone",          "http://u@a.example/",          "b",           "http://REDACTED:REDACTED@a.example/"),
            ("an empty path",         "https://a.example",            "b",           "https://a.example/"),
            ("v6",                    "http://[::1]:8080/x",          "b",           "http://[::1]:8080/x"),
            ("a path and a host",     "/x?q=1",                       "b.example:8", "http://b.example:8/x"),
            ("a path alone",          "/x?q=1",                       "",            "/x"),
            ("a host with more",      "/x",                           "u@b.example", "/x"),
        ];
        for (name, uri, host, want) in table {
            assert_eq!(full(uri, host, None), want, "{name}");
        }
        let uri = "https://a.example/x?sig=s3cret&a=1";
        assert_eq!(full(uri, "b", None), "https://a.example/x");
        assert_eq!(
            full(uri, "b", Some(&secrets)),
            "https://a.example/x?sig=REDACTED&a=1"
        );
    }

    #[test]
    fn two_hosts_are_none() {
        let request = Request::get("/").header(HOST, "a").header(HOST, "b");
        let request = request.body(()).unwrap();
        assert_eq!(Target::of(request.uri(), request.headers()).host, None);
    }
}
