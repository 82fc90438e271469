//! The carriers over `http::HeaderMap`.
use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, Injector};
use traceprop_core::call::Options;

/// Reads.
#[derive(Debug)]
pub struct HeaderExtractor<'a>(&'a HeaderMap);
impl<'a> HeaderExtractor<'a> {
    /// Reads.
    #[must_use]
    pub fn new(headers: &'a HeaderMap) -> Self {
        Self(headers)
    }
}
impl Extractor for HeaderExtractor<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }
    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}
/// Writes.
#[derive(Debug)]
pub struct HeaderInjector<'a>(&'a mut HeaderMap);
impl<'a> HeaderInjector<'a> {
    /// Writes.
    #[must_use]
    pub fn new(headers: &'a mut HeaderMap) -> Self {
        Self(headers)
    }
}
impl Injector for HeaderInjector<'_> {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(key), HeaderValue::try_from(value)) {
            self.0.insert(name, value);
        }
    }
}
pub(crate) fn replace(options: &Options, context: &Context, headers: &mut HeaderMap) {
    options.for_each_field(|field| {
        headers.remove(field);
    });
    options.inject(context, &mut HeaderInjector::new(headers));
}
