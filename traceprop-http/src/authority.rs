//! The server's name as a request gives it.
//!
//! ```text
//! Host     = uri-host [ ":" port ]                                       (RFC 9110 §7.2)
//! uri-host = "[" IPv6address "]" / reg-name / IPv4address                (RFC 3986 §3.2.2)
//! reg-name = *( unreserved / pct-encoded / sub-delims )
//! ```

use std::net::Ipv6Addr;

use http::header::HOST;
use http::uri::Authority;

use crate::head::RequestHead;
use crate::recent::{self, Host};

/// Host and port of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Address<'a> {
    /// A name, or an address without brackets.
    pub(crate) host: &'a str,
    pub(crate) port: Option<u16>,
}

impl<'a> Address<'a> {
    pub(crate) fn of_authority(authority: &'a Authority) -> Option<Self> {
        let host = authority.host();
        let address = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        (!host.is_empty()).then(|| Self {
            host: address.unwrap_or(host),
            port: authority.port_u16(),
        })
    }

    // Not `Authority`, which copies what it parses.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (host, port) = rest.split_once(']')?;
                host.parse::<Ipv6Addr>().ok()?;
                (host, port)
            }
            None => {
                let end = text.bytes().position(|byte| byte == b':');
                let (host, port) = text.split_at(end.unwrap_or(text.len()));
                (!host.is_empty() && host.bytes().all(is_in_name)).then_some((host, port))?
            }
        };
        let port = match port.strip_prefix(':') {
            None if port.is_empty() => None,
            None => return None,
            Some("") => None,
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                Some(digits.parse().ok()?)
            }
            Some(_) => return None,
        };
        Some(Self { host, port })
    }
}

/// The server as the target's authority names it (`:authority` in HTTP/2), else `Host`.
///
/// A client chose it: it is good for an attribute, and no label of a metric.
pub(crate) fn host(head: &RequestHead<'_>) -> Option<Host> {
    if let Some(authority) = head.uri.authority() {
        return Address::of_authority(authority).map(Host::from);
    }
    let mut hosts = head.headers.get_all(HOST).iter();
    let host = hosts.next()?;
    // RFC 9112 §3.2: more than one is an error, and no name.
    if hosts.next().is_some() {
        return None;
    }
    recent::host(host.as_bytes())
}

fn is_in_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=%".contains(&byte)
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    /// What it shows, the target, the `Host` headers, and host and port.
    type Row = (&'static str, &'static str, &'static [&'static str], Want);
    type Want = Option<(&'static str, Option<u16>)>;

    #[test]
    fn address_table() {
        #[rustfmt::skip]
        let table: [Row; 15] = [
            ("host header",       "/",                      &["shop.example"],        Some(("shop.example", None))),
            ("with a port",       "/",                      &["shop.example:8080"],   Some(("shop.example", Some(8080)))),
            ("an empty port",     "/",                      &["shop.example:"],       Some(("shop.example", None))),
            ("v4",                "/",                      &["10.0.0.1:80"],         Some(("10.0.0.1", Some(80)))),
            ("v6",                "/",                      &["[::1]:80"],            Some(("::1", Some(80)))),
            ("target first",      "http://a.example:1/",    &["b.example"],           Some(("a.example", Some(1)))),
            ("target v6",         "http://[::1]:1/",        &[],                      Some(("::1", Some(1)))),
            ("two hosts",         "/",                      &["a.example", "b.b"],    None),
            ("a space",           "/",                      &["a b"],                 None),
            ("no v6",             "/",                      &["[x]:80"],              None),
            ("no port",           "/",                      &["a:b"],                 None),
            ("a sign",            "/",                      &["a:+80"],               None),
            ("too large a port",  "/",                      &["a:65536"],             None),
            ("user info",         "/",                      &["me@a"],                None),
            ("none",              "/",                      &[],                      None),
        ];
        for (name, uri, hosts, want) in table {
            let mut request = Request::get(uri);
            for host in hosts {
                request = request.header(HOST, *host);
            }
            let request = request.body(()).unwrap();
            let head = RequestHead::of(&request);
            let got = host(&head);
            let got = got.as_ref().map(|host| (&*host.name, host.port));
            assert_eq!(got, want, "{name}");
        }
    }
}
