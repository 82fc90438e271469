//! The server's name as a request gives it.

use http::header::HOST;
use http::uri::Authority;

use crate::head::RequestHead;

/// Host and port of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
}

impl Address {
    /// From the target's authority (`:authority` in HTTP/2), else from `Host`.
    ///
    /// A client chose it: it is good for an attribute, and no label of a metric.
    pub(crate) fn of(head: &RequestHead<'_>) -> Option<Self> {
        if let Some(authority) = head.uri.authority() {
            return Self::from_authority(authority);
        }
        let mut hosts = head.headers.get_all(HOST).iter();
        let host = hosts.next()?;
        // RFC 9112 §3.2: more than one is an error, and no name.
        if hosts.next().is_some() {
            return None;
        }
        Self::from_authority(&Authority::try_from(host.as_bytes()).ok()?)
    }

    fn from_authority(authority: &Authority) -> Option<Self> {
        let host = authority.host();
        (!host.is_empty()).then(|| Self {
            host: host.to_owned(),
            port: authority.port_u16(),
        })
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn address(uri: &str, hosts: &[&str]) -> Option<(String, Option<u16>)> {
        let mut request = Request::get(uri);
        for host in hosts {
            request = request.header(HOST, *host);
        }
        let request = request.body(()).unwrap();
        Address::of(&RequestHead::of(&request)).map(|address| (address.host, address.port))
    }

    #[test]
    fn address_table() {
        let named = |host: &str, port| Some((host.to_owned(), port));
        let table: [(&str, &str, &[&str], _); 7] = [
            (
                "host header",
                "/",
                &["shop.example"],
                named("shop.example", None),
            ),
            (
                "with a port",
                "/",
                &["shop.example:8080"],
                named("shop.example", Some(8080)),
            ),
            ("v6", "/", &["[::1]:80"], named("[::1]", Some(80))),
            (
                "target first",
                "http://a.example:1/",
                &["b.example"],
                named("a.example", Some(1)),
            ),
            ("two hosts", "/", &["a.example", "b.example"], None),
            ("garbage", "/", &["a b"], None),
            ("none", "/", &[], None),
        ];
        for (name, uri, hosts, want) in table {
            assert_eq!(address(uri, hosts), want, "{name}");
        }
    }
}
