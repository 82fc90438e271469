//! W3C Trace Context, level 2: `traceparent`, with `tracestate` beside it.
//!
//! ```text
//! traceparent = version "-" trace-id "-" parent-id "-" trace-flags        (§3.2)
//!   version     = 2HEXDIGLC    not "ff"
//!   trace-id    = 32HEXDIGLC   not all zero
//!   parent-id   = 16HEXDIGLC   not all zero
//!   trace-flags = 2HEXDIGLC    0x01 sampled, 0x02 random trace id
//! ```
//!
//! Version 00 is exactly 55 bytes. A later version may go on after another `-`, which is not read.

use std::sync::LazyLock;

use opentelemetry::Context;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};

use super::carrier::{TRACEPARENT, TRACESTATE, Values};
use super::trace_state::Members;
use super::{hex, level2};

/// Bytes of a `traceparent` of version 00.
const LEN: usize = 55;

/// Bytes of a later version's `traceparent` that are still looked at.
const MAX_LEN: usize = 8192;

/// The flags of level 2, sampled and random: the others must not be sent.
const FLAGS: u8 = 0x03;

/// Reads and writes `traceparent` and `tracestate`, as [W3C Trace Context] level 2 has them.
///
/// What is malformed leaves the context as it was, so that a new trace starts: a `traceparent` that
/// breaks its grammar (§3.2) or is there twice. A `tracestate` that breaks its own (§3.3) is dropped
/// whole, and the `traceparent` stands. The random flag (0x02) is kept both ways, and so is a
/// `tracestate` key that OpenTelemetry's `TraceState` refuses.
///
/// Nothing is written for an invalid span context, and never an empty `tracestate`.
///
/// ```
/// use std::collections::HashMap;
/// use opentelemetry::{Context, propagation::TextMapPropagator, trace::TraceContextExt};
/// use traceprop_core::propagation::TraceContextPropagator;
///
/// let value = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03";
/// let request = HashMap::from([("traceparent".to_owned(), value.to_owned())]);
///
/// let propagator = TraceContextPropagator::new();
/// let cx = propagator.extract_with_context(&Context::new(), &request);
/// assert!(cx.span().span_context().is_sampled());
///
/// let mut onward = HashMap::new();
/// propagator.inject_context(&cx, &mut onward);
/// assert_eq!(onward, request);
/// ```
///
/// [W3C Trace Context]: https://www.w3.org/TR/trace-context-2/
#[derive(Clone, Copy, Debug, Default)]
pub struct TraceContextPropagator {
    _private: (),
}

impl TraceContextPropagator {
    /// The propagator. It has no settings.
    #[must_use]
    pub const fn new() -> Self {
        Self { _private: () }
    }
}

impl TextMapPropagator for TraceContextPropagator {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        let span = cx.span();
        let span_context = span.span_context();
        if !span_context.is_valid() {
            return;
        }
        let text = print(span_context);
        // Hex and dashes are always text.
        if let Ok(value) = str::from_utf8(&text) {
            injector.set(TRACEPARENT, value.to_owned());
            if let Some(value) = level2::header(cx, span_context) {
                injector.set(TRACESTATE, value);
            }
        }
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let parent = Values::of(extractor, TRACEPARENT)
            .and_then(|values| values.single())
            .and_then(|value| parse(value.as_bytes()));
        let Some((trace_id, span_id, flags)) = parent else {
            return cx.clone();
        };
        let members =
            Values::of(extractor, TRACESTATE).and_then(|values| Members::parse(values.members()));
        let (state, refused) = match &members {
            Some(members) => level2::split(members, trace_id),
            None => (TraceState::NONE, None),
        };
        let parent = SpanContext::new(trace_id, span_id, flags, true, state);
        level2::keep(cx.with_remote_span_context(parent), refused)
    }

    fn fields(&self) -> FieldIter<'_> {
        static FIELDS: LazyLock<[String; 2]> =
            LazyLock::new(|| [TRACEPARENT.to_owned(), TRACESTATE.to_owned()]);
        FieldIter::new(FIELDS.as_slice())
    }
}

/// Parses one `traceparent` value, without the whitespace around it.
fn parse(value: &[u8]) -> Option<(TraceId, SpanId, TraceFlags)> {
    if value.len() > MAX_LEN {
        return None;
    }
    let (fields, rest) = value.split_first_chunk::<LEN>()?;
    if [fields[2], fields[35], fields[52]] != *b"---" {
        return None;
    }
    match (hex::decode(&fields[..2])?, rest.first()) {
        ([0xff], _) | ([0x00], Some(_)) => return None,
        (_, None | Some(b'-')) => {}
        (_, Some(_)) => return None,
    }
    let trace_id = TraceId::from_bytes(hex::decode(&fields[3..35])?);
    let span_id = SpanId::from_bytes(hex::decode(&fields[36..52])?);
    let [flags] = hex::decode(&fields[53..])?;
    (trace_id != TraceId::INVALID && span_id != SpanId::INVALID).then_some((
        trace_id,
        span_id,
        TraceFlags::new(flags & FLAGS),
    ))
}

