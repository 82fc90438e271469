//! What carriers share: the values of a repeated header, and values that are no text.
//!
//! An [`Extractor`] hands out the first value of a name from `get` and all of them from `get_all`,
//! which allocates. Propagators need all: every `tracestate` and `baggage` line belongs to one list,
//! and a second `traceparent` makes the first one void. A carrier whose `get` accounts for all of a
//! name's values says so under [`JOINS_REPEATED_VALUES`], and is then never asked for `get_all`.
//!
//! ```
//! use opentelemetry::{Context, propagation::{Extractor, TextMapPropagator}, trace::TraceContextExt};
//! use traceprop_core::propagation::{TraceContextPropagator, carrier};
//!
//! /// Headers as a broker hands them over: any number of lines under one name.
//! struct Lines<'a> {
//!     lines: &'a [(&'a str, &'a [u8])],
//!     joined: carrier::Joined,
//! }
//!
//! impl Extractor for Lines<'_> {
//!     fn get(&self, name: &str) -> Option<&str> {
//!         if name == carrier::JOINS_REPEATED_VALUES {
//!             return Some(carrier::JOINED);
//!         }
//!         let values = self.lines.iter().filter(|line| line.0 == name).map(|line| line.1);
//!         self.joined.get(name, values)
//!     }
//!
//!     fn keys(&self) -> Vec<&str> {
//!         self.lines.iter().map(|line| line.0).collect()
//!     }
//! }
//!
//! let lines: [(&str, &[u8]); 3] = [
//!     ("traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
//!     ("tracestate", b"vendor=1"),
//!     ("tracestate", b"other=2"),
//! ];
//! let carrier = Lines { lines: &lines, joined: carrier::Joined::default() };
//! let cx = TraceContextPropagator::new().extract_with_context(&Context::new(), &carrier);
//! assert_eq!(cx.span().span_context().trace_state().header(), "vendor=1,other=2");
//! ```

use std::cell::OnceCell;
use std::slice;

use opentelemetry::propagation::Extractor;

/// The name of the W3C header with the ids and the flags.
pub const TRACEPARENT: &str = "traceparent";

/// The name of the W3C header with the members of the tracing systems.
pub const TRACESTATE: &str = "tracestate";

/// The name of the W3C baggage header.
pub const BAGGAGE: &str = "baggage";

/// The name of B3's single header.
pub const B3: &str = "b3";

/// The name of B3's header with the trace id.
pub const X_B3_TRACE_ID: &str = "x-b3-traceid";

/// The name of B3's header with the span id.
pub const X_B3_SPAN_ID: &str = "x-b3-spanid";

/// The name of B3's header with the sampling state.
pub const X_B3_SAMPLED: &str = "x-b3-sampled";

/// The name of B3's header with the debug flag.
pub const X_B3_FLAGS: &str = "x-b3-flags";

/// The name of Jaeger's header with the ids and the flags.
pub const UBER_TRACE_ID: &str = "uber-trace-id";

/// What the names of Jaeger's baggage headers start with.
pub const UBERCTX: &str = "uberctx-";

/// The name of the header in which people give Jaeger baggage.
pub const JAEGER_BAGGAGE: &str = "jaeger-baggage";

/// The name of the header with which people ask Jaeger for a debug trace.
pub const JAEGER_DEBUG_ID: &str = "jaeger-debug-id";

/// The names under which several values are one comma-separated value.
const COMMA_JOINED: [&str; 2] = [TRACESTATE, BAGGAGE];

/// The key that tells propagators that a carrier's `get` accounts for all values of a name.
///
/// A carrier that answers it with [`JOINED`] promises that `get` already holds what `get_all` would
/// show: the values of `tracestate` and `baggage` joined in order by a comma and a doubled
/// `traceparent` made void, as [`Joined`] does, or the one value that counts where its transport has
/// another rule.
///
/// It is empty: no legal header name, and the one that maps look up fastest.
pub const JOINS_REPEATED_VALUES: &str = "";

/// The answer to [`JOINS_REPEATED_VALUES`]: this very string.
///
/// Propagators know it by its address, so nothing that came over the wire can pass for it.
pub static JOINED: &str = "get accounts for all values";

