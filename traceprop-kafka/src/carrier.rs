//! The headers of a Kafka record as a carrier.
//!
//! For those who keep their own producer and consumer: [`inject_into`] before a send,
//! [`HeaderExtractor`] after a receive. [`TracedProducer`](crate::TracedProducer) and
//! [`TracedConsumer`](crate::TracedConsumer) use the same.

use std::ffi::CString;
use std::fmt;

use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use rdkafka::message::{BorrowedMessage, Header, Headers, OwnedHeaders};
use traceprop_core::call::Options;
use traceprop_core::propagation::carrier;

use crate::ffi::{self, NativeHeaders};

/// Longer values are not looked at: no format has one, and checking a megabyte takes its time.
const MAX_VALUE: usize = 64 * 1024;

/// Reads propagation fields from the headers of a record.
///
/// Nothing that a stranger put there makes it panic, not even the names that are not UTF-8 on which
/// rdkafka's own `Headers` panic: such a header is skipped. The rules:
///
/// * names match without regard to ASCII case, since some B3 libraries write `X-B3-TraceId`;
/// * a null value is absent;
/// * a value that is not UTF-8, or longer than 64 KiB, is there and malformed;
/// * of repeated headers the last one counts, as with Kafka's own Java client; `tracestate` and
///   `baggage` are lists, whose values are joined in their order.
///
/// ```
/// use opentelemetry::propagation::Extractor;
/// use rdkafka::message::{Header, OwnedHeaders};
/// use traceprop_kafka::HeaderExtractor;
///
/// let headers = OwnedHeaders::new()
///     .insert(Header { key: "baggage", value: Some("a=1") })
///     .insert(Header { key: "baggage", value: Some("b=2") });
/// let extractor = HeaderExtractor::from_headers(&headers);
/// assert_eq!(extractor.get("baggage"), Some("a=1,b=2"));
/// assert_eq!(extractor.get("traceparent"), None);
/// ```
pub struct HeaderExtractor<'m> {
    headers: Option<NativeHeaders<'m>>,
    joined: carrier::Joined,
}

impl<'m> HeaderExtractor<'m> {
    /// Reads the headers of a received message, or of one in a delivery report.
    #[must_use]
    pub fn from_message(message: &'m BorrowedMessage<'_>) -> Self {
        Self::new(NativeHeaders::of_message(message))
    }

    /// Reads headers that were built or detached here, such as those of an `OwnedMessage`.
    #[must_use]
    pub fn from_headers(headers: &'m OwnedHeaders) -> Self {
        Self::new(Some(NativeHeaders::of_owned(headers)))
    }

    fn new(headers: Option<NativeHeaders<'m>>) -> Self {
        Self {
            headers,
            joined: carrier::Joined::default(),
        }
    }

    /// The values of `name` that are not null.
    fn values(&self, name: &str) -> impl DoubleEndedIterator<Item = &'m [u8]> {
        self.headers
            .into_iter()
            .flat_map(NativeHeaders::iter)
            .filter(move |(key, _)| key.eq_ignore_ascii_case(name.as_bytes()))
            .filter_map(|(_, value)| value)
    }
}

impl Extractor for HeaderExtractor<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        if name == carrier::JOINS_REPEATED_VALUES {
            return Some(carrier::JOINED);
        }
        if is_list(name) {
            return self.joined.get(name, self.values(name).map(bounded));
        }
        self.values(name)
            .next_back()
            .map(bounded)
            .map(carrier::text)
    }

    fn keys(&self) -> Vec<&str> {
        self.headers
            .into_iter()
            .flat_map(NativeHeaders::iter)
            .filter_map(|(name, _)| str::from_utf8(name).ok())
            .collect()
    }

    fn get_all(&self, name: &str) -> Option<Vec<&str>> {
        let all: Vec<_> = self.values(name).map(bounded).map(carrier::text).collect();
        (!all.is_empty()).then_some(all)
    }
}

impl fmt::Debug for HeaderExtractor<'_> {
    /// Says nothing of the headers: they come from the network.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeaderExtractor").finish_non_exhaustive()
    }
}

