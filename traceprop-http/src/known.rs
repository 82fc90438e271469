//! The names that propagators ask for, as headers ready made.

use http::{HeaderMap, HeaderName, HeaderValue};
use traceprop_core::propagation::carrier;

/// The names of W3C's formats: a second line of these has a meaning.
pub(crate) const W3C: Together<3> = Together {
    names: [carrier::TRACEPARENT, carrier::TRACESTATE, carrier::BAGGAGE],
    starts: |first| matches!(first, b't' | b'b'),
};

/// The names of B3's multi encoding.
pub(crate) const B3_MULTI: Together<4> = Together {
    names: [
        carrier::X_B3_TRACE_ID,
        carrier::X_B3_SPAN_ID,
        carrier::X_B3_SAMPLED,
        carrier::X_B3_FLAGS,
    ],
    starts: |first| first == b'x',
};

/// Names that are asked for one after the other.
pub(crate) struct Together<const N: usize> {
    names: [&'static str; N],
    /// Whether a name may be one of them, by its first byte.
    starts: fn(u8) -> bool,
}

impl<const N: usize> Together<N> {
    /// The first line of each.
    #[inline]
    pub(crate) fn find<'a>(&self, headers: &'a HeaderMap) -> [Option<&'a HeaderValue>; N] {
        let mut found = [None; N];
        for (name, value) in headers {
            let name = name.as_str();
            if name.bytes().next().is_some_and(self.starts)
                && let Some(place) = self.names.iter().position(|known| *known == name)
                && let Some(first) = found.get_mut(place)
            {
                first.get_or_insert(value);
            }
        }
        found
    }
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
        let mut headers = HeaderMap::new();
        for name in W3C.names.into_iter().chain(B3_MULTI.names) {
            headers.append(name, HeaderValue::from_static(name));
            headers.append(name, HeaderValue::from_static("second"));
        }
        for name in W3C.names.into_iter().chain(B3_MULTI.names) {
            let found = match Known::of(name).unwrap().family {
                Family::W3c(place) => W3C.find(&headers)[place],
                Family::B3Multi(place) => B3_MULTI.find(&headers)[place],
                Family::None => None,
            };
            assert_eq!(found.unwrap(), name);
        }
    }
}
