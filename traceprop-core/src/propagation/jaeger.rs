//! Jaeger's headers, for migrations: its clients are retired, and OpenTelemetry deprecates the format.
//!
//! ```text
//! uber-trace-id   = trace-id ":" span-id ":" parent ":" flags
//!   trace-id = 1*32HEXDIG    span-id = 1*16HEXDIG    neither zero, padded on the left
//!   parent   = anything      not used
//!   flags    = 1*2HEXDIG     0x01 sampled, 0x02 debug if sampled
//! uberctx-<name>  = a value of the baggage, form-encoded
//! jaeger-baggage  = name "=" value *( "," name "=" value )      read only
//! jaeger-debug-id = text                                        read only, where there is no trace
//! ```
//!
//! See [Jaeger's propagation format](https://www.jaegertracing.io/sdk-migration/#propagation-format).

use std::sync::LazyLock;

use opentelemetry::Context;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};

use super::carrier::{JAEGER_DEBUG_ID, UBER_TRACE_ID, trim};
use super::context_ext::{ContextExt, with_jaeger_debug_id};
use super::error::{Hook, JaegerError, on_current_context, on_error};
use super::{hex, jaeger_baggage, level2, percent};

/// Bytes of `uber-trace-id` that are looked at. Only the parent's id has no bound of its own.
const MAX_LEN: usize = 8192;

/// Bytes of a `jaeger-debug-id` that is kept.
const MAX_DEBUG_ID: usize = 128;

/// Bytes of what is written.
const LEN: usize = 32 + 1 + 16 + 1 + 1 + 1 + 1;

const SAMPLED: u8 = 0x01;
const DEBUG: u8 = 0x02;

/// Reads and writes [Jaeger]'s headers: `uber-trace-id`, and `uberctx-*` for the baggage.
///
/// Baggage is read from `uberctx-*` and `jaeger-baggage`, whatever becomes of the trace, into
/// OpenTelemetry's [`Baggage`](opentelemetry::baggage::Baggage), beside what is there already; 64
/// names and 8192 bytes at most. The debug flag and a `jaeger-debug-id` are in the context beside
/// the span context, as [`ContextExt`] has them.
///
/// Nothing of a trace is written for an invalid span context. `uberctx-*` cannot be among
/// [`fields`](TextMapPropagator::fields), so it is not removed from a carrier that is used again.
///
/// ```
/// use std::collections::HashMap;
/// use opentelemetry::{Context, propagation::TextMapPropagator};
/// use traceprop_core::propagation::{ContextExt, JaegerPropagator};
///
/// let value = "4bf92f3577b34da6a3ce929d0e0e4736:00f067aa0ba902b7:0:3";
/// let request = HashMap::from([
///     ("uber-trace-id".to_owned(), value.to_owned()),
///     ("uberctx-user".to_owned(), "a%20b".to_owned()),
/// ]);
///
/// let propagator = JaegerPropagator::new();
/// let cx = propagator.extract_with_context(&Context::new(), &request);
/// assert!(cx.jaeger_debug());
///
/// let mut onward = HashMap::new();
/// propagator.inject_context(&cx, &mut onward);
/// assert_eq!(onward, request);
/// ```
///
/// [Jaeger]: https://www.jaegertracing.io/sdk-migration/#propagation-format
#[derive(Clone, Debug, Default)]
pub struct JaegerPropagator {
    hook: Hook,
}

impl JaegerPropagator {
    /// The propagator with its defaults.
    #[must_use]
    pub const fn new() -> Self {
        Self { hook: Hook::NONE }
    }

    on_error!();