fn is_list(name: &str) -> bool {
    [carrier::TRACESTATE, carrier::BAGGAGE]
        .iter()
        .any(|list| list.eq_ignore_ascii_case(name))
}

/// The value, or one that reads as malformed in place of one that is too long.
fn bounded(value: &[u8]) -> &[u8] {
    if value.len() > MAX_VALUE {
        carrier::UNDECODABLE.as_bytes()
    } else {
        value
    }
}

/// Writes propagation fields into the headers of a record, each one once.
///
/// A field that is there already is replaced, in whatever case it is written and however often: a
/// consumer that reads the first of two `traceparent`s would join the wrong trace. All other headers
/// stay, in their order. Makes the list only when there is something to put into it.
///
/// ```
/// use opentelemetry::propagation::Injector;
/// use rdkafka::message::{Header, Headers, OwnedHeaders};
/// use traceprop_kafka::HeaderInjector;
///
/// let stale = OwnedHeaders::new().insert(Header { key: "b3", value: Some("0") });
/// let mut injector = HeaderInjector::new(Some(stale));
/// injector.set("b3", "1".to_owned());
/// let headers = injector.into_headers().unwrap_or_default();
/// assert_eq!(headers.count(), 1);
/// assert_eq!(headers.get(0).value, Some(&b"1"[..]));
/// ```
#[derive(Default)]
pub struct HeaderInjector {
    headers: Option<OwnedHeaders>,
}

impl HeaderInjector {
    /// Starts with the headers that the record has.
    #[must_use]
    pub fn new(headers: Option<OwnedHeaders>) -> Self {
        Self { headers }
    }

    /// Removes all headers of this name, without regard to ASCII case.
    pub fn remove(&mut self, name: &str) {
        let Some(headers) = &mut self.headers else {
            return;
        };
        // Each turn removes one spelling of the name at least.
        while let Some(spelling) = spelling_of(name, headers) {
            ffi::remove_header(headers, &spelling);
        }
    }

    /// The headers; `None` where there were none and nothing was set.
    #[must_use]
    pub fn into_headers(self) -> Option<OwnedHeaders> {
        self.headers
    }
}

/// A header's name as it is written in `headers`; a copy, since removal frees the original.
fn spelling_of(name: &str, headers: &OwnedHeaders) -> Option<CString> {
    NativeHeaders::of_owned(headers)
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name.as_bytes()))
        .and_then(|(key, _)| CString::new(key).ok())
}

impl Injector for HeaderInjector {
    fn set(&mut self, key: &str, value: String) {
        self.remove(key);
        // Most propagators write one to three headers; rdkafka's own default is five.
        let headers = self.headers.take().unwrap_or_default();
        self.headers = Some(headers.insert(Header {
            key,
            value: Some(&value),
        }));
    }
}

impl fmt::Debug for HeaderInjector {
    /// Says nothing of the headers, which may hold the user's data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeaderInjector").finish_non_exhaustive()
    }
}

/// Writes `context` into the headers of a record that is about to be sent.
///
/// The propagator's fields are removed first, all of them: what it does not write now must not
/// survive from an earlier hop. Use it where the record is sent by a producer of your own; a
/// [`TracedProducer`](crate::TracedProducer) does it by itself.
///
/// ```
/// use opentelemetry::Context;
/// use rdkafka::producer::BaseRecord;
/// use traceprop_core::propagation::TraceContextPropagator;
/// use traceprop_kafka::inject_into;
///
/// let propagator = TraceContextPropagator::new();
/// let record: BaseRecord<'_, str, str> = BaseRecord::to("orders")
///     .payload("one coffee")
///     .headers(inject_into(None, &Context::current(), &propagator));
/// # let _ = record;
/// ```
#[must_use]
pub fn inject_into(
    headers: Option<OwnedHeaders>,
    context: &Context,
    propagator: &dyn TextMapPropagator,
) -> OwnedHeaders {
    let mut injector = HeaderInjector::new(headers);
    propagator.fields().for_each(|field| injector.remove(field));
    propagator.inject_context(context, &mut injector);
    injector.into_headers().unwrap_or_default()
}

