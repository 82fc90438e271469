//! B3, in its two encodings.
//!
//! ```text
//! b3      = trace-id "-" span-id [ "-" state ] [ "-" parent ] / state      (single)
//!   trace-id = 16LHEX / 32LHEX     not all zero, as no other id but the parent's
//!   span-id  = 16LHEX
//!   state    = "0" / "1" / "d"     deferred if it is not there
//!   parent   = 16LHEX              not used
//!
//! x-b3-traceid = trace-id    x-b3-spanid = span-id                         (multi)
//! x-b3-sampled = "0" / "1" / "true" / "false"      in any case; deferred if it is not there
//! x-b3-flags   = "1"                               debug; anything else means nothing
//! ```
//!
//! See [b3-propagation](https://github.com/openzipkin/b3-propagation).

use std::sync::LazyLock;

use opentelemetry::Context;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};

use super::carrier::{B3, X_B3_FLAGS, X_B3_SAMPLED, X_B3_SPAN_ID, X_B3_TRACE_ID, trim};
use super::context_ext::{B3State, ContextExt};
use super::error::{B3Error, Hook, on_current_context, on_error};
use super::{hex, level2};

/// Bytes of the single header without its state.
const IDS_LEN: usize = 32 + 1 + 16;

/// Reads and writes [B3] headers: the single one or the four of the multi encoding.
///
/// Either encoding is read, whichever is written; of both, the single header counts where it is
/// whole. Debug and the deferred state are in the context as [`B3State`], beside the span context,
/// and so is a decision that came without ids, unless there is a span context already.
///
/// Nothing is written for an invalid span context. A parent's id is never written.
///
/// ```
/// use std::collections::HashMap;
/// use opentelemetry::{Context, propagation::TextMapPropagator};
/// use traceprop_core::propagation::{B3Propagator, B3State, ContextExt};
///
/// let value = "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-d";
/// let request = HashMap::from([("b3".to_owned(), value.to_owned())]);
///
/// let cx = B3Propagator::single().extract_with_context(&Context::new(), &request);
/// assert_eq!(cx.b3_state(), Some(B3State::Debug));
///
/// let mut onward = HashMap::new();
/// B3Propagator::multi().inject_context(&cx, &mut onward);
/// assert_eq!(onward["x-b3-traceid"], "4bf92f3577b34da6a3ce929d0e0e4736");
/// assert_eq!(onward["x-b3-flags"], "1");
/// ```
///
/// [B3]: https://github.com/openzipkin/b3-propagation
#[derive(Clone, Debug)]
pub struct B3Propagator {
    multi: bool,
    decisions: bool,
    hook: Hook,
}

impl B3Propagator {
    /// The propagator that writes the header `b3`, which is B3's default.
    #[must_use]
    pub const fn single() -> Self {
        Self::new(false)
    }

    /// The propagator that writes the headers `x-b3-traceid`, `x-b3-spanid` and `x-b3-sampled`, or
    /// `x-b3-flags` in the last one's place.
    #[must_use]
    pub const fn multi() -> Self {
        Self::new(true)
    }

    const fn new(multi: bool) -> Self {
        Self {
            multi,
            decisions: false,
            hook: Hook::NONE,
        }
    }

    /// Sets whether a [`B3State`] of a context without a span is written, too. Default: `false`.
    ///
    /// `b3: 0` tells all services behind this one not to trace. That is right for an exporter that
    /// must not trace itself, and wrong for whatever merely has no span.
    #[must_use]
    pub const fn decisions(mut self, write: bool) -> Self {
        self.decisions = write;
        self
    }

    on_error!();

    /// Reads both encodings: the ids of the first that has some, and the state of the first that is
    /// there.
    fn read(&self, extractor: &dyn Extractor) -> Option<Header> {
        let single = extractor
            .get(B3)
            .and_then(|value| self.hook.ok(single(trim(value).as_bytes())));
        if let Some(Header { ids: Some(_), .. }) = single {
            return single;
        }
        let multi = self.hook.ok(multi(extractor)).flatten();
        match (single, multi) {
            (Some(single), Some(multi)) => Some(Header {
                ids: multi.ids,
                state: single.state,
            }),
            (single, multi) => single.or(multi),
        }
    }
}

