//! What proxies say of the request that they passed on.
//!
//! ```text
//! Forwarded         = 1#forwarded-element                                         (RFC 7239 §4)
//! forwarded-element = [ forwarded-pair ] *( ";" [ forwarded-pair ] )
//! forwarded-pair    = token "=" ( token / quoted-string )
//! node              = ( IPv4address / "[" IPv6address "]" / "unknown" / obfnode ) [ ":" node-port ]
//!
//! X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host = a list with commas, no standard
//! ```
//!
//! Each proxy appends to the list, so what one's own proxies saw is at its end, and everything before
//! that is the word of a stranger.

use std::net::{IpAddr, Ipv6Addr};

use http::header::{FORWARDED, HeaderName};
use http::uri::Authority;
use http::{HeaderMap, HeaderValue};

/// The proxies in front of a server, and how they say whom they speak for.
///
/// Only say so where every request comes through them: a caller that reaches the server directly
/// writes these headers as it likes. Only one form is read, since a proxy that writes the one hands a
/// stranger's other one on.
///
/// ```
/// use traceprop_http::{ServerLayer, TrustedProxies};
///
/// // One load balancer, which appends to `X-Forwarded-For`.
/// let layer = ServerLayer::new().trusted_proxies(TrustedProxies::x_forwarded(1));
/// # let _ = layer;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrustedProxies {
    form: Form,
    /// How many they are, at least one.
    hops: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Forwarded,
    XForwarded,
}

impl TrustedProxies {
    /// So many proxies, each of which appends an element to `Forwarded` ([RFC 7239]).
    ///
    /// 0 is taken as 1: without a proxy, set nothing.
    ///
    /// [RFC 7239]: https://www.rfc-editor.org/rfc/rfc7239
    #[must_use]
    pub fn forwarded(proxies: usize) -> Self {
        Self {
            form: Form::Forwarded,
            hops: proxies.max(1),
        }
    }

    /// So many proxies, each of which appends the address it saw to `X-Forwarded-For`. From
    /// `X-Forwarded-Proto` and `X-Forwarded-Host` the value in the same place is taken, or the first
    /// one where the list is shorter.
    ///
    /// 0 is taken as 1: without a proxy, set nothing.
    #[must_use]
    pub fn x_forwarded(proxies: usize) -> Self {
        Self {
            form: Form::XForwarded,
            hops: proxies.max(1),
        }
    }

    /// What the outermost of the proxies saw.
    pub(crate) fn read(self, headers: &HeaderMap) -> Origin {
        match self.form {
            Form::Forwarded => forwarded(headers, self.hops),
            Form::XForwarded => x_forwarded(headers, self.hops),
        }
    }
}

/// The request as it came from the client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) client: Option<IpAddr>,
    pub(crate) scheme: Option<&'static str>,
    pub(crate) host: Option<Authority>,
}

fn forwarded(headers: &HeaderMap, hops: usize) -> Origin {
    let mut origin = Origin::default();
    let Some(element) = from_the_end(headers, &FORWARDED, hops, elements) else {
        return origin;
    };
    for pair in split(element, b';') {
        let Some((name, value)) = pair.split_once('=') else {
            continue;
        };
        let value = unquote(value.trim());
        match name.trim() {
            name if name.eq_ignore_ascii_case("for") => origin.client = node(value),
            name if name.eq_ignore_ascii_case("proto") => origin.scheme = scheme(value),
            name if name.eq_ignore_ascii_case("host") => origin.host = host(value),
            _ => {}
        }
    }
    origin
}

fn x_forwarded(headers: &HeaderMap, hops: usize) -> Origin {
    const FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
    const PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
    const HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
    let value = |name| from_the_end(headers, name, hops, |line| line.split(','));
    Origin {
        client: value(&FOR).and_then(node),
        scheme: value(&PROTO).and_then(scheme),
        host: value(&HOST).and_then(host),
    }
}

/// The element that `nth` others from the end down to it were appended to, or the first one.
///
/// The lines of a repeated header are one list. Twice through it: no list is kept.
fn from_the_end<'a, I: Iterator<Item = &'a str>>(
    headers: &'a HeaderMap,
    name: &HeaderName,
    nth: usize,
    elements: impl Fn(&'a str) -> I,
) -> Option<&'a str> {
    let all = || {
        let lines = headers.get_all(name).iter();
        let lines = lines.map(|line| HeaderValue::to_str(line).unwrap_or_default());
        lines.flat_map(&elements)
    };
    let count = all().count();
    all().nth(count.saturating_sub(nth)).map(str::trim)
}

fn elements(line: &str) -> impl Iterator<Item = &str> {
    split(line, b',')
}

/// Splits at `separator`, but not inside of a quoted string.
fn split(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let (mut quoted, mut escaped) = (false, false);
        let end = text.bytes().position(|byte| {
            let special = !std::mem::take(&mut escaped);
            match byte {
                b'\\' if quoted && special => escaped = true,
                b'"' if special => quoted = !quoted,
                _ => return byte == separator && !quoted,
            }
            false
        });
        // The separators are ASCII, so a character never falls apart.
        let (first, after) = match end {
            Some(end) => (text.get(..end), text.get(end + 1..)),
            None => (Some(text), None),
        };
        rest = after;
        first
    })
}

/// The inside of a quoted string. One with escapes is neither an address nor a host, and fails as such.
fn unquote(value: &str) -> &str {
    let inner = value
        .strip_prefix('"')
        .and_then(|value| value.strip_suffix('"'));
    inner.unwrap_or(value)
}

