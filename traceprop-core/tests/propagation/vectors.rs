//! The conformance vectors over a plain map, and over a carrier that joins repeated values.

use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use serde_json::Value;
use traceprop_core::propagation::from_names;

use crate::carriers::{Joining, Lines};
use crate::cases::{Headers, Transport, file, list, run, text};

/// Names that match in any case, values as they are, one by one.
struct Plain;

impl Transport for Plain {
    fn read(headers: &Headers, act: &mut dyn FnMut(&dyn Extractor)) -> bool {
        act(&Lines(headers.clone()));
        true
    }

    fn write(
        headers: &Headers,
        propagator: &dyn TextMapPropagator,
        cx: &Context,
    ) -> Option<Headers> {
        let mut carrier = Lines(headers.clone());
        carrier.clear(propagator);
        propagator.inject_context(cx, &mut carrier);
        Some(carrier.0)
    }
}

/// The same, with repeated values joined.
struct Joined;

impl Transport for Joined {
    fn read(headers: &Headers, act: &mut dyn FnMut(&dyn Extractor)) -> bool {
        act(&Joining::new(&Lines(headers.clone())));
        true
    }

    fn write(
        headers: &Headers,
        propagator: &dyn TextMapPropagator,
        cx: &Context,
    ) -> Option<Headers> {
        Plain::write(headers, propagator, cx)
    }
}

#[test]
fn every_vector_over_a_plain_map() {
    let file = file();
    let all = list(&file, "vectors").len() + list(&file, "composite_vectors").len();
    assert!(all > 200, "{all}");
    assert_eq!(run::<Plain>(), all);
}

#[test]
fn every_vector_over_a_carrier_that_joins() {
    assert!(run::<Joined>() > 200);
}

#[test]
fn configuration() {
    let file = file();
    let vectors = list(&file, "config_vectors");
    assert!(vectors.len() >= 6);
    for vector in vectors {
        let names: Vec<_> = list(vector, "expect")
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let want = match names.is_empty() {
            true => "none".to_owned(),
            false => names.join(","),
        };
        let (got, want) = (from_names(text(vector, "env")), from_names(&want));
        assert!(got.unwrap().fields().eq(want.unwrap().fields()), "{vector}");
    }
}
