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
use super::error::{Hook, TraceparentError, on_current_context, on_error};
use super::hex;
use super::level2::{self, Parent, Refused};
use super::trace_state::{self, Members};

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
#[derive(Clone, Debug, Default)]
pub struct TraceContextPropagator {
    max_tracestate: Option<usize>,
    hook: Hook,
}

impl TraceContextPropagator {
    /// Bytes of `tracestate` that every vendor must hand on (§3.3.1.5): no limit may be lower.
    pub const MIN_TRACESTATE: usize = 512;

    /// The propagator with its defaults.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            max_tracestate: None,
            hook: Hook::NONE,
        }
    }

    /// Limits the `tracestate` that is written, in bytes. Default: none but the grammar's own.
    ///
    /// A longer list loses whole members: those of more than 128 bytes first, from the right, and
    /// then any from the right. Less than [`MIN_TRACESTATE`](Self::MIN_TRACESTATE) counts as that.
    #[must_use]
    pub const fn max_tracestate(mut self, bytes: usize) -> Self {
        self.max_tracestate = Some(if bytes < Self::MIN_TRACESTATE {
            Self::MIN_TRACESTATE
        } else {
            bytes
        });
        self
    }

    on_error!();

    /// Reads the one `traceparent` there is.
    fn parent(&self, extractor: &dyn Extractor) -> Option<Parent> {
        let value = Values::of(extractor, TRACEPARENT)?.single();
        let value = value.ok_or(TraceparentError::Repeated);
        self.hook
            .ok(value.and_then(|value| parse(value.as_bytes())))
    }

    /// The list that came with a trace, and what of it a `TraceState` refuses.
    fn state(&self, values: &Values<'_>, trace_id: TraceId) -> (TraceState, Option<Refused>) {
        let mut members = Members::new();
        match members.read(values.lists()) {
            Ok(()) => level2::split(&members, trace_id),
            Err(error) => {
                self.hook.tell(error);
                (TraceState::NONE, None)
            }
        }
    }

    /// The `tracestate` to write, within the limit.
    fn tracestate(&self, cx: &Context, span_context: &SpanContext) -> Option<String> {
        let value = level2::header(cx, span_context)?;
        match self.max_tracestate {
            Some(limit) if value.len() > limit => {
                Some(trace_state::shorten(&value, limit)).filter(|value| !value.is_empty())
            }
            _ => Some(value),
        }
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
            if let Some(value) = self.tracestate(cx, span_context) {
                injector.set(TRACESTATE, value);
            }
        }
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let Some(parent) = self.parent(extractor) else {
            return cx.clone();
        };
        let (state, refused) = match Values::of(extractor, TRACESTATE) {
            Some(values) => self.state(&values, parent.0),
            None => (TraceState::NONE, None),
        };
        level2::with_parent(cx, parent, state, refused)
    }

    on_current_context!();

    fn fields(&self) -> FieldIter<'_> {
        static FIELDS: LazyLock<[String; 2]> =
            LazyLock::new(|| [TRACEPARENT.to_owned(), TRACESTATE.to_owned()]);
        FieldIter::new(FIELDS.as_slice())
    }
}

