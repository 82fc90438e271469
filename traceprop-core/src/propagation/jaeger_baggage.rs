//! Jaeger's baggage: a header `uberctx-<name>` for each name, and `jaeger-baggage` for people.

use std::borrow::Cow;

use opentelemetry::Context;
use opentelemetry::baggage::{Baggage, BaggageExt};
use opentelemetry::propagation::{Extractor, Injector};

use super::carrier::{ANY_JAEGER_BAGGAGE, JAEGER_BAGGAGE, UBERCTX, trim};
use super::error::{Hook, JaegerError};
use super::percent;

/// Names that are looked at, in either kind of header, and that a [`Baggage`] holds.
const MAX_MEMBERS: usize = 64;

/// Bytes of a header that are looked at, and of all names and values that are written.
const MAX_BYTES: usize = 8192;

/// In a context whose baggage was read here: W3C baggage of the same request does not replace it.
struct Mixed;

/// Whether some of the context's baggage came in Jaeger's headers.
pub(super) fn is_in(cx: &Context) -> bool {
    cx.get::<Mixed>().is_some()
}

/// The context with the baggage that the carrier holds, beside its own; of one name the last counts.
pub(super) fn extract(cx: Context, extractor: &dyn Extractor, hook: &Hook) -> Context {
    if extractor.get(ANY_JAEGER_BAGGAGE) == Some("0") {
        return cx;
    }
    let mut read = Read {
        cx: &cx,
        baggage: None,
        error: None,
    };
    if read.names(extractor)
        && let Some(list) = extractor.get(JAEGER_BAGGAGE)
    {
        read.list(trim(list));
    }
    if let Some(error) = read.error {
        hook.tell(error);
    }
    match read.baggage {
        Some(baggage) => cx.with_baggage(baggage).with_value(Mixed),
        None => cx,
    }
}

/// What has been read so far.
struct Read<'a> {
    cx: &'a Context,
    /// A copy of the context's baggage and what was read; none until there is something.
    baggage: Option<Baggage>,
    /// The first one; the others are not told.
    error: Option<JaegerError>,
}

impl Read<'_> {
    /// Reads `uberctx-*`, and says whether `jaeger-baggage` is among the names, too.
    ///
    /// A bounded number of them, since carriers look names up one by one.
    fn names(&mut self, extractor: &dyn Extractor) -> bool {
        let names = extractor.keys();
        let keys = names.iter().filter_map(|name| {
            let (prefix, key) = name.split_at_checked(UBERCTX.len())?;
            (prefix.eq_ignore_ascii_case(UBERCTX) && !key.is_empty()).then_some((*name, key))
        });
        for (count, (name, key)) in keys.enumerate() {
            if count == MAX_MEMBERS {
                self.refuse(JaegerError::Limit);
                break;
            }
            if let Some(value) = extractor.get(name) {
                match decode(trim(value)) {
                    Ok(value) => self.insert(key.to_ascii_lowercase(), &value),
                    Err(error) => self.refuse(error),
                }
            }
        }
        names
            .iter()
            .any(|name| name.eq_ignore_ascii_case(JAEGER_BAGGAGE))
    }

    /// Reads `jaeger-baggage`.
    fn list(&mut self, list: &str) {
        let list = match decode(list) {
            Ok(list) => list,
            Err(error) => return self.refuse(error),
        };
        for (count, pair) in list.split(',').enumerate() {
            if count == MAX_MEMBERS {
                return self.refuse(JaegerError::Limit);
            }
            match pair.split_once('=') {
                Some((key, value)) if !value.contains('=') => {
                    self.insert(trim(key).to_owned(), trim(value));
                }
                _ => self.refuse(JaegerError::Baggage),
            }
        }
    }

    fn insert(&mut self, key: String, value: &str) {
        let baggage = self.baggage.take().unwrap_or_else(|| {
            let own = self.cx.baggage().iter();
            own.map(|(key, member)| (key.clone(), member.clone()))
                .collect()
        });
        let mut baggage = baggage;
        // An illegal name, and what is too much, the baggage refuses by itself.
        baggage.insert(key, value.to_owned());
        self.baggage = Some(baggage);
    }

    fn refuse(&mut self, error: JaegerError) {
        self.error.get_or_insert(error);
    }
}

/// Decodes a form-encoded value; raw, it may be printable ASCII alone.
fn decode(value: &str) -> Result<Cow<'_, str>, JaegerError> {
    if value.len() > MAX_BYTES {
        return Err(JaegerError::Limit);
    }
    if !value.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Err(JaegerError::Baggage);
    }
    if !value.contains('+') {
        return Ok(percent::decode(value));
    }
    Ok(Cow::Owned(
        percent::decode(&value.replace('+', " ")).into_owned(),
    ))
}

