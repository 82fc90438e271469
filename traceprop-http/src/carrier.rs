//! The carriers over `http::HeaderMap`.

use std::cell::OnceCell;

use http::header::GetAll;
use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, Injector};
use traceprop_core::call::Options;
use traceprop_core::propagation::carrier;

use crate::known::{Family, Known, find_b3_multi, find_w3c};

/// Reads a context from headers.
///
/// The known names are looked up without being parsed. `get` joins the values of a repeated
/// `tracestate` or `baggage`, so that all lines count; a doubled `traceparent` reads as malformed.
///
/// ```
/// use opentelemetry::{Context, propagation::TextMapPropagator, trace::TraceContextExt};
/// use traceprop_core::propagation::TraceContextPropagator;
/// use traceprop_http::HeaderExtractor;
///
/// let mut headers = http::HeaderMap::new();
/// let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".parse().unwrap();
/// headers.insert("traceparent", parent);
/// let propagator = TraceContextPropagator::new();
/// let context = propagator.extract_with_context(&Context::new(), &HeaderExtractor::new(&headers));
/// assert!(context.span().span_context().is_sampled());
/// ```
#[derive(Clone, Debug)]
pub struct HeaderExtractor<'a> {
    headers: &'a HeaderMap,
    joined: carrier::Joined,
    /// What was found of each family, once one of its names was asked for.
    w3c: OnceCell<[Option<&'a HeaderValue>; 3]>,
    b3: OnceCell<[Option<&'a HeaderValue>; 4]>,
}

/// Names in a map up to which a look at each is cheaper than hashing those of a family.
const FEW_NAMES: usize = 24;

impl<'a> HeaderExtractor<'a> {
    /// Reads from `headers`.
    #[must_use]
    pub fn new(headers: &'a HeaderMap) -> Self {
        Self {
            headers,
            joined: carrier::Joined::default(),
            w3c: OnceCell::new(),
            b3: OnceCell::new(),
        }
    }

    /// The first line of a known name. Those of a family are asked for together, and found together.
    #[inline]
    fn first(&self, known: &Known) -> Option<&'a HeaderValue> {
        let headers = self.headers;
        let few = headers.keys_len() <= FEW_NAMES;
        match known.family {
            Family::W3c(place) if few => *self.w3c.get_or_init(|| find_w3c(headers)).get(place)?,
            Family::B3Multi(place) if few => {
                *self.b3.get_or_init(|| find_b3_multi(headers)).get(place)?
            }
            _ => headers.get(&known.name),
        }
    }

    /// Whether any name is there more than once.
    fn has_repeated(&self) -> bool {
        self.headers.len() > self.headers.keys_len()
    }

    fn join(&self, key: &str, lines: GetAll<'a, HeaderValue>) -> Option<&str> {
        let lines = lines.into_iter().map(HeaderValue::as_bytes);
        self.joined.get(key, lines)
    }

    fn get_unknown(&self, key: &str) -> Option<&str> {
        match key {
            carrier::ANY_JAEGER_BAGGAGE => Some(self.any_jaeger_baggage()),
            _ => self.join(key, self.headers.get_all(key)),
        }
    }

    /// Whether there is baggage of Jaeger's: `1` or `0`. A header map's names are in lower case.
    fn any_jaeger_baggage(&self) -> &'static str {
        let mut names = self.headers.keys().map(HeaderName::as_str);
        if names.any(|name| name.starts_with(carrier::UBERCTX) || name == carrier::JAEGER_BAGGAGE) {
            "1"
        } else {
            "0"
        }
    }
}

impl Extractor for HeaderExtractor<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        if key == carrier::JOINS_REPEATED_VALUES {
            return Some(carrier::JOINED);
        }
        let Some(known) = Known::of(key) else {
            return self.get_unknown(key);
        };
        // Most often no name is there twice, and looking for a second line costs as much again.
        if self.has_repeated() && matches!(known.family, Family::W3c(_)) {
            return self.join(key, self.headers.get_all(&known.name));
        }
        let value = self.first(known)?;
        Some(carrier::text(value.as_bytes()))
    }

    fn keys(&self) -> Vec<&str> {
        self.headers.keys().map(HeaderName::as_str).collect()
    }

    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        let values = self.headers.get_all(key).iter();
        let values: Vec<_> = values
            .map(|value| carrier::text(value.as_bytes()))
            .collect();
        (!values.is_empty()).then_some(values)
    }
}

