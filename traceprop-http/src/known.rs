//! The names that propagators ask for, as headers ready made.

use http::{HeaderMap, HeaderName, HeaderValue};
use traceprop_core::propagation::carrier;

/// The first line of each of W3C's names.
#[inline]
pub(crate) fn find_w3c(headers: &HeaderMap) -> [Option<&HeaderValue>; 3] {
    let [mut parent, mut state, mut baggage] = [None; 3];
    for (name, value) in headers {
        match name.as_str() {
            carrier::TRACEPARENT => parent = parent.or(Some(value)),
            carrier::TRACESTATE => state = state.or(Some(value)),
            carrier::BAGGAGE => baggage = baggage.or(Some(value)),
            _ => {}
        }
    }
    [parent, state, baggage]
}

/// The first line of each name of B3's multi encoding.
#[inline]
pub(crate) fn find_b3_multi(headers: &HeaderMap) -> [Option<&HeaderValue>; 4] {
    let [mut trace, mut span, mut sampled, mut flags] = [None; 4];
    for (name, value) in headers {
        match name.as_str() {
            carrier::X_B3_TRACE_ID => trace = trace.or(Some(value)),
            carrier::X_B3_SPAN_ID => span = span.or(Some(value)),
            carrier::X_B3_SAMPLED => sampled = sampled.or(Some(value)),
            carrier::X_B3_FLAGS => flags = flags.or(Some(value)),
            _ => {}
        }
    }
    [trace, span, sampled, flags]
}

/// A name that need not be parsed.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) name: HeaderName,
    pub(crate) family: Family,
}

/// Which other names a name is asked for with, and its place among them.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Family {
    W3c(usize),
    B3Multi(usize),
    None,
}

impl Known {
    /// The header that `key` names, if it is one of them.
    #[inline]
    pub(crate) fn of(key: &str) -> Option<&'static Self> {
        /// One static for each, found by comparing strings: lengths first, then bytes.
        macro_rules! names {
            ($($name:ident $family:expr),+ $(,)?) => {{
                $(static $name: Known = Known {
                    name: HeaderName::from_static(carrier::$name),
                    family: $family,
                };)+
                match key {
                    $(carrier::$name => Some(&$name),)+
                    _ => None,
                }
            }};
        }
        names!(
            TRACEPARENT Family::W3c(0),
            TRACESTATE Family::W3c(1),
            BAGGAGE Family::W3c(2),
            B3 Family::None,
            X_B3_TRACE_ID Family::B3Multi(0),
            X_B3_SPAN_ID Family::B3Multi(1),
            X_B3_SAMPLED Family::B3Multi(2),
            X_B3_FLAGS Family::B3Multi(3),
            UBER_TRACE_ID Family::None,
            JAEGER_BAGGAGE Family::None,
            JAEGER_DEBUG_ID Family::None,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_found_at_its_place() {
        const NAMES: [&str; 7] = [
            carrier::TRACEPARENT,
            carrier::TRACESTATE,
            carrier::BAGGAGE,
            carrier::X_B3_TRACE_ID,
            carrier::X_B3_SPAN_ID,
            carrier::X_B3_SAMPLED,
            carrier::X_B3_FLAGS,
        ];
        let mut headers = HeaderMap::new();
        for name in NAMES {
            headers.append(name, HeaderValue::from_static(name));
            headers.append(name, HeaderValue::from_static("second"));
        }
        for name in NAMES {
            let found = match Known::of(name).unwrap().family {
                Family::W3c(place) => find_w3c(&headers)[place],
                Family::B3Multi(place) => find_b3_multi(&headers)[place],
                Family::None => None,
            };
            assert_eq!(found.unwrap(), name);
        }
    }
}