/// The key that asks a carrier whether any of its names starts with [`UBERCTX`] or is
/// [`JAEGER_BAGGAGE`], in any case.
///
/// It is no legal header name. A carrier that answers it with `Some("0")` has no such name, and is not
/// asked for [`keys`](Extractor::keys), which allocates.
pub const ANY_JAEGER_BAGGAGE: &str = ":traceprop-any-jaeger-baggage";

/// What stands in for a value that is no text: no format's grammar takes it.
///
/// Leaving such a value out would turn two values, one of them bad, into one good value.
pub const UNDECODABLE: &str = "\0";

/// A header's value as text, or [`UNDECODABLE`].
///
/// ```
/// use traceprop_core::propagation::carrier;
///
/// assert_eq!(carrier::text(b"a=1"), "a=1");
/// assert_eq!(carrier::text(b"a=\xff"), carrier::UNDECODABLE);
/// ```
#[must_use]
pub fn text(value: &[u8]) -> &str {
    // Text that is not ASCII passes here; every grammar refuses it where it stands.
    str::from_utf8(value).unwrap_or(UNDECODABLE)
}

/// The environment variable that carries the field `name`, as OpenTelemetry's environment variable
/// carriers have it.
///
/// Letters become upper case, and each character that is no ASCII letter, digit or underscore becomes
/// an underscore; one stands in front of a leading digit, and for no name at all.
///
/// ```
/// use traceprop_core::propagation::carrier;
///
/// assert_eq!(carrier::env_name("traceparent"), "TRACEPARENT");
/// assert_eq!(carrier::env_name("x-b3-traceid"), "X_B3_TRACEID");
/// ```
#[must_use]
pub fn env_name(name: &str) -> String {
    let mut variable = String::with_capacity(name.len() + 1);
    if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) {
        variable.push('_');
    }
    variable.extend(name.chars().map(|char| match char {
        'a'..='z' | 'A'..='Z' | '0'..='9' => char.to_ascii_uppercase(),
        _ => '_',
    }));
    variable
}

/// Joins the values of repeated headers for a carrier that can only lend them out.
///
/// It belongs into a carrier beside the map it borrows, and holds something only once a name was
/// asked for that is there more than once.
#[derive(Clone, Debug, Default)]
pub struct Joined([OnceCell<String>; COMMA_JOINED.len()]);

impl Joined {
    /// The value of `name`, of which `values` are all values in the order of the carrier.
    ///
    /// A single value is lent out as it is. Several values of `tracestate` or `baggage` (in any case)
    /// are joined by a comma, once. More than one `traceparent` reads as [`UNDECODABLE`]: joined, the
    /// second could pass for what a later version puts behind its flags. Of any other name the first
    /// one counts. Values that are no text read as [`UNDECODABLE`], too.
    pub fn get<'a>(
        &'a self,
        name: &str,
        values: impl IntoIterator<Item = &'a [u8]>,
    ) -> Option<&'a str> {
        let mut values = values.into_iter();
        let first = text(values.next()?);
        let Some(second) = values.next() else {
            return Some(first);
        };
        let Some(cell) = self.cell(name) else {
            let void = name.eq_ignore_ascii_case(TRACEPARENT);
            return Some(if void { UNDECODABLE } else { first });
        };
        Some(cell.get_or_init(|| {
            let mut joined = String::from(first);
            for value in [second].into_iter().chain(values) {
                joined.push(',');
                joined.push_str(text(value));
            }
            joined
        }))
    }

    fn cell(&self, name: &str) -> Option<&OnceCell<String>> {
        COMMA_JOINED
            .iter()
            .zip(&self.0)
            .find_map(|(known, cell)| known.eq_ignore_ascii_case(name).then_some(cell))
    }
}

/// Whether `get` accounts for all values: said by the carrier itself, not by what it carries.
fn joins(carrier: &dyn Extractor) -> bool {
    let answer = carrier.get(JOINS_REPEATED_VALUES);
    answer.is_some_and(|answer| std::ptr::eq(answer.as_ptr(), JOINED.as_ptr()))
}

