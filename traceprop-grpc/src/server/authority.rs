//! The host and port that a caller asked for.

use std::cell::RefCell;
use std::sync::Arc;

use http::uri::Authority;

/// Longer ones are not kept: no host is.
const LONGEST: usize = 255;

#[derive(Clone, Debug)]
pub(super) struct Host {
    pub(super) name: Arc<str>,
    pub(super) port: Option<u16>,
}

impl Host {
    fn of(authority: &Authority) -> Self {
        let host = authority.host();
        // An IPv6 address is an attribute without its brackets.
        let inner = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
        Self {
            name: Arc::from(inner.unwrap_or(host)),
            port: authority.port_u16(),
        }
    }
}

/// The host of an authority. Callers mostly ask for the same one, so each thread keeps the last.
pub(super) fn host(authority: &Authority) -> Host {
    thread_local! {
        static LAST: RefCell<Option<(Box<str>, Host)>> = const { RefCell::new(None) };
    }
    LAST.with_borrow_mut(|last| {
        let text = authority.as_str();
        if let Some((known, host)) = last
            && **known == *text
        {
            return host.clone();
        }
        let host = Host::of(authority);
        if text.len() <= LONGEST {
            *last = Some((text.into(), host.clone()));
        }
        host
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authority_table() {
        let long = format!("{}:81", "a".repeat(1_000));
        let table = [
            ("shop.example:81", "shop.example", Some(81)),
            ("shop.example", "shop.example", None),
            ("[::1]:81", "::1", Some(81)),
            ("user@shop.example", "shop.example", None),
            (&long, &long[..1_000], Some(81)),
        ];
        // Each of them again at once, and after the others.
        for (text, name, port) in table.iter().flat_map(|row| [row, row]).chain(&table) {
            let host = host(&text.parse().unwrap());
            assert_eq!((&*host.name, host.port), (*name, *port), "{text}");
        }
    }
}
