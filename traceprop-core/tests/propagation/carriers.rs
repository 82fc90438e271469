//! The two kinds of carrier there are: one whose `get` shows the first value of a name, and one
//! whose `get` joins all of them.

use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use traceprop_core::propagation::carrier::{
    ANY_JAEGER_BAGGAGE, JAEGER_BAGGAGE, JOINED, JOINS_REPEATED_VALUES, Joined, UBERCTX,
};

/// Any number of lines under any name, in order, found in any case.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Lines(pub(crate) Vec<(String, String)>);

impl Lines {
    pub(crate) fn new<'a>(lines: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Self(lines.into_iter().map(owned).collect())
    }

    /// Removes what `propagator` may write, as an adapter does before it injects.
    pub(crate) fn clear(&mut self, propagator: &dyn TextMapPropagator) {
        for field in propagator.fields() {
            self.0.retain(|(name, _)| !name.eq_ignore_ascii_case(field));
        }
    }

    fn values<'a, 'n>(&'a self, name: &'n str) -> impl Iterator<Item = &'a str> + use<'a, 'n> {
        let same = move |line: &&(String, String)| line.0.eq_ignore_ascii_case(name);
        self.0.iter().filter(same).map(|line| line.1.as_str())
    }
}

impl Injector for Lines {
    fn set(&mut self, name: &str, value: String) {
        self.0.retain(|line| !line.0.eq_ignore_ascii_case(name));
        self.0.push((name.to_owned(), value));
    }
}

impl Extractor for Lines {
    fn get(&self, name: &str) -> Option<&str> {
        self.values(name).next()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.iter().map(|line| line.0.as_str()).collect()
    }

    fn get_all(&self, name: &str) -> Option<Vec<&str>> {
        let all: Vec<_> = self.values(name).collect();
        (!all.is_empty()).then_some(all)
    }
}

/// The same lines, joined by `get`.
pub(crate) struct Joining<'a> {
    lines: &'a Lines,
    joined: Joined,
}

impl<'a> Joining<'a> {
    pub(crate) fn new(lines: &'a Lines) -> Self {
        let joined = Joined::default();
        Self { lines, joined }
    }
}

impl Extractor for Joining<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        if name == JOINS_REPEATED_VALUES {
            return Some(JOINED);
        }
        if name == ANY_JAEGER_BAGGAGE {
            let jaeger = |name: String| name.starts_with(UBERCTX) || name == JAEGER_BAGGAGE;
            let mut names = self.lines.0.iter().map(|line| line.0.to_ascii_lowercase());
            return Some(if names.any(jaeger) { "1" } else { "0" });
        }
        let values = self.lines.values(name);
        self.joined.get(name, values.map(str::as_bytes))
    }

    fn keys(&self) -> Vec<&str> {
        self.lines.keys()
    }

    fn get_all(&self, _name: &str) -> Option<Vec<&str>> {
        panic!("a carrier that joins is not asked for all values")
    }
}
