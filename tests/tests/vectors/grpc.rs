//! gRPC metadata.

use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use serde_json::Value;
use tonic::metadata::MetadataMap;
use traceprop_core::propagation::from_names;
use traceprop_grpc::{MetadataExtractor, MetadataInjector};

use crate::cases::{Headers, Transport, check, headers, label, name_of};
use crate::http;

pub(crate) struct Metadata;

impl Transport for Metadata {
    fn read(headers: &Headers, act: &mut dyn FnMut(&dyn Extractor)) -> bool {
        http::map(headers)
            .map(MetadataMap::from_headers)
            .map(|metadata| act(&MetadataExtractor::new(&metadata)))
            .is_some()
    }

    fn write(
        before: &Headers,
        propagator: &dyn TextMapPropagator,
        cx: &Context,
    ) -> Option<Headers> {
        let mut metadata = MetadataMap::from_headers(http::map(before)?);
        for field in propagator.fields() {
            metadata.remove(field);
        }
        propagator.inject_context(cx, &mut MetadataInjector::new(&mut metadata));
        Some(http::headers(metadata.as_ref()))
    }
}

/// A vector of this carrier alone.
pub(crate) fn carrier(vector: &Value) {
    let propagator = from_names(name_of(vector)).unwrap();
    let held = Metadata::read(&headers(vector, "headers"), &mut |metadata| {
        let cx = propagator.extract_with_context(&Context::new(), metadata);
        check(&label(vector, "grpc"), &cx, &vector["expect"], &propagator);
    });
    assert!(held, "{vector}");
}