/// All values of one name: at least one.
pub(super) enum Values<'a> {
    One(&'a str),
    Several(Vec<&'a str>),
}

impl<'a> Values<'a> {
    /// Asks `carrier` for all values of `name`, by `get_all` only where `get` may hide some.
    pub(super) fn of(carrier: &'a dyn Extractor, name: &str) -> Option<Self> {
        let first = carrier.get(name)?;
        if joins(carrier) {
            return Some(Self::One(first));
        }
        match carrier.get_all(name) {
            Some(all) if all.len() > 1 => Some(Self::Several(all)),
            _ => Some(Self::One(first)),
        }
    }

    /// The value, if there is but one, without the whitespace around it.
    pub(super) fn single(&self) -> Option<&'a str> {
        match self {
            Self::One(value) => Some(trim(value)),
            Self::Several(_) => None,
        }
    }

    /// The values, in order.
    pub(super) fn lists(&self) -> impl Iterator<Item = &'a str> {
        let values = match self {
            Self::One(value) => slice::from_ref(value),
            Self::Several(values) => values,
        };
        values.iter().copied()
    }
}

/// Removes optional whitespace (RFC 9110 §5.6.3) from both ends: space and tab.
///
/// Not `str::trim`, which takes line breaks and Unicode's spaces for whitespace, too.
#[inline]
pub(super) fn trim(text: &str) -> &str {
    let is_space = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\t'));
    // Nearly always there is none.
    if !is_space(text.as_bytes().first()) && !is_space(text.as_bytes().last()) {
        return text;
    }
    text.trim_matches([' ', '\t'])
}

/// Removes what is one of these ASCII bytes from the start.
#[inline]
pub(super) fn trim_start<'a>(text: &'a str, bytes: &[u8]) -> &'a str {
    let kept = text.bytes().position(|byte| !bytes.contains(&byte));
    text.get(kept.unwrap_or(text.len())..).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_is_lent_out_and_several_are_joined() {
        let (one, two, bad): (&[u8], &[u8], &[u8]) = (b"a=1", b"b=2", b"\xff");
        #[rustfmt::skip]
        let table = [
            // what it shows                  name           values           joined
            ("absent",                        BAGGAGE,       vec![],             None),
            ("one",                           BAGGAGE,       vec![one],          Some("a=1")),
            ("two",                           BAGGAGE,       vec![one, two],     Some("a=1,b=2")),
            ("any case",                      "TraceState",  vec![one, two],     Some("a=1,b=2")),
            ("no list: the first",            "b3",          vec![one, two],     Some("a=1")),
            ("undecodable is not absent",     TRACEPARENT,   vec![bad],          Some("\0")),
            ("nor is it beside a good one",   TRACESTATE,    vec![one, bad],     Some("a=1,\0")),
            ("an empty line counts",          BAGGAGE,       vec![one, b""],     Some("a=1,")),
            ("two are none",                  TRACEPARENT,   vec![one, two],     Some("\0")),
            ("of any kind, in any case",      "TraceParent", vec![one, b""],     Some("\0")),
        ];
        for (name, header, values, want) in table {
            let joined = Joined::default();
            assert_eq!(joined.get(header, values), want, "{name}");
        }
    }

    #[test]
    fn the_markers_are_no_legal_header_names() {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        for marker in [JOINS_REPEATED_VALUES, ANY_JAEGER_BAGGAGE] {
            assert!(marker.is_empty() || !marker.bytes().all(legal));
        }
    }

    #[test]
    fn nothing_that_is_carried_passes_for_a_carriers_word() {
        let forged = std::collections::HashMap::from([
            (JOINS_REPEATED_VALUES.to_owned(), JOINED.to_owned()),
            (BAGGAGE.to_owned(), "a=1".to_owned()),
        ]);
        assert!(!joins(&forged));
    }

    #[test]
    fn only_space_and_tab_are_whitespace() {
        assert_eq!(trim(" \ta\t "), "a");
        for kept in ["\u{a0}a", "\u{b}a", "a\r", "a\n", "\u{85}a", "a\u{3000}"] {
            assert_eq!(trim(kept), kept);
        }
    }
}
