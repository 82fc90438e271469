//! What the tests share.
#![allow(dead_code, reason = "each test binary uses its part")]

#[cfg(feature = "protobuf")]
pub(crate) mod model;
pub(crate) mod python;
pub(crate) mod random;

use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};
use prometheus::Registry;
use traceprop_metrics::OpenMetricsEncoder;

/// A sampled span whose ids are made of `id`.
pub(crate) fn span(id: u64) -> SpanContext {
    let (trace, flags) = (TraceId::from(u128::from(id)), TraceFlags::SAMPLED);
    SpanContext::new(trace, SpanId::from(id), flags, false, TraceState::default())
}

pub(crate) fn unsampled(id: u64) -> SpanContext {
    let (trace, flags) = (TraceId::from(u128::from(id)), TraceFlags::default());
    SpanContext::new(trace, SpanId::from(id), flags, false, TraceState::default())
}

pub(crate) fn openmetrics(registry: &Registry) -> String {
    OpenMetricsEncoder::new().encode(registry).unwrap()
}

/// The body with each exemplar's time, which no test can foretell, replaced by `TIME`.
pub(crate) fn timeless(body: &str) -> String {
    let line = |line: &str| match line.split_once(" # ") {
        Some((_, exemplar)) => {
            let time = exemplar.rsplit(' ').next().unwrap_or_default();
            let seconds: f64 = time.parse().unwrap();
            assert!(
                seconds > 1.6e9 && time.len() == "1700000000.123".len(),
                "{time}"
            );
            format!("{}TIME\n", line.strip_suffix(time).unwrap())
        }
        None => format!("{line}\n"),
    };
    body.lines().map(line).collect()
}