/// The address of a node, without its port; none for `unknown` and for what hides behind a name.
fn node(value: &str) -> Option<IpAddr> {
    let value = value.trim();
    if let Some(rest) = value.strip_prefix('[') {
        let (address, _port) = rest.split_once(']')?;
        return address.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    }
    // Without brackets an IPv6 address is no node, but X-Forwarded-For has them.
    if let Ok(address) = value.parse() {
        return Some(address);
    }
    let (address, _port) = value.split_once(':')?;
    address.parse().ok().map(IpAddr::V4)
}

fn scheme(value: &str) -> Option<&'static str> {
    let known = ["http", "https"];
    known
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(value))
}

fn host(value: &str) -> Option<Authority> {
    Authority::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header's name and value.
    type Line = (&'static str, &'static str);

    fn read(proxies: TrustedProxies, lines: &[Line]) -> [String; 3] {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_static(value));
        }
        let Origin {
            client,
            scheme,
            host,
        } = proxies.read(&headers);
        [
            client.map(|it| it.to_string()).unwrap_or_default(),
            scheme.unwrap_or_default().to_owned(),
            host.map(|it| it.to_string()).unwrap_or_default(),
        ]
    }

    #[test]
    fn forwarded_table() {
        #[rustfmt::skip]
        let table: [(&str, usize, &[&str], [&str; 3]); 13] = [
            // what it shows            hops  lines                                                  client         scheme   host
            ("all three",               1, &["for=192.0.2.60;proto=https;host=shop.example"],        ["192.0.2.60", "https", "shop.example"]),
            ("quoted, with a port",     1, &["For=\"[2001:db8::1]:4711\" ; Host=\"a.example:81\""],  ["2001:db8::1", "", "a.example:81"]),
            ("the last of a list",      1, &["for=1.1.1.1;host=evil, for=2.2.2.2"],                  ["2.2.2.2", "", ""]),
            ("the second from the end", 2, &["for=1.1.1.1, for=2.2.2.2, for=3.3.3.3"],               ["2.2.2.2", "", ""]),
            ("lines are one list",      2, &["for=1.1.1.1, for=2.2.2.2", "for=3.3.3.3"],             ["2.2.2.2", "", ""]),
            ("shorter than the chain",  3, &["for=1.1.1.1"],                                         ["1.1.1.1", "", ""]),
            ("a comma in quotes",       1, &["for=\"a,b\";proto=http"],                              ["", "http", ""]),
            ("an escaped quote",        1, &["for=\"\\\",x\";proto=http"],                           ["", "http", ""]),
            ("a quote without an end",  1, &["for=1.1.1.1;by=\"x, proto=https"],                     ["1.1.1.1", "", ""]),
            ("unknown and hidden",      1, &["for=unknown;proto=gopher;host=\"a b\""],               ["", "", ""]),
            ("nonsense",                1, &[";;=,==;for"],                                          ["", "", ""]),
            ("empty",                   1, &[""],                                                    ["", "", ""]),
            ("absent",                  1, &[],                                                      ["", "", ""]),
        ];
        for (name, hops, lines, want) in table {
            let lines: Vec<_> = lines.iter().map(|line| ("forwarded", *line)).collect();
            assert_eq!(
                read(TrustedProxies::forwarded(hops), &lines),
                want,
                "{name}"
            );
        }
    }

    #[test]
    fn x_forwarded_table() {
        const FOR: &str = "x-forwarded-for";
        const PROTO: &str = "x-forwarded-proto";
        const HOST: &str = "x-forwarded-host";
        #[rustfmt::skip]
        let table: [(&str, usize, &[Line], [&str; 3]); 6] = [
            ("all three",        1, &[(FOR, "192.0.2.60"), (PROTO, "HTTPS"), (HOST, "shop.example:1")], ["192.0.2.60", "https", "shop.example:1"]),
            ("a stranger's word", 1, &[(FOR, "6.6.6.6, 192.0.2.60"), (HOST, "evil, shop.example")],     ["192.0.2.60", "", "shop.example"]),
            ("two proxies",      2, &[(FOR, "6.6.6.6, 1.1.1.1,10.0.0.1"), (PROTO, "https")],            ["1.1.1.1", "https", ""]),
            ("v6, and a port",   1, &[(FOR, "2001:db8::1"), (HOST, "[::1]:80")],                        ["2001:db8::1", "", "[::1]:80"]),
            ("v4 with a port",   1, &[(FOR, "1.2.3.4:567")],                                            ["1.2.3.4", "", ""]),
            ("the other form",   1, &[("forwarded", "for=1.1.1.1")],                                    ["", "", ""]),
        ];
        for (name, hops, lines, want) in table {
            assert_eq!(
                read(TrustedProxies::x_forwarded(hops), lines),
                want,
                "{name}"
            );
        }
        assert_eq!(
            TrustedProxies::x_forwarded(0),
            TrustedProxies::x_forwarded(1)
        );
    }

    #[test]
    fn a_long_list_is_read_in_one_pass_each() {
        let long: &'static str = String::leak(",\"".repeat(50_000) + ", for=1.1.1.1");
        let _ = read(TrustedProxies::forwarded(3), &[("forwarded", long)]);
        let _ = read(TrustedProxies::x_forwarded(3), &[("x-forwarded-for", long)]);
    }
}
