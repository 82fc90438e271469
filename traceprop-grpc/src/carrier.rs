//! The carriers over gRPC metadata.

use http::HeaderMap;
use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, Injector};
use tonic::metadata::MetadataMap;
use traceprop_core::call::Options;
use traceprop_http::{HeaderExtractor, HeaderInjector};

/// Whether the values under a key are base64 on the wire, which text formats are not.
fn is_binary(key: &str) -> bool {
    let end = key.len().checked_sub("-bin".len());
    let suffix = end.and_then(|end| key.as_bytes().get(end..));
    suffix.is_some_and(|suffix| suffix.eq_ignore_ascii_case(b"-bin"))
}

/// Headers without the ones whose values are binary.
#[derive(Clone, Debug)]
pub(crate) struct TextOnly<'a>(HeaderExtractor<'a>);

impl<'a> TextOnly<'a> {
    pub(crate) fn new(headers: &'a HeaderMap) -> Self {
        Self(HeaderExtractor::new(headers))
    }
}

impl Extractor for TextOnly<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        if is_binary(key) {
            return None;
        }
        self.0.get(key)
    }

    fn keys(&self) -> Vec<&str> {
        let mut keys = self.0.keys();
        keys.retain(|key| !is_binary(key));
        keys
    }

    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        if is_binary(key) {
            return None;
        }
        self.0.get_all(key)
    }
}

/// Writes headers, other than those whose values are binary.
struct TextInjector<'a>(HeaderInjector<'a>);

impl Injector for TextInjector<'_> {
    fn set(&mut self, key: &str, value: String) {
        if !is_binary(key) {
            self.0.set(key, value);
        }
    }
}

/// Writes `context` with the propagator of `options`, and removes what an earlier hop left.
pub(crate) fn replace(options: &Options, context: &Context, headers: &mut HeaderMap) {
    // Jaeger's baggage goes by its prefix, also what is binary. There is none, mostly, and nothing is
    // allocated then.
    let binary = headers.iter().filter(|(name, _)| {
        let name = name.as_str();
        name.starts_with("uberctx-") && is_binary(name)
    });
    let binary: Vec<_> = binary
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    HeaderInjector::remove(options, headers);
    for (name, _) in &binary {
        headers.remove(name);
    }
    for (name, value) in binary {
        headers.append(name, value);
    }
    options.inject(context, &mut TextInjector(HeaderInjector::new(headers)));
}

/// Reads a context from metadata.
///
/// Propagation uses ASCII keys alone: `-bin` keys are as if they were not there.
///
/// ```
/// use opentelemetry::propagation::TextMapPropagator;
/// use opentelemetry::trace::TraceContextExt;
/// use tonic::metadata::MetadataMap;
/// use traceprop_core::propagation::TraceContextPropagator;
/// use traceprop_grpc::MetadataExtractor;
///
/// let mut metadata = MetadataMap::new();
/// let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".parse().unwrap();
/// metadata.insert("traceparent", parent);
/// let context = TraceContextPropagator::new().extract(&MetadataExtractor::new(&metadata));
/// assert!(context.span().span_context().is_sampled());
/// ```
#[derive(Clone, Debug)]
pub struct MetadataExtractor<'a>(TextOnly<'a>);

impl<'a> MetadataExtractor<'a> {
    /// Reads from `metadata`.
    #[must_use]
    pub fn new(metadata: &'a MetadataMap) -> Self {
        Self(TextOnly::new(metadata.as_ref()))
    }
}

impl Extractor for MetadataExtractor<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys()
    }

    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        self.0.get_all(key)
    }
}

/// Writes a context into metadata; a key that is there already is replaced.
///
/// A `-bin` key is left alone, and so is a value that no metadata can hold: propagators write none.
///
/// ```
/// use opentelemetry::propagation::Injector;
/// use tonic::metadata::MetadataMap;
/// use traceprop_grpc::MetadataInjector;
///
/// let mut metadata = MetadataMap::new();
/// MetadataInjector::new(&mut metadata).set("baggage", "tenant=acme".to_owned());
/// assert_eq!(metadata.get("baggage").unwrap(), "tenant=acme");
/// ```
#[derive(Debug)]
pub struct MetadataInjector<'a>(HeaderInjector<'a>);

impl<'a> MetadataInjector<'a> {
    /// Writes into `metadata`.
    #[must_use]
    pub fn new(metadata: &'a mut MetadataMap) -> Self {
        Self(HeaderInjector::new(metadata.as_mut()))
    }
}

impl Injector for MetadataInjector<'_> {
    fn set(&mut self, key: &str, value: String) {
        if !is_binary(key) {
            self.0.set(key, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tonic::metadata::MetadataValue;

    #[test]
    fn binary_keys_are_not_there() {
        let mut metadata = MetadataMap::new();
        metadata.insert_bin("uberctx-user-bin", MetadataValue::from_bytes(b"\0\xff"));
        metadata.insert("baggage", "a=1".parse().unwrap());
        let extractor = MetadataExtractor::new(&metadata);
        for key in ["uberctx-user-bin", "UBERCTX-USER-BIN"] {
            assert_eq!(extractor.get(key), None);
            assert_eq!(extractor.get_all(key), None);
        }
        assert_eq!(extractor.keys(), ["baggage"]);
        assert_eq!(extractor.get("baggage"), Some("a=1"));

        let before = metadata.clone();
        let mut injector = MetadataInjector::new(&mut metadata);
        for key in ["uberctx-user-bin", "grpc-trace-bin", "X-Bin"] {
            injector.set(key, "text".to_owned());
        }
        assert_eq!(metadata.into_headers(), before.into_headers());
    }

    #[test]
    fn suffix_table() {
        let table = [
            ("a-bin", true),
            ("-bin", true),
            ("bin", false),
            ("a-bin-a", false),
            ("\u{fc}-bin", true),
            ("\u{fc}n", false),
            ("", false),
        ];
        for (key, want) in table {
            assert_eq!(is_binary(key), want, "{key}");
        }
    }
}
