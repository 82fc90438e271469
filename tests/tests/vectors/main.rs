//! The conformance vectors over the carriers of the adapters.
#![allow(
    clippy::unwrap_used,
    reason = "a test fails by panicking, in helpers, too"
)]

#[path = "../../../traceprop-core/tests/propagation/cases.rs"]
mod cases;
mod grpc;
mod http;
mod kafka;

use traceprop_core::propagation::carrier;

use crate::cases::{file, list, run, text};

/// Propagation vectors that there are.
fn all() -> usize {
    let file = file();
    list(&file, "vectors").len() + list(&file, "composite_vectors").len()
}

#[test]
fn over_an_http_header_map() {
    // It cannot hold line breaks, NUL and the like: for a plain map alone.
    assert!(run::<http::Map>() > all() * 9 / 10);
}

#[test]
fn over_grpc_metadata() {
    assert!(run::<grpc::Metadata>() > all() * 9 / 10);
}

#[test]
fn over_kafka_headers() {
    // Of a repeated header Kafka's last one counts, which is another rule.
    assert!(run::<kafka::Record>() > all() * 9 / 10);
}

#[test]
fn carriers() {
    let file = file();
    let mut ran = 0;
    for vector in list(&file, "carrier_vectors") {
        ran += 1;
        match text(vector, "carrier") {
            "kafka" => kafka::carrier(vector),
            "grpc" => grpc::carrier(vector),
            "env" => {
                let name = carrier::env_name(text(vector, "key"));
                assert_eq!(name, text(&vector["expect"], "normalized"), "{vector}");
            }
            other => panic!("unknown carrier {other}"),
        }
    }
    assert!(ran >= 10, "{ran}");
}