impl TextMapPropagator for B3Propagator {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        let span = cx.span();
        let span_context = span.span_context();
        if span_context.is_valid() {
            let state = cx.b3_state().unwrap_or(B3State::Deferred);
            if self.multi {
                write_multi(Some(span_context), state, injector);
            } else {
                write_single(span_context, state, injector);
            }
        } else if let Some(state) = cx.b3_state().filter(|_| self.decisions) {
            if self.multi {
                write_multi(None, state, injector);
            } else if let Some(letter) = letter(state) {
                injector.set(B3, letter.to_owned());
            }
        }
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let Some(Header { ids, state }) = self.read(extractor) else {
            return cx.clone();
        };
        let Some((trace_id, span_id)) = ids else {
            // A decision alone displaces no ids.
            return match cx.span().span_context().is_valid() {
                true => cx.clone(),
                false => cx.with_b3_state(state),
            };
        };
        let flags = match state {
            B3State::Accept | B3State::Debug => TraceFlags::SAMPLED,
            B3State::Deny | B3State::Deferred => TraceFlags::NOT_SAMPLED,
        };
        let parent = (trace_id, span_id, flags);
        let cx = level2::with_parent(cx, parent, TraceState::NONE, None);
        // Where the flags say it all, no value is set, which would be a map to allocate.
        if cx.b3_state() == Some(state) {
            return cx;
        }
        cx.with_b3_state(state)
    }

    on_current_context!();

    fn fields(&self) -> FieldIter<'_> {
        static SINGLE: LazyLock<[String; 1]> = LazyLock::new(|| [B3.to_owned()]);
        static MULTI: LazyLock<[String; 4]> = LazyLock::new(|| {
            [X_B3_TRACE_ID, X_B3_SPAN_ID, X_B3_SAMPLED, X_B3_FLAGS].map(str::to_owned)
        });
        FieldIter::new(match self.multi {
            true => MULTI.as_slice(),
            false => SINGLE.as_slice(),
        })
    }
}

/// What one encoding says; without ids it is a decision alone.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Header {
    ids: Option<(TraceId, SpanId)>,
    state: B3State,
}

/// Parses the single header, without the whitespace around it.
fn single(value: &[u8]) -> Result<Header, B3Error> {
    use B3Error as E;
    if let [letter] = value {
        let (ids, state) = (None, state(*letter)?);
        return Ok(Header { ids, state });
    }
    let at = [16, 32]
        .into_iter()
        .find(|&at| value.get(at) == Some(&b'-'));
    let (trace, rest) = value.split_at_checked(at.ok_or(E::Form)?).ok_or(E::Form)?;
    let (span, rest) = rest
        .get(1..)
        .unwrap_or_default()
        .split_at_checked(16)
        .ok_or(E::SpanId)?;
    let ids = Some((trace_id(trace)?, span_id(span)?));
    let state = match rest {
        [] => B3State::Deferred,
        [b'-', letter] => state(*letter)?,
        [b'-', letter, b'-', id @ ..] => {
            parent(id)?;
            state(*letter)?
        }
        // A parent without a state is deferred.
        [b'-', id @ ..] if id.len() == 16 => {
            parent(id)?;
            B3State::Deferred
        }
        _ => return Err(E::Form),
    };
    Ok(Header { ids, state })
}

