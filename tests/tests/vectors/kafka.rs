//! The headers of a Kafka record.

use std::collections::BTreeSet;

use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use serde_json::Value;
use traceprop_core::propagation::{carrier, from_names};
use traceprop_kafka::rdkafka::message::{Header, Headers as _, OwnedHeaders};
use traceprop_kafka::{HeaderExtractor, inject_into};

use crate::cases::{Headers, Transport, check, label, list, name_of};

pub(crate) struct Record;

/// The headers of a record; what the vectors have as the first of two is the last here.
fn record(headers: &Headers) -> Option<OwnedHeaders> {
    let mut seen = BTreeSet::new();
    let is_list = |name: &String| [carrier::TRACESTATE, carrier::BAGGAGE].contains(&&**name);
    let lower = |name: &String| name.to_ascii_lowercase();
    let names = headers.iter().map(|header| lower(&header.0));
    let repeated = names
        .filter(|name| !is_list(name))
        .any(|name| !seen.insert(name));
    // The name of a header is a C string.
    let held = headers.iter().all(|header| !header.0.contains('\0'));
    (held && !repeated).then(|| {
        let add = |all: OwnedHeaders, (key, value): &(String, String)| {
            let value = Some(value.as_str());
            all.insert(Header { key, value })
        };
        headers.iter().fold(OwnedHeaders::new(), add)
    })
}

impl Transport for Record {
    fn read(headers: &Headers, act: &mut dyn FnMut(&dyn Extractor)) -> bool {
        record(headers)
            .map(|record| act(&HeaderExtractor::from_headers(&record)))
            .is_some()
    }

    fn write(
        before: &Headers,
        propagator: &dyn TextMapPropagator,
        cx: &Context,
    ) -> Option<Headers> {
        let after = inject_into(Some(record(before)?), cx, propagator);
        let pair = |header: Header<'_, &[u8]>| {
            let value = str::from_utf8(header.value.unwrap()).unwrap();
            (header.key.to_owned(), value.to_owned())
        };
        Some(after.iter().map(pair).collect())
    }
}

/// A vector of this carrier alone: values are bytes in base64, or null.
pub(crate) fn carrier(vector: &Value) {
    let propagator = from_names(name_of(vector)).unwrap();
    let headers = list(vector, "headers_b64");
    let headers = headers.iter().fold(OwnedHeaders::new(), |all, header| {
        let value = header[1].as_str().map(base64);
        let key = header[0].as_str().unwrap();
        all.insert(Header {
            key,
            value: value.as_ref(),
        })
    });
    let extractor = HeaderExtractor::from_headers(&headers);
    let cx = propagator.extract_with_context(&Context::new(), &extractor);
    check(&label(vector, "kafka"), &cx, &vector["expect"], &propagator);
}

fn base64(text: &str) -> Vec<u8> {
    const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0_u32, 0);
    for digit in text.trim_end_matches('=').chars() {
        bits = bits << 6 | u32::try_from(DIGITS.find(digit).unwrap()).unwrap();
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xff).unwrap());
        }
    }
    bytes
}