/// Writes a context into headers; a header that is there already is replaced.
///
/// A value that no header can hold is left out: propagators write none.
///
/// ```
/// use opentelemetry::propagation::Injector;
/// use traceprop_http::HeaderInjector;
///
/// let mut headers = http::HeaderMap::new();
/// HeaderInjector::new(&mut headers).set("baggage", "tenant=acme".to_owned());
/// assert_eq!(headers["baggage"], "tenant=acme");
/// ```
#[derive(Debug)]
pub struct HeaderInjector<'a>(&'a mut HeaderMap);

impl<'a> HeaderInjector<'a> {
    /// Writes into `headers`.
    #[must_use]
    pub fn new(headers: &'a mut HeaderMap) -> Self {
        Self(headers)
    }

    /// Writes `context` with the propagator of `options`, and removes what an earlier hop left.
    pub fn replace(options: &Options, context: &Context, headers: &mut HeaderMap) {
        Self::remove(options, headers);
        options.inject(context, &mut HeaderInjector::new(headers));
    }

    /// Removes what the propagator of `options` may have written at an earlier hop, Jaeger's baggage
    /// among it, whose names are anyone's.
    pub fn remove(options: &Options, headers: &mut HeaderMap) {
        // One look at all names finds that there are none, as there mostly are.
        let stale = find_w3c(headers).map(|found| found.is_some());
        let mut is_jaeger = false;
        options.for_each_field(|field| {
            is_jaeger |= field == carrier::UBER_TRACE_ID;
            match Known::of(field) {
                Some(Known { name, family }) => match *family {
                    Family::W3c(place) if stale.get(place) == Some(&false) => None,
                    _ => headers.remove(name),
                },
                None => headers.remove(field),
            };
        });
        if is_jaeger {
            remove_jaeger_baggage(headers);
        }
    }
}

fn remove_jaeger_baggage(headers: &mut HeaderMap) {
    let is_jaeger = |name: &&HeaderName| {
        let name = name.as_str();
        name.starts_with(carrier::UBERCTX)
            || name == carrier::JAEGER_BAGGAGE
            || name == carrier::JAEGER_DEBUG_ID
    };
    // None is the rule, and nothing is allocated then.
    let names: Vec<_> = headers.keys().filter(is_jaeger).cloned().collect();
    for name in names {
        headers.remove(name);
    }
}

impl Injector for HeaderInjector<'_> {
    fn set(&mut self, key: &str, value: String) {
        // The value's buffer becomes the header's; nothing is copied.
        let Ok(value) = HeaderValue::try_from(value) else {
            return;
        };
        if let Some(known) = Known::of(key) {
            self.0.insert(&known.name, value);
        } else if let Ok(name) = HeaderName::try_from(key) {
            self.0.insert(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &[u8])]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_bytes(value).unwrap());
        }
        headers
    }

    #[test]
    fn get_accounts_for_every_line() {
        let map = headers(&[
            ("tracestate", b"a=1"),
            ("x", b"1"),
            ("tracestate", b"b=2"),
            ("x", b"2"),
        ]);
        let extractor = HeaderExtractor::new(&map);
        assert_eq!(extractor.get("tracestate"), Some("a=1,b=2"));
        assert_eq!(extractor.get("x"), Some("1"));
        assert_eq!(extractor.get_all("tracestate"), Some(vec!["a=1", "b=2"]));
        assert_eq!(extractor.get("baggage"), None);
        assert_eq!(extractor.get_all("baggage"), None);
        assert_eq!(
            extractor.get(carrier::JOINS_REPEATED_VALUES),
            Some(carrier::JOINED)
        );
    }

    #[test]
    fn names_of_jaeger_baggage_are_found() {
        for (name, want) in [
            ("uberctx-a", "1"),
            ("jaeger-baggage", "1"),
            ("uberctx", "0"),
            ("x-uberctx-a", "0"),
        ] {
            let map = headers(&[("x", b"1"), (name, b"2")]);
            let extractor = HeaderExtractor::new(&map);
            assert_eq!(
                extractor.get(carrier::ANY_JAEGER_BAGGAGE),
                Some(want),
                "{name}"
            );
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_not_absent() {
        let map = headers(&[("traceparent", b"\xff"), ("traceparent", b"00-")]);
        let extractor = HeaderExtractor::new(&map);
        assert_eq!(extractor.get("traceparent"), Some(carrier::UNDECODABLE));
        assert_eq!(extractor.get_all("traceparent").unwrap().len(), 2);
    }

    #[test]
    fn a_value_that_no_header_holds_is_left_out() {
        let mut map = HeaderMap::new();
        let mut injector = HeaderInjector::new(&mut map);
        injector.set("baggage", "a=1\r\nx: y".to_owned());
        injector.set("no name", "1".to_owned());
        assert!(map.is_empty());
    }
}