/// Reads the multi encoding; `None` if none of its headers says anything.
fn multi(extractor: &dyn Extractor) -> Result<Option<Header>, B3Error> {
    let get = |name| extractor.get(name).map(trim);
    let sampled = match get(X_B3_SAMPLED) {
        None => None,
        Some("1") => Some(B3State::Accept),
        Some("0") => Some(B3State::Deny),
        Some(word) if word.eq_ignore_ascii_case("true") => Some(B3State::Accept),
        Some(word) if word.eq_ignore_ascii_case("false") => Some(B3State::Deny),
        Some(_) => return Err(B3Error::State),
    };
    let state = match get(X_B3_FLAGS) {
        Some("1") => Some(B3State::Debug),
        _ => sampled,
    };
    match (get(X_B3_TRACE_ID), get(X_B3_SPAN_ID)) {
        (Some(trace), Some(span)) => {
            let ids = Some((trace_id(trace.as_bytes())?, span_id(span.as_bytes())?));
            let state = state.unwrap_or(B3State::Deferred);
            Ok(Some(Header { ids, state }))
        }
        (None, None) => Ok(state.map(|state| Header { ids: None, state })),
        _ => Err(B3Error::Missing),
    }
}

fn state(letter: u8) -> Result<B3State, B3Error> {
    match letter {
        b'0' => Ok(B3State::Deny),
        b'1' => Ok(B3State::Accept),
        b'd' => Ok(B3State::Debug),
        _ => Err(B3Error::State),
    }
}

fn trace_id(digits: &[u8]) -> Result<TraceId, B3Error> {
    // An id of 64 bits is the right half of one of 128.
    let id = match digits.len() {
        16 => hex::decode(digits).map(|id| TraceId::from(u128::from(u64::from_be_bytes(id)))),
        _ => hex::decode(digits).map(TraceId::from_bytes),
    };
    id.filter(|id| *id != TraceId::INVALID)
        .ok_or(B3Error::TraceId)
}

fn span_id(digits: &[u8]) -> Result<SpanId, B3Error> {
    let id = hex::decode(digits).map(SpanId::from_bytes);
    id.filter(|id| *id != SpanId::INVALID)
        .ok_or(B3Error::SpanId)
}

/// All zeros stand for no parent. It is not used, whatever it is.
fn parent(digits: &[u8]) -> Result<(), B3Error> {
    hex::decode::<8>(digits)
        .map(|_| ())
        .ok_or(B3Error::ParentId)
}

/// A state as the single header has it; `None` for the deferred one.
fn letter(state: B3State) -> Option<&'static str> {
    match state {
        B3State::Deny => Some("0"),
        B3State::Accept => Some("1"),
        B3State::Debug => Some("d"),
        B3State::Deferred => None,
    }
}

fn write_single(span_context: &SpanContext, state: B3State, injector: &mut dyn Injector) {
    let mut text = [b'-'; IDS_LEN + 2];
    hex::encode(&span_context.trace_id().to_bytes(), &mut text[..32]);
    hex::encode(&span_context.span_id().to_bytes(), &mut text[33..IDS_LEN]);
    let mut len = IDS_LEN;
    if let Some(&[letter]) = letter(state).map(str::as_bytes) {
        text[IDS_LEN + 1] = letter;
        len = text.len();
    }
    // Hex and dashes are always text.
    if let Ok(value) = str::from_utf8(&text[..len]) {
        injector.set(B3, value.to_owned());
    }
}

/// The digits of an id; hex is always text.
#[inline]
fn digits<const LEN: usize>(id: &[u8]) -> Option<String> {
    let mut digits = [b'0'; LEN];
    hex::encode(id, &mut digits);
    String::from_utf8(digits.into()).ok()
}

