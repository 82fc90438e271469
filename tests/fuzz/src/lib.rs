//! What the fuzz targets share: headers as bytes, and the properties of every propagator.
#![forbid(unsafe_code)]

use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use traceprop_core::propagation::carrier::{self, Joined};

/// Ends a header in a corpus file. Not a byte of UTF-8, so every text can be a value.
pub const END: u8 = 0xff;

/// Stands between a header's name and its value.
pub const IS: u8 = 0xfe;

/// Names and values, in order.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Headers(Vec<(String, Vec<u8>)>);

impl Headers {
    /// Reads a corpus file. What has no name is a value of `default`.
    #[must_use]
    pub fn parse(data: &[u8], default: &str) -> Self {
        let header = |header: &[u8]| match header.iter().position(|byte| *byte == IS) {
            Some(at) => {
                let name = String::from_utf8_lossy(&header[..at]).into_owned();
                (name, header[at + 1..].to_vec())
            }
            None => (default.to_owned(), header.to_vec()),
        };
        Self(data.split(|byte| *byte == END).map(header).collect())
    }

    /// The headers, with one more.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.0.push((name.to_owned(), value.as_bytes().to_vec()));
        self
    }

    fn values(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        let same = move |header: &&(String, Vec<u8>)| header.0.eq_ignore_ascii_case(name);
        self.0.iter().filter(same).map(|header| header.1.as_slice())
    }
}

impl Injector for Headers {
    fn set(&mut self, name: &str, value: String) {
        self.0.retain(|header| !header.0.eq_ignore_ascii_case(name));
        self.0.push((name.to_owned(), value.into_bytes()));
    }
}

impl Extractor for Headers {
    fn get(&self, name: &str) -> Option<&str> {
        self.values(name).next().map(carrier::text)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.iter().map(|header| header.0.as_str()).collect()
    }

    fn get_all(&self, name: &str) -> Option<Vec<&str>> {
        let all: Vec<_> = self.values(name).map(carrier::text).collect();
        (!all.is_empty()).then_some(all)
    }
}

/// The same headers as our adapters' carriers show them.
struct Joining<'a>(&'a Headers, Joined);

impl Extractor for Joining<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        if name == carrier::JOINS_REPEATED_VALUES {
            return Some(carrier::JOINED);
        }
        self.1.get(name, self.0.values(name))
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys()
    }
}

/// What is read can be written, what is written is legal, and is read as what it was written from.
///
/// # Panics
///
/// Panics if a property does not hold.
pub fn check(propagator: &dyn TextMapPropagator, headers: &Headers) {
    let first = onward(propagator, headers);
    let legal = |value: &[u8]| value.iter().all(|byte| matches!(byte, b' '..=b'~'));
    assert!(first.0.iter().all(|header| legal(&header.1)), "{first:?}");
    assert_eq!(onward(propagator, &first), first, "read again");
    assert_eq!(
        onward(propagator, &Joining(headers, Joined::default())),
        first,
        "joined"
    );
}

fn onward(propagator: &dyn TextMapPropagator, extractor: &dyn Extractor) -> Headers {
    let cx = propagator.extract_with_context(&Context::new(), extractor);
    let mut written = Headers::default();
    propagator.inject_context(&cx, &mut written);
    written
}
