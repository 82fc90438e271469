//! `grpc-trace-bin`: the trace context of OpenCensus, in binary.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use http::{HeaderMap, HeaderName};
use opentelemetry::propagation::Extractor;
use traceprop_core::call::Options;

static GRPC_TRACE_BIN: HeaderName = HeaderName::from_static("grpc-trace-bin");

/// gRPC's `-bin` values may be padded or not.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

const LEN: usize = 29;

// trace-context = version *field                              (OpenCensus BinaryEncoding, Trace Context)
//   version = %x00
//   field = %x00 16OCTET (trace id) / %x01 8OCTET (span id) / %x02 OCTET (options; 1 is sampled)
// The fields stand in this order. Everyone writes all three, so nothing shorter or longer is read.

/// The `traceparent` that stands for `grpc-trace-bin`, if that is there and nothing that the propagator
/// of `options` reads is.
pub(crate) fn instead(options: &Options, headers: &HeaderMap) -> Option<String> {
    let value = headers.get(&GRPC_TRACE_BIN)?;
    let mut is_alone = true;
    options.for_each_field(|field| is_alone &= !headers.contains_key(field));
    is_alone.then(|| traceparent(value.as_bytes())).flatten()
}

fn traceparent(value: &[u8]) -> Option<String> {
    let mut bytes = [0; LEN + 1];
    let len = BASE64.decode_slice(value, &mut bytes).ok()?;
    let [0, 0, trace_id @ .., _] = bytes else {
        return None;
    };
    let (trace_id, rest) = trace_id.split_first_chunk::<16>()?;
    let [1, span_id @ .., 2, options] = rest else {
        return None;
    };
    let span_id: [u8; 8] = span_id.try_into().ok()?;
    let (trace_id, span_id) = (u128::from_be_bytes(*trace_id), u64::from_be_bytes(span_id));
    // Ids of zero are refused by whoever reads it.
    (len == LEN).then(|| format!("00-{trace_id:032x}-{span_id:016x}-{:02x}", options & 1))
}

/// A carrier with a `traceparent` of its own.
#[derive(Debug)]
pub(crate) struct StandIn<'a, C> {
    carrier: C,
    traceparent: &'a str,
}

impl<'a, C> StandIn<'a, C> {
    pub(crate) fn new(carrier: C, traceparent: &'a str) -> Self {
        Self {
            carrier,
            traceparent,
        }
    }
}

impl<C: Extractor> Extractor for StandIn<'_, C> {
    fn get(&self, key: &str) -> Option<&str> {
        match key {
            "traceparent" => Some(self.traceparent),
            _ => self.carrier.get(key),
        }
    }

    fn keys(&self) -> Vec<&str> {
        let mut keys = self.carrier.keys();
        keys.push("traceparent");
        keys
    }

    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        match key {
            "traceparent" => Some(vec![self.traceparent]),
            _ => self.carrier.get_all(key),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trace_bin_table() {
        let mut good = vec![0, 0];
        good.extend(0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c_u128.to_be_bytes());
        good.push(1);
        good.extend(0xb7ad_6b71_6920_3331_u64.to_be_bytes());
        good.extend([2, 1]);
        let with = |at: usize, byte: u8| {
            let mut bytes = good.clone();
            bytes[at] = byte;
            bytes
        };
        let want = |flags| {
            Some(format!(
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0{flags}"
            ))
        };
        let table = [
            ("sampled", good.clone(), want(1)),
            ("not sampled", with(28, 0), want(0)),
            ("other options", with(28, 0xfe), want(0)),
            ("a later version", with(0, 1), None),
            ("no trace id", with(1, 1), None),
            ("no span id", with(18, 0), None),
            ("no options", with(27, 0), None),
            ("too short", good[..28].to_vec(), None),
            ("too long", [&good[..], &[0]].concat(), None),
            ("far too long", vec![0; 10_000], None),
            ("empty", Vec::new(), None),
        ];
        for (name, bytes, want) in table {
            let padded = base64::engine::general_purpose::STANDARD.encode(&bytes);
            let bare = padded.trim_end_matches('=');
            assert_eq!(traceparent(padded.as_bytes()), want, "{name}, padded");
            assert_eq!(traceparent(bare.as_bytes()), want, "{name}");
        }
        for value in ["not base64 at all", "%%%%", "\u{ff}"] {
            assert_eq!(traceparent(value.as_bytes()), None, "{value}");
        }
    }
}