fn write_multi(ids: Option<&SpanContext>, state: B3State, injector: &mut dyn Injector) {
    if let Some(ids) = ids {
        let trace = digits::<32>(&ids.trace_id().to_bytes());
        let span = digits::<16>(&ids.span_id().to_bytes());
        if let (Some(trace), Some(span)) = (trace, span) {
            injector.set(X_B3_TRACE_ID, trace);
            injector.set(X_B3_SPAN_ID, span);
        }
    }
    match state {
        // Debug implies the decision: no second header for that.
        B3State::Debug => injector.set(X_B3_FLAGS, "1".to_owned()),
        B3State::Accept | B3State::Deny => {
            injector.set(X_B3_SAMPLED, letter(state).unwrap_or_default().to_owned());
        }
        B3State::Deferred => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SPAN: &str = "00f067aa0ba902b7";
    const PARENT: &str = "05e3ac9a4f6e3b90";

    #[test]
    fn the_single_header() {
        use B3Error as E;
        use B3State::{Accept, Debug, Deferred, Deny};
        let zero = "0".repeat(32);
        let upper = TRACE.to_uppercase();
        #[rustfmt::skip]
        let table = [
            // what it shows            value                                       state, and whether there are ids
            ("accept",                  format!("{TRACE}-{SPAN}-1"),                Ok((Accept, true))),
            ("deny",                    format!("{TRACE}-{SPAN}-0"),                Ok((Deny, true))),
            ("debug",                   format!("{TRACE}-{SPAN}-d"),                Ok((Debug, true))),
            ("deferred",                format!("{TRACE}-{SPAN}"),                  Ok((Deferred, true))),
            ("64 bits",                 format!("{SPAN}-{SPAN}-1"),                 Ok((Accept, true))),
            ("zero right half",         format!("{SPAN}{}-{SPAN}-1", &zero[..16]),  Ok((Accept, true))),
            ("parent",                  format!("{TRACE}-{SPAN}-1-{PARENT}"),       Ok((Accept, true))),
            ("zero parent",             format!("{TRACE}-{SPAN}-1-{}", &zero[..16]), Ok((Accept, true))),
            ("parent without a state",  format!("{TRACE}-{SPAN}-{PARENT}"),         Ok((Deferred, true))),
            ("deny alone",              "0".to_owned(),                             Ok((Deny, false))),
            ("accept alone",            "1".to_owned(),                             Ok((Accept, false))),
            ("debug alone",             "d".to_owned(),                             Ok((Debug, false))),
            ("another letter alone",    "x".to_owned(),                             Err(E::State)),
            ("dash alone",              "-".to_owned(),                             Err(E::State)),
            ("nothing",                 String::new(),                              Err(E::Form)),
            ("word",                    format!("{TRACE}-{SPAN}-true"),             Err(E::Form)),
            ("upper-case debug",        format!("{TRACE}-{SPAN}-D"),                Err(E::State)),
            ("two digits of state",     format!("{TRACE}-{SPAN}-01"),               Err(E::Form)),
            ("dangling dash",           format!("{TRACE}-{SPAN}-"),                 Err(E::Form)),
            ("empty parent",            format!("{TRACE}-{SPAN}-1-"),               Err(E::ParentId)),
            ("short parent",            format!("{TRACE}-{SPAN}-1-{}", &PARENT[1..]), Err(E::ParentId)),
            ("five fields",             format!("{TRACE}-{SPAN}-1-{PARENT}-x"),     Err(E::ParentId)),
            ("upper-case trace id",     format!("{upper}-{SPAN}-1"),                Err(E::TraceId)),
            ("zero trace id",           format!("{zero}-{SPAN}-1"),                 Err(E::TraceId)),
            ("zero span id",            format!("{TRACE}-{}-1", &zero[..16]),       Err(E::SpanId)),
            ("31 digits",               format!("{}-{SPAN}-1", &TRACE[1..]),        Err(E::Form)),
            ("15 digits of span",       format!("{TRACE}-{}-1", &SPAN[1..]),        Err(E::SpanId)),
            ("a sign",                  format!("{TRACE}-+{}-1", &SPAN[1..]),       Err(E::SpanId)),
            ("trace id alone",          TRACE.to_owned(),                           Err(E::Form)),
            ("two values",              format!("{TRACE}-{SPAN}-1,{TRACE}-{SPAN}-1"), Err(E::Form)),
            ("undecodable",             "\0".to_owned(),                            Err(E::State)),
        ];
        for (name, value, want) in table {
            let got = single(value.as_bytes()).map(|header| (header.state, header.ids.is_some()));
            assert_eq!(got, want, "{name}: {value}");
        }
    }

    #[test]
    fn a_short_trace_id_is_the_right_half() {
        let id = trace_id(SPAN.as_bytes());
        assert_eq!(id, Ok(TraceId::from(0x00f0_67aa_0ba9_02b7_u128)));
    }
}