/// Parses one `traceparent` value, without the whitespace around it.
fn parse(value: &[u8]) -> Result<Parent, TraceparentError> {
    use TraceparentError as E;
    if value.len() > MAX_LEN {
        return Err(E::Length);
    }
    let (fields, rest) = value.split_first_chunk::<LEN>().ok_or(E::Length)?;
    if [fields[2], fields[35], fields[52]] != *b"---" {
        return Err(E::Separator);
    }
    match (hex::decode(&fields[..2]).ok_or(E::Version)?, rest.first()) {
        ([0xff], _) => return Err(E::Version),
        ([0x00], Some(_)) => return Err(E::Trailing),
        (_, None | Some(b'-')) => {}
        (_, Some(_)) => return Err(E::Trailing),
    }
    let trace_id = hex::decode(&fields[3..35]).map(TraceId::from_bytes);
    let span_id = hex::decode(&fields[36..52]).map(SpanId::from_bytes);
    let [flags] = hex::decode(&fields[53..]).ok_or(E::Flags)?;
    Ok((
        trace_id
            .filter(|id| *id != TraceId::INVALID)
            .ok_or(E::TraceId)?,
        span_id
            .filter(|id| *id != SpanId::INVALID)
            .ok_or(E::SpanId)?,
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
        use TraceparentError as E;
        #[rustfmt::skip]
        let table = [
            // what it shows                  version flags rest      flags kept
            ("sampled",                       "00",   "01", "",       Ok(0x01)),
            ("random, not sampled",           "00",   "02", "",       Ok(0x02)),
            ("both",                          "00",   "03", "",       Ok(0x03)),
            ("reserved bits are dropped",     "00",   "ff", "",       Ok(0x03)),
            ("version 00 may not grow",       "00",   "01", "-",      Err(E::Trailing)),
            ("nor be two values joined",      "00",   "01", ",00-",   Err(E::Trailing)),
            ("future version",                "cc",   "01", "",       Ok(0x01)),
            ("future version goes on",        "cc",   "01", "-next",  Ok(0x01)),
            ("and may end in a dash",         "cc",   "01", "-",      Ok(0x01)),
            ("but only after a dash",         "cc",   "01", ".next",  Err(E::Trailing)),
            ("future unknown flags dropped",  "02",   "08", "",       Ok(0x00)),
            ("future random flag",            "02",   "03", "-x",     Ok(0x03)),
            ("version ff",                    "ff",   "01", "",       Err(E::Version)),
            ("upper-case version",            "CC",   "01", "",       Err(E::Version)),
            ("a sign is not a digit",         "+0",   "01", "",       Err(E::Version)),
            ("short version",                 "0",    "01", "",       Err(E::Length)),
            ("long version",                  "000",  "01", "",       Err(E::Separator)),
            ("upper-case flags",              "00",   "0A", "",       Err(E::Flags)),
            ("short flags",                   "00",   "1",  "",       Err(E::Length)),
            ("long flags",                    "00",   "001", "",      Err(E::Trailing)),
        ];
        for (name, version, flags, rest, want) in table {
            let value = format!("{version}-{TRACE}-{SPAN}-{flags}{rest}");
            let got = parse(value.as_bytes()).map(|(_, _, flags)| flags.to_u8());
            assert_eq!(got, want, "{name}: {value}");
        }
    }

    #[test]
    fn ids_and_dashes() {
        use TraceparentError as E;
        let zero = "0".repeat(32);
        #[rustfmt::skip]
        let table = [
            // what it shows       value                                          good?
            ("good",               format!("00-{TRACE}-{SPAN}-01"),               Ok(())),
            ("zero trace id",      format!("00-{zero}-{SPAN}-01"),                Err(E::TraceId)),
            ("zero parent id",     format!("00-{TRACE}-{}-01", &zero[..16]),      Err(E::SpanId)),
            ("upper-case trace",   format!("00-{}-{SPAN}-01", TRACE.to_uppercase()), Err(E::TraceId)),
            ("upper-case parent",  format!("00-{TRACE}-{}-01", SPAN.to_uppercase()), Err(E::SpanId)),
            ("short trace id",     format!("00-{}-{SPAN}-01", &TRACE[1..]),       Err(E::Length)),
            ("long parent id",     format!("00-{TRACE}-0{SPAN}-01"),              Err(E::Separator)),
            ("doubled dash",       format!("00--{}-{SPAN}-01", &TRACE[1..]),      Err(E::TraceId)),
            ("other separators",   format!("00_{TRACE}_{SPAN}_01"),               Err(E::Separator)),
            ("two-byte character", format!("00-{}é-{SPAN}-01", &TRACE[..30]),     Err(E::TraceId)),
            ("nothing",            String::new(),                                 Err(E::Length)),
            ("longest",            format!("cc-{TRACE}-{SPAN}-01-{}", "x".repeat(MAX_LEN - 56)), Ok(())),
            ("too long",           format!("cc-{TRACE}-{SPAN}-01-{}", "x".repeat(MAX_LEN - 55)), Err(E::Length)),
        ];
        for (name, value, want) in table {
            assert_eq!(parse(value.as_bytes()).map(|_| ()), want, "{name}: {value}");
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