    /// The context with the span context of `uber-trace-id`, if there is a good one.
    fn with_parent(&self, cx: &Context, extractor: &dyn Extractor) -> Option<Context> {
        let value = trim(extractor.get(UBER_TRACE_ID)?);
        let (trace_id, span_id, flags) = self.hook.ok(parse(value))?;
        let sampled = match flags & SAMPLED {
            0 => TraceFlags::NOT_SAMPLED,
            _ => TraceFlags::SAMPLED,
        };
        let parent = (trace_id, span_id, sampled);
        let cx = level2::with_parent(cx, parent, TraceState::NONE, None);
        // The debug flag means nothing without the other.
        let debug = flags & (SAMPLED | DEBUG) == SAMPLED | DEBUG;
        // Where nothing changes no value is set, which would be a map to allocate.
        Some(if cx.jaeger_debug() == debug {
            cx
        } else {
            cx.with_jaeger_debug(debug)
        })
    }
}

impl TextMapPropagator for JaegerPropagator {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        let span = cx.span();
        let span_context = span.span_context();
        if span_context.is_valid() {
            let text = print(span_context, cx.jaeger_debug());
            // Hex, zeros and colons are always text.
            if let Ok(value) = str::from_utf8(&text) {
                injector.set(UBER_TRACE_ID, value.to_owned());
            }
        }
        jaeger_baggage::inject(cx, injector);
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let cx = match self.with_parent(cx, extractor) {
            Some(cx) => cx,
            None => match debug_id(extractor) {
                // A decision alone displaces no ids.
                Some(id) if !cx.span().span_context().is_valid() => with_jaeger_debug_id(cx, id),
                _ => cx.clone(),
            },
        };
        jaeger_baggage::extract(cx, extractor, &self.hook)
    }

    on_current_context!();

    fn fields(&self) -> FieldIter<'_> {
        static FIELDS: LazyLock<[String; 1]> = LazyLock::new(|| [UBER_TRACE_ID.to_owned()]);
        FieldIter::new(FIELDS.as_slice())
    }
}

/// Parses one `uber-trace-id`, without the whitespace around it, into the ids and all flags.
fn parse(value: &str) -> Result<(TraceId, SpanId, u8), JaegerError> {
    use JaegerError as E;
    if value.len() > MAX_LEN {
        return Err(E::Length);
    }
    if let Some(fields) = usual(value.as_bytes()) {
        return Ok(fields);
    }
    // Old clients encode the colons.
    let decoded;
    let value = if value.contains(':') {
        value
    } else {
        decoded = percent::decode(value);
        &decoded
    };
    let mut parts = value.split(':');
    let (Some(trace), Some(span), Some(_parent), Some(flags), None) = (
        parts.next(),
        parts.next(),
        parts.next(),
        parts.next(),
        parts.next(),
    ) else {
        return Err(E::Parts);
    };
    let trace_id = hex::number(trace.as_bytes(), 32).map(TraceId::from);
    let span_id = hex::number(span.as_bytes(), 16).and_then(|id| u64::try_from(id).ok());
    let span_id = span_id.map(SpanId::from);
    let flags = hex::number(flags.as_bytes(), 2).and_then(|flags| u8::try_from(flags).ok());
    Ok((
        trace_id
            .filter(|id| *id != TraceId::INVALID)
            .ok_or(E::TraceId)?,
        span_id
            .filter(|id| *id != SpanId::INVALID)
            .ok_or(E::SpanId)?,
        flags.ok_or(E::Flags)?,
    ))
}

/// The fields of a value as nearly all write it: of full length, without a parent.
fn usual(value: &[u8]) -> Option<(TraceId, SpanId, u8)> {
    let value: &[u8; LEN] = value.try_into().ok()?;
    if [value[32], value[49], value[50], value[51]] != *b"::0:" {
        return None;
    }
    let trace_id = TraceId::from_bytes(hex::decode(&value[..32])?);
    let span_id = SpanId::from_bytes(hex::decode(&value[33..49])?);
    let flags = hex::digit(value[52])?;
    (trace_id != TraceId::INVALID && span_id != SpanId::INVALID)
        .then_some((trace_id, span_id, flags))
}

