//! `http::HeaderMap`.

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use traceprop_http::{HeaderExtractor, HeaderInjector};

use crate::cases::{Headers, Transport};

pub(crate) struct Map;

/// The headers, if a map can hold them.
pub(crate) fn map(headers: &Headers) -> Option<HeaderMap> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        map.append(name, HeaderValue::from_bytes(value.as_bytes()).ok()?);
    }
    Some(map)
}

pub(crate) fn headers(map: &HeaderMap) -> Headers {
    let pair = |(name, value): (&HeaderName, &HeaderValue)| {
        (name.to_string(), value.to_str().unwrap().to_owned())
    };
    map.iter().map(pair).collect()
}

impl Transport for Map {
    fn read(headers: &Headers, act: &mut dyn FnMut(&dyn Extractor)) -> bool {
        map(headers)
            .map(|map| act(&HeaderExtractor::new(&map)))
            .is_some()
    }

    fn write(
        before: &Headers,
        propagator: &dyn TextMapPropagator,
        cx: &Context,
    ) -> Option<Headers> {
        let mut map = map(before)?;
        for field in propagator.fields() {
            map.remove(field);
        }
        propagator.inject_context(cx, &mut HeaderInjector::new(&mut map));
        Some(headers(&map))
    }
}
