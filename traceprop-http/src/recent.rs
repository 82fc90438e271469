//! What was made of a text last time, so that it is not made again: hosts and names of spans, of which
//! a service sees the same few with every request.
//!
//! Each thread has its own, so there is no lock. A text that is new takes the place of another one with
//! the same slot: whoever sends a different one each time, as a stranger may, costs what no cache would
//! cost, and holds no memory.

use std::cell::RefCell;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::authority::Address;

/// A power of two.
const SLOTS: usize = 64;

/// Longer texts are not kept: no host is, and no route that people write.
const LONGEST: usize = 255;

/// How many names of spans are kept for good. A route is a template, so there are as many as the
/// program has routes; a program that takes paths for routes has no end of them.
const MOST_NAMES: usize = 2_048;

struct Recent<V>([Option<(Box<[u8]>, V)>; SLOTS]);

impl<V: Clone> Recent<V> {
    const fn new() -> Self {
        Self([const { None }; SLOTS])
    }

    /// What there is for `key`, if `fits` says that it is right; else what `make` gives.
    fn get(
        &mut self,
        key: &[u8],
        fits: impl FnOnce(&V) -> bool,
        make: impl FnOnce() -> Option<V>,
    ) -> Option<V> {
        let slot = self.0.get_mut(hash(key))?;
        if let Some((known, value)) = slot
            && **known == *key
            && fits(value)
        {
            return Some(value.clone());
        }
        let value = make()?;
        if key.len() <= LONGEST {
            *slot = Some((key.into(), value.clone()));
        }
        Some(value)
    }
}

fn hash(key: &[u8]) -> usize {
    // Odd, and without a pattern: the golden ratio.
    const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
    let (words, rest) = key.as_chunks::<8>();
    let mut last = [0; 8];
    for (to, from) in last.iter_mut().zip(rest) {
        *to = *from;
    }
    let mix = |hash: u64, word: &[u8; 8]| {
        (hash.rotate_left(5) ^ u64::from_le_bytes(*word)).wrapping_mul(MIX)
    };
    let hash = words.iter().chain([&last]).fold(key.len() as u64, mix);
    (hash >> (u64::BITS - SLOTS.trailing_zeros())) as usize
}

/// Host and port of a server, ready to be an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Host {
    pub(crate) name: Arc<str>,
    pub(crate) port: Option<u16>,
}

/// The host that a `Host` header names, as [`Address::parse`] reads it.
pub(crate) fn host(header: &[u8]) -> Option<Host> {
    thread_local! {
        static HOSTS: RefCell<Recent<Host>> = const { RefCell::new(Recent::new()) };
    }
    let parse = || Address::parse(std::str::from_utf8(header).ok()?).map(Host::from);
    HOSTS.with_borrow_mut(|hosts| hosts.get(header, |_| true, parse))
}

impl From<Address<'_>> for Host {
    fn from(address: Address<'_>) -> Self {
        Self {
            name: Arc::from(address.host),
            port: address.port,
        }
    }
}

/// A route, and the name of its spans with one method.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    pub(crate) route: Arc<str>,
    method: &'static str,
    pub(crate) name: &'static str,
}

/// The name `{method} {route}`, if there is room to keep it. `method` is as it is in names.
pub(crate) fn named(method: &'static str, route: &str) -> Option<Named> {
    thread_local! {
        static NAMES: RefCell<Recent<Named>> = const { RefCell::new(Recent::new()) };
    }
    let make = || {
        let name = keep([method, " ", route].concat())?;
        let route = Arc::from(route);
        Some(Named {
            route,
            method,
            name,
        })
    };
    // The few methods are static: as pointers they differ where their text does.
    let fits = |named: &Named| std::ptr::eq(named.method, method);
    NAMES.with_borrow_mut(|names| names.get(route.as_bytes(), fits, make))
}

/// The name for good, the same one each time.
fn keep(name: String) -> Option<&'static str> {
    static KEPT: OnceLock<Mutex<HashSet<&'static str>>> = OnceLock::new();
    let kept = KEPT.get_or_init(Mutex::default);
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(name) = kept.get(name.as_str()) {
        return Some(name);
    }
    if kept.len() >= MOST_NAMES || name.len() > LONGEST {
        return None;
    }
    let name: &'static str = name.leak();
    kept.insert(name);
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_gives_the_same_thing() {
        let first = host(b"shop.example:81").unwrap();
        let second = host(b"shop.example:81").unwrap();
        assert!(Arc::ptr_eq(&first.name, &second.name));
        assert_eq!((&*first.name, first.port), ("shop.example", Some(81)));
        assert_eq!(host(b"no host"), None);
        assert_eq!(host(b"no host"), None, "nor the second time");
    }

    #[test]
    fn a_method_has_its_own_name() {
        for _ in 0..2 {
            for method in ["GET", "POST"] {
                let named = named(method, "/orders/{id}").unwrap();
                assert_eq!(named.name, format!("{method} /orders/{{id}}"));
                assert_eq!(&*named.route, "/orders/{id}");
            }
        }
    }

    #[test]
    fn many_texts_take_each_other_s_place() {
        for n in 0..10 * SLOTS {
            let text = format!("{n}.example");
            assert_eq!(&*host(text.as_bytes()).unwrap().name, text);
        }
        let long = "a".repeat(10_000);
        assert_eq!(
            host(long.as_bytes()).unwrap().name.len(),
            10_000,
            "read, if not kept"
        );
        assert!(named("GET", &long).is_none());
    }
}