/// [`inject_into`] with the propagator that the options choose.
pub(crate) fn inject(
    headers: Option<OwnedHeaders>,
    context: &Context,
    options: &Options,
) -> Option<OwnedHeaders> {
    let mut injector = HeaderInjector::new(headers);
    options.for_each_field(|field| injector.remove(field));
    options.inject(context, &mut injector);
    injector.into_headers()
}

/// The headers without any propagation field; `None` once nothing is left.
pub(crate) fn strip(headers: Option<OwnedHeaders>, options: &Options) -> Option<OwnedHeaders> {
    let mut injector = HeaderInjector::new(headers);
    options.for_each_field(|field| injector.remove(field));
    injector.into_headers().filter(|left| left.count() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    type List<'a> = &'a [(&'a str, Option<&'a [u8]>)];

    fn headers(list: List<'_>) -> OwnedHeaders {
        list.iter().fold(OwnedHeaders::new(), |all, &(key, value)| {
            all.insert(Header { key, value })
        })
    }

    #[test]
    fn extraction_table() {
        const LONG: &[u8] = &[b'a'; MAX_VALUE + 1];
        #[rustfmt::skip]
        let table: [(&str, &str, List<'_>, Option<&str>); 11] = [
            // what it shows             name           headers                                        value
            ("absent",                   "b3",          &[("x", Some(b"1"))],                          None),
            ("null is absent",           "b3",          &[("b3", None)],                               None),
            ("empty is there",           "b3",          &[("b3", Some(b""))],                          Some("")),
            ("garbage is there",         "b3",          &[("b3", Some(b"\xff"))],                      Some("\0")),
            ("the last one counts",      "traceparent", &[("traceparent", Some(b"1")), ("traceparent", Some(b"2"))], Some("2")),
            ("the last that is a value", "b3",          &[("b3", Some(b"1")), ("b3", None)],           Some("1")),
            ("lists are joined",         "tracestate",  &[("tracestate", Some(b"a=1")), ("tracestate", Some(b"b=2"))], Some("a=1,b=2")),
            ("without the nulls",        "baggage",     &[("baggage", None), ("baggage", Some(b"b=2"))], Some("b=2")),
            ("any case",                 "x-b3-flags",  &[("X-B3-Flags", Some(b"1"))],                 Some("1")),
            ("too long to be one",       "b3",          &[("b3", Some(LONG))],                         Some("\0")),
            ("not by a prefix",          "b3",          &[("b33", Some(b"1")), ("b", Some(b"1"))],     None),
        ];
        for (name, header, list, want) in table {
            let headers = headers(list);
            let extractor = HeaderExtractor::from_headers(&headers);
            assert_eq!(extractor.get(header), want, "{name}");
        }
    }

    #[test]
    fn all_values_and_all_names() {
        let headers = headers(&[("a", Some(b"1")), ("b", None), ("a", Some(b"\xff"))]);
        let extractor = HeaderExtractor::from_headers(&headers);
        assert_eq!(
            extractor.get_all("a"),
            Some(vec!["1", carrier::UNDECODABLE])
        );
        assert_eq!(extractor.get_all("b"), None);
        assert_eq!(extractor.keys(), ["a", "b", "a"]);
        assert_eq!(
            extractor.get(carrier::JOINS_REPEATED_VALUES),
            Some(carrier::JOINED)
        );
    }

    #[test]
    fn setting_replaces_every_spelling() {
        let before = headers(&[
            ("traceparent", Some(b"1")),
            ("mine", Some(b"kept")),
            ("TraceParent", None),
            ("traceparent", Some(b"2")),
        ]);
        let mut injector = HeaderInjector::new(Some(before));
        injector.set("traceparent", "3".to_owned());
        let after = injector.into_headers().unwrap();
        let all: Vec<_> = NativeHeaders::of_owned(&after).iter().collect();
        assert_eq!(
            all,
            [
                (&b"mine"[..], Some(&b"kept"[..])),
                (b"traceparent", Some(b"3"))
            ]
        );
    }

    #[test]
    fn nothing_set_makes_no_list() {
        let mut injector = HeaderInjector::default();
        injector.remove("traceparent");
        assert!(injector.into_headers().is_none());
    }
}