fn print(span_context: &SpanContext, debug: bool) -> [u8; LEN] {
    let mut text = *b"00000000000000000000000000000000:0000000000000000:0:0";
    hex::encode(&span_context.trace_id().to_bytes(), &mut text[..32]);
    hex::encode(&span_context.span_id().to_bytes(), &mut text[33..49]);
    // The random flag of W3C is the debug flag of Jaeger: only what is known goes out.
    text[LEN - 1] = match (debug, span_context.is_sampled()) {
        (true, _) => b'3',
        (false, true) => b'1',
        (false, false) => b'0',
    };
    text
}

/// The debug id, if it may stand in a span's attribute.
fn debug_id(extractor: &dyn Extractor) -> Option<&str> {
    let id = trim(extractor.get(JAEGER_DEBUG_ID)?);
    let printable = id.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    (!id.is_empty() && id.len() <= MAX_DEBUG_ID && printable).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDS: &str = "a1ce929d0e0e4736a3ce929d0e0e4736:00f067aa0ba902b7";

    #[test]
    fn uber_trace_id() {
        use JaegerError as E;
        #[rustfmt::skip]
        let table = [
            // what it shows             value                              flags
            ("sampled",                  format!("{IDS}:0:1"),              Ok(0x01)),
            ("hex flags",                format!("{IDS}:0:ff"),             Ok(0xff)),
            ("upper-case flags",         format!("{IDS}:0:0B"),             Ok(0x0b)),
            ("any parent",               format!("{IDS}:what?:1"),          Ok(0x01)),
            ("no parent",                format!("{IDS}::1"),               Ok(0x01)),
            ("short ids",                "1:1:0:1".to_owned(),              Ok(0x01)),
            ("upper-case ids",           format!("{}:0:1", IDS.to_uppercase()), Ok(0x01)),
            ("encoded colons",           "1%3a1%3A0%3a1".to_owned(),        Ok(0x01)),
            ("encoded twice",            "1%253A1%253A0%253A1".to_owned(),  Err(E::Parts)),
            ("some encoded",             "1:1%3A0:1".to_owned(),            Err(E::Parts)),
            ("three parts",              "1:1:1".to_owned(),                Err(E::Parts)),
            ("five parts",               "1:1:0:1:".to_owned(),             Err(E::Parts)),
            ("nothing",                  String::new(),                     Err(E::Parts)),
            ("no trace id",              ":1:0:1".to_owned(),               Err(E::TraceId)),
            ("zero trace id",            "000:1:0:1".to_owned(),            Err(E::TraceId)),
            ("33 digits",                format!("0{IDS}:0:1"),             Err(E::TraceId)),
            ("a sign",                   "+1:1:0:1".to_owned(),             Err(E::TraceId)),
            ("full-width digits",        "１:1:0:1".to_owned(),             Err(E::TraceId)),
            ("zero span id",             "1:0:0:1".to_owned(),              Err(E::SpanId)),
            ("17 digits",                "1:01234567890123456:0:1".to_owned(), Err(E::SpanId)),
            ("no flags",                 "1:1:0:".to_owned(),               Err(E::Flags)),
            ("three digits of flags",    "1:1:0:001".to_owned(),            Err(E::Flags)),
            ("negative flags",           "1:1:0:-1".to_owned(),             Err(E::Flags)),
            ("too long",                 format!("1:1:{}:1", "0".repeat(MAX_LEN)), Err(E::Length)),
        ];
        for (name, value, want) in table {
            assert_eq!(
                parse(&value).map(|(.., flags)| flags),
                want,
                "{name}: {value:.80}"
            );
        }
    }

    #[test]
    fn the_random_flag_is_not_debug() {
        let span = |flags| {
            let (trace_id, span_id) = (TraceId::from(0x2a_u128), SpanId::from(7));
            let flags = TraceFlags::new(flags);
            SpanContext::new(trace_id, span_id, flags, false, TraceState::NONE)
        };
        for (flags, debug, want) in [(0x02, false, b'0'), (0x03, false, b'1'), (0x00, true, b'3')] {
            let text = print(&span(flags), debug);
            assert_eq!(
                text[..LEN - 1],
                *b"0000000000000000000000000000002a:0000000000000007:0:"
            );
            assert_eq!(text[LEN - 1], want);
        }
    }
}
