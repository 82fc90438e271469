//! The carriers over gRPC metadata.

use opentelemetry::propagation::{Extractor, Injector};
use tonic::metadata::MetadataMap;
use traceprop_http::{HeaderExtractor, HeaderInjector};

/// Reads a context from metadata.
///
/// Propagation uses ASCII keys alone; `-bin` keys are never read.
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
#[derive(Debug)]
pub struct MetadataExtractor<'a>(HeaderExtractor<'a>);

impl<'a> MetadataExtractor<'a> {
    /// Reads from `metadata`.
    #[must_use]
    pub fn new(metadata: &'a MetadataMap) -> Self {
        Self(HeaderExtractor::new(metadata.as_ref()))
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
        // A `-bin` value is base64 on the wire, which text formats are not.
        if !key.ends_with("-bin") {
            self.0.set(key, value);
        }
    }
}
