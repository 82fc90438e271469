//! The method of a call: `pkg.Service/Method`.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::names;

/// What stands for a method that nobody answers, so that strangers mint no names.
pub(crate) const OTHER: &str = "_OTHER";

/// The path without its leading slash, if it is `/pkg.Service/Method`.
pub(crate) fn in_path(path: &str) -> Option<&str> {
    let path = path.strip_prefix('/')?;
    let (service, method) = path.split_once('/')?;
    let is_method = !service.is_empty() && !method.is_empty() && !method.contains('/');
    is_method.then_some(path)
}

/// The method that a path names, or [`OTHER`] where it is no gRPC path.
pub(crate) fn of(path: &str) -> Cow<'static, str> {
    match in_path(path) {
        Some(method) => name(method),
        None => Cow::Borrowed(OTHER),
    }
}

fn name(method: &str) -> Cow<'static, str> {
    match names::kept(method) {
        Some(kept) => Cow::Borrowed(kept),
        None => Cow::Owned(method.to_owned()),
    }
}

/// The span's name: the method, or `grpc` for one that is not known.
pub(crate) fn span_name(method: Cow<'static, str>) -> Cow<'static, str> {
    if method == OTHER {
        Cow::Borrowed("grpc")
    } else {
        method
    }
}

/// The methods that a server is known to have; without any, every one may be.
#[derive(Clone, Debug, Default)]
pub(crate) struct Served {
    /// `pkg.Service`, or `pkg.Service/Method`.
    names: HashSet<Cow<'static, str>>,
}

impl Served {
    /// Adds a service, or one of its methods.
    pub(crate) fn add(&mut self, name: impl Into<Cow<'static, str>>) {
        self.names.insert(name.into());
    }

    pub(crate) fn is_listed(&self) -> bool {
        !self.names.is_empty()
    }

    /// The method that a path names, or [`OTHER`] for one that is not on the list.
    pub(crate) fn method(&self, path: &str) -> Cow<'static, str> {
        match in_path(path) {
            Some(method) if !self.is_listed() || self.has(method) => name(method),
            _ => Cow::Borrowed(OTHER),
        }
    }

    fn has(&self, method: &str) -> bool {
        let service = method
            .split_once('/')
            .map_or(method, |(service, _)| service);
        self.names.contains(service) || self.names.contains(method)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn method_table() {
        let table = [
            ("/shop.v1.Payments/Verify", "shop.v1.Payments/Verify"),
            ("/a/b/c", OTHER),
            ("/a/", OTHER),
            ("//b", OTHER),
            ("/", OTHER),
            ("", OTHER),
            ("*", OTHER),
        ];
        for (path, want) in table {
            assert_eq!(of(path), want, "{path}");
        }
    }

    #[test]
    fn listed_table() {
        let mut served = Served::default();
        assert_eq!(served.method("/a.B/C"), "a.B/C", "no list, no strangers");
        served.add("shop.Payments");
        served.add("shop.Orders/Get");
        let table = [
            ("/shop.Payments/Verify", "shop.Payments/Verify"),
            ("/shop.Orders/Get", "shop.Orders/Get"),
            ("/shop.Orders/Delete", OTHER),
            ("/shop.Payment/Verify", OTHER),
            ("/shop.Payments", OTHER),
            ("/shop.Payments/Verify/", OTHER),
        ];
        for (path, want) in table {
            assert_eq!(served.method(path), want, "{path}");
        }
    }
}