/// Writes each member as `uberctx-<name>`, in the order of the names.
pub(super) fn inject(cx: &Context, injector: &mut dyn Injector) {
    let baggage = cx.baggage();
    if baggage.is_empty() {
        return;
    }
    let mut members: Vec<_> = baggage
        .iter()
        .map(|(key, (value, _))| (header(key.as_str()), value.as_str()))
        .collect();
    // The map's order is another in each process; which members fit must not be.
    members.sort_unstable();
    let mut bytes = 0;
    for (name, value) in members {
        let mut encoded = String::with_capacity(value.len());
        percent::encode(value, is_unreserved, &mut encoded);
        let len = name.len() - UBERCTX.len() + encoded.len();
        if bytes + len <= MAX_BYTES {
            bytes += len;
            injector.set(&name, encoded);
        }
    }
}

/// The name of a member's header, in lower case, as all names are written.
fn header(key: &str) -> String {
    let mut name = String::with_capacity(UBERCTX.len() + key.len());
    name.push_str(UBERCTX);
    name.push_str(key);
    name.make_ascii_lowercase();
    name
}

/// RFC 3986 §2.3.
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashMap};

    use super::*;

    type Pairs<'a> = &'a [(&'a str, &'a str)];

    fn map(pairs: Pairs<'_>) -> HashMap<String, String> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(owned).collect()
    }

    fn read(headers: Pairs<'_>) -> BTreeMap<String, String> {
        let cx = extract(Context::new(), &map(headers), &Hook::NONE);
        let pair = |(key, (value, _)): (&opentelemetry::Key, &(opentelemetry::StringValue, _))| {
            (key.to_string(), value.to_string())
        };
        cx.baggage().iter().map(pair).collect()
    }

    #[test]
    fn values_are_read() {
        #[rustfmt::skip]
        let table: [(&str, Pairs<'_>, Pairs<'_>); 15] = [
            // what it shows              headers                                   read
            ("plain",                     &[("uberctx-a", "1")],                    &[("a", "1")]),
            ("encoded",                   &[("uberctx-a", "x%20y%2Bz")],            &[("a", "x y+z")]),
            ("plus is a space",           &[("uberctx-a", "x+y")],                  &[("a", "x y")]),
            ("once only",                 &[("uberctx-a", "%2520")],                &[("a", "%20")]),
            ("malformed escape",          &[("uberctx-a", "100%")],                 &[("a", "100%")]),
            ("no UTF-8",                  &[("uberctx-a", "%ff")],                  &[("a", "\u{fffd}")]),
            ("empty value",               &[("uberctx-a", "")],                     &[("a", "")]),
            ("empty name",                &[("uberctx-", "1")],                     &[]),
            ("undecodable",               &[("uberctx-a", "\0")],                   &[]),
            ("control character",         &[("uberctx-a", "x\ry")],                 &[]),
            ("raw UTF-8",                 &[("uberctx-a", "é")],                    &[]),
            ("illegal name",              &[("uberctx-a b", "1")],                  &[]),
            ("list",                      &[("jaeger-baggage", "a=1, B = 2")],      &[("B", "2"), ("a", "1")]),
            ("malformed pairs",           &[("jaeger-baggage", "a,=1,b=2=3,c=")],   &[("c", "")]),
            ("undecodable list",          &[("jaeger-baggage", "a=\0")],            &[]),
        ];
        for (name, headers, want) in table {
            assert_eq!(read(headers), map(want).into_iter().collect(), "{name}");
        }
    }

    #[test]
    fn what_is_read_is_bounded() {
        let headers: HashMap<_, _> = (0..1000)
            .map(|n| (format!("uberctx-k{n}"), "v".to_owned()))
            .collect();
        let cx = extract(Context::new(), &headers, &Hook::NONE);
        assert_eq!(cx.baggage().len(), 64);
        let long = "x".repeat(MAX_BYTES + 1);
        assert!(read(&[("uberctx-a", &long), ("jaeger-baggage", &long)]).is_empty());
    }

    #[test]
    fn members_are_written_in_order_and_bounded() {
        let mut baggage = Baggage::new();
        baggage.insert("Key", "v 1/é\r\n+");
        baggage.insert("b", " ".repeat(3000));
        baggage.insert("c", "3");
        let mut written = HashMap::new();
        inject(&Context::new().with_baggage(baggage), &mut written);
        assert_eq!(
            written,
            map(&[
                ("uberctx-key", "v%201%2F%C3%A9%0D%0A%2B"),
                ("uberctx-c", "3")
            ])
        );
    }
}