/// The `traceparent` of a valid span context, always of version 00.
fn print(span_context: &SpanContext) -> [u8; LEN] {
    let mut text = [b'-'; LEN];
    hex::encode(&[0], &mut text[..2]);
    hex::encode(&span_context.trace_id().to_bytes(), &mut text[3..35]);
    hex::encode(&span_context.span_id().to_bytes(), &mut text[36..52]);
    let flags = span_context.trace_flags().to_u8() & FLAGS;
    hex::encode(&[flags], &mut text[53..]);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SPAN: &str = "00f067aa0ba902b7";

    #[test]
    fn version_flags_and_what_follows() {
        #[rustfmt::skip]
        let table = [
            // what it shows                  version flags rest      flags kept
            ("sampled",                       "00",   "01", "",       Some(0x01)),
            ("random, not sampled",           "00",   "02", "",       Some(0x02)),
            ("both",                          "00",   "03", "",       Some(0x03)),
            ("reserved bits are dropped",     "00",   "ff", "",       Some(0x03)),
            ("version 00 may not grow",       "00",   "01", "-",      None),
            ("nor be two values joined",      "00",   "01", ",00-",   None),
            ("future version",                "cc",   "01", "",       Some(0x01)),
            ("future version goes on",        "cc",   "01", "-next",  Some(0x01)),
            ("and may end in a dash",         "cc",   "01", "-",      Some(0x01)),
            ("but only after a dash",         "cc",   "01", ".next",  None),
            ("future unknown flags dropped",  "02",   "08", "",       Some(0x00)),
            ("future random flag",            "02",   "03", "-x",     Some(0x03)),
            ("version ff",                    "ff",   "01", "",       None),
            ("upper-case version",            "CC",   "01", "",       None),
            ("a sign is not a digit",         "+0",   "01", "",       None),
            ("short version",                 "0",    "01", "",       None),
            ("long version",                  "000",  "01", "",       None),
            ("upper-case flags",              "00",   "0A", "",       None),
            ("short flags",                   "00",   "1",  "",       None),
            ("long flags",                    "00",   "001", "",      None),
        ];
        for (name, version, flags, rest, want) in table {
            let value = format!("{version}-{TRACE}-{SPAN}-{flags}{rest}");
            let got = parse(value.as_bytes()).map(|(_, _, flags)| flags.to_u8());
            assert_eq!(got, want, "{name}: {value}");
        }
    }

    #[test]
    fn ids_and_dashes() {
        let zero = "0".repeat(32);
        #[rustfmt::skip]
        let table = [
            // what it shows       value                                          good?
            ("good",               format!("00-{TRACE}-{SPAN}-01"),               true),
            ("zero trace id",      format!("00-{zero}-{SPAN}-01"),                false),
            ("zero parent id",     format!("00-{TRACE}-{}-01", &zero[..16]),      false),
            ("upper-case trace",   format!("00-{}-{SPAN}-01", TRACE.to_uppercase()), false),
            ("upper-case parent",  format!("00-{TRACE}-{}-01", SPAN.to_uppercase()), false),
            ("short trace id",     format!("00-{}-{SPAN}-01", &TRACE[1..]),       false),
            ("long parent id",     format!("00-{TRACE}-0{SPAN}-01"),              false),
            ("doubled dash",       format!("00--{}-{SPAN}-01", &TRACE[1..]),      false),
            ("other separators",   format!("00_{TRACE}_{SPAN}_01"),               false),
            ("two-byte character", format!("00-{}é-{SPAN}-01", &TRACE[..30]),     false),
            ("nothing",            String::new(),                                 false),
            ("longest",            format!("cc-{TRACE}-{SPAN}-01-{}", "x".repeat(MAX_LEN - 56)), true),
            ("too long",           format!("cc-{TRACE}-{SPAN}-01-{}", "x".repeat(MAX_LEN - 55)), false),
        ];
        for (name, value, want) in table {
            assert_eq!(parse(value.as_bytes()).is_some(), want, "{name}: {value}");
        }
    }

    #[test]
    fn prints_version_00_and_two_flags() {
        let flags = TraceFlags::new(0xff);
        let (trace_id, span_id) = (TraceId::from(0x2a_u128), SpanId::from(7));
        let span_context = SpanContext::new(trace_id, span_id, flags, false, TraceState::NONE);
        assert_eq!(
            print(&span_context),
            *b"00-0000000000000000000000000000002a-0000000000000007-03"
        );
    }
}
