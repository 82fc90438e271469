//! W3C Baggage.
//!
//! ```text
//! list     = member *( OWS "," OWS member )                              (§3.2)
//! member   = key OWS "=" OWS value *( OWS ";" OWS property )
//! property = key OWS "=" OWS value / key
//! key      = 1*tchar             never percent-encoded
//! value    = *octet              percent-encoded
//! octet    = %x21 / %x23-2B / %x2D-3A / %x3C-5B / %x5D-7E
//! ```

use std::sync::LazyLock;

use opentelemetry::Context;
use opentelemetry::baggage::{Baggage, BaggageExt};
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};

use super::carrier::{BAGGAGE, Values, trim};
use super::percent;

/// Names that a [`Baggage`] holds.
const MAX_MEMBERS: usize = 64;

/// Bytes of all lists together that are read, and that are written.
const MAX_BYTES: usize = 8192;

/// Reads and writes the [W3C Baggage] header, for [`Baggage`] in a [`Context`].
///
/// A malformed member is dropped and the others stay; of members with one name the last counts. At
/// most 64 names and 8192 bytes are read, all headers together (§3.3): what is read ends before the
/// member that would exceed either, and no member is cut. Values are percent-decoded once, and
/// what is then no UTF-8 becomes U+FFFD. Properties stay encoded in the metadata, since decoding
/// could make several of one. Where no member is usable, the context keeps the baggage it has;
/// otherwise what was read replaces it.
///
/// Members are written in the order of their names, encoded no more than they must be. A member
/// that would exceed 8192 bytes is left out, and no header is written for no members.
///
/// ```
/// use std::collections::HashMap;
/// use opentelemetry::{Context, baggage::BaggageExt, propagation::TextMapPropagator};
/// use traceprop_core::propagation::BaggagePropagator;
///
/// let request = HashMap::from([("baggage".to_owned(), "tenant=caf%C3%A9;ttl=5".to_owned())]);
///
/// let propagator = BaggagePropagator::new();
/// let cx = propagator.extract_with_context(&Context::new(), &request);
/// assert_eq!(cx.baggage().get("tenant").map(|value| value.as_str()), Some("café"));
///
/// let mut onward = HashMap::new();
/// propagator.inject_context(&cx, &mut onward);
/// assert_eq!(onward, request);
/// ```
///
/// [W3C Baggage]: https://www.w3.org/TR/baggage/
#[derive(Clone, Copy, Debug, Default)]
pub struct BaggagePropagator {
    _private: (),
}

impl BaggagePropagator {
    /// The propagator. It has no settings.
    #[must_use]
    pub const fn new() -> Self {
        Self { _private: () }
    }
}

impl TextMapPropagator for BaggagePropagator {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        let value = print(cx.baggage());
        if !value.is_empty() {
            injector.set(BAGGAGE, value);
        }
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let Some(values) = Values::of(extractor, BAGGAGE) else {
            return cx.clone();
        };
        let baggage = parse(values.members());
        if baggage.is_empty() {
            return cx.clone();
        }
        cx.with_baggage(baggage)
    }

    fn fields(&self) -> FieldIter<'_> {
        static FIELDS: LazyLock<[String; 1]> = LazyLock::new(|| [BAGGAGE.to_owned()]);
        FieldIter::new(FIELDS.as_slice())
    }
}

/// Parses the pieces between the commas of all `baggage` values, as far as the limits go.
fn parse<'a>(pieces: impl Iterator<Item = &'a str>) -> Baggage {
    let mut baggage = Baggage::new();
    // One buffer for the metadata of all members; the baggage keeps copies.
    let mut metadata = String::new();
    let mut read = 0;
    for piece in pieces {
        // Up to the member's end. Whitespace and commas count: the sender wrote them, too.
        if read + piece.trim_end_matches([' ', '\t']).len() > MAX_BYTES {
            break;
        }
        read += piece.len() + 1;
        let Some((key, value, properties)) = member(piece) else {
            continue;
        };
        if baggage.len() == MAX_MEMBERS && baggage.get(key).is_none() {
            break;
        }
        metadata.clear();
        append_properties(properties, &mut metadata);
        let (key, value) = (key.to_owned(), percent::decode(value).into_owned());
        baggage.insert_with_metadata(key, value, metadata.as_str());
    }
    baggage
}

/// The key, the value and what follows the first `;` of one member.
fn member(piece: &str) -> Option<(&str, &str, &str)> {
    let (member, properties) = piece.split_once(';').unwrap_or((piece, ""));
    let (key, value) = member.split_once('=')?;
    let (key, value) = (trim(key), trim(value));
    (is_key(key) && value.bytes().all(is_octet)).then_some((key, value, properties))
}

/// Appends the legal ones of a member's properties, without whitespace.
fn append_properties(text: &str, out: &mut String) {
    for (key, value) in properties(text) {
        if value.is_some_and(|value| !value.bytes().all(is_octet)) {
            continue;
        }
        if !out.is_empty() {
            out.push(';');
        }
        append_property(key, value, out);
    }
}

/// The `;`-separated properties with a legal key, and their values as they are.
fn properties(text: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    text.split(';').filter_map(|property| {
        let (key, value) = match property.split_once('=') {
            Some((key, value)) => (trim(key), Some(trim(value))),
            None => (trim(property), None),
        };
        is_key(key).then_some((key, value))
    })
}

fn append_property(key: &str, value: Option<&str>, out: &mut String) {
    out.push_str(key);
    if let Some(value) = value {
        out.push('=');
        // A `%` stays: properties are kept as they are encoded.
        percent::encode(value, is_octet, out);
    }
}

/// The header's value; empty if nothing of the baggage can be written.
fn print(baggage: &Baggage) -> String {
    let mut members = [None; MAX_MEMBERS];
    let (mut count, mut bytes) = (0, 0);
    for (slot, (name, (value, metadata))) in members.iter_mut().zip(baggage) {
        // With `=`, `;` and `,`: enough unless something must be encoded.
        bytes += name.as_str().len() + value.as_str().len() + metadata.as_str().len() + 3;
        count += 1;
        *slot = Some((name.as_str(), value.as_str(), metadata.as_str()));
    }
    // The map's order is another in each process; which members fit must not be.
    let (members, _) = members.split_at_mut(count);
    members.sort_unstable();
    let mut out = String::with_capacity(bytes);
    for (name, value, metadata) in members.iter().flatten() {
        let end = out.len();
        append_member(name, value, metadata, &mut out);
        if out.len() > MAX_BYTES {
            out.truncate(end);
        }
    }
    out
}

fn append_member(name: &str, value: &str, metadata: &str, out: &mut String) {
    // The names that the API takes are just those that are legal here. Were one not, encoding it
    // would make another name of it.
    if !is_key(name) {
        return;
    }
    if !out.is_empty() {
        out.push(',');
    }
    out.push_str(name);
    out.push('=');
    percent::encode(value, |byte| byte != b'%' && is_octet(byte), out);
    for (key, value) in properties(metadata) {
        out.push(';');
        append_property(key, value, out);
    }
}

fn is_key(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token)
}

/// `tchar` of RFC 9110 §5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~')
}

fn is_octet(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x2b | 0x2d..=0x3a | 0x3c..=0x5b | 0x5d..=0x7e)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the lists hold, in the order of the names: name, value, metadata.
    fn read(lists: &[&str]) -> Vec<[String; 3]> {
        let baggage = parse(lists.iter().flat_map(|list| list.split(',')));
        let mut members: Vec<_> = baggage
            .iter()
            .map(|(name, (value, metadata))| {
                [name.to_string(), value.to_string(), metadata.to_string()]
            })
            .collect();
        members.sort();
        members
    }

    #[test]
    fn members_are_read() {
        #[rustfmt::skip]
        let table: [(&str, &str, &[[&str; 3]]); 24] = [
            // what it shows              list                       read
            ("one",                       "a=1",                     &[["a", "1", ""]]),
            ("whitespace everywhere",     "\ta = 1 ; p = v ,b=2 ",   &[["a", "1", "p=v"], ["b", "2", ""]]),
            ("empty value",               "a=",                      &[["a", "", ""]]),
            ("first equals sign splits",  "a==b=",                   &[["a", "=b=", ""]]),
            ("value is decoded",          "a=%20x%09",               &[["a", " x\t", ""]]),
            ("plus is a plus",            "a=1+1",                   &[["a", "1+1", ""]]),
            ("key is not decoded",        "a%20b=1",                 &[["a%20b", "1", ""]]),
            ("keys have a case",          "a=1,A=2",                 &[["A", "2", ""], ["a", "1", ""]]),
            ("last of one name",          "a=1;p,a=2",               &[["a", "2", ""]]),
            ("malformed escape",          "a=%GG",                   &[["a", "%GG", ""]]),
            ("properties",                "a=1;p;q=2",               &[["a", "1", "p;q=2"]]),
            ("empty properties",          "a=1;;p; ;",               &[["a", "1", "p"]]),
            ("properties stay encoded",   "a=1;p=x%3By%2C",          &[["a", "1", "p=x%3By%2C"]]),
            ("illegal property key",      "a=1;=v;p q;r",            &[["a", "1", "r"]]),
            ("illegal property value",    "a=1;p=\"x\";r",           &[["a", "1", "r"]]),
            ("empty members",             ",a=1, ,",                 &[["a", "1", ""]]),
            ("no equals sign",            "a,b=2",                   &[["b", "2", ""]]),
            ("equals sign in a property", "a;p=1,b=2",               &[["b", "2", ""]]),
            ("empty key",                 "=1,b=2",                  &[["b", "2", ""]]),
            ("space in a key",            "a c=1,b=2",               &[["b", "2", ""]]),
            ("space in a value",          "a=x y,b=2",               &[["b", "2", ""]]),
            ("quotes",                    "a=\"1\",b=2",             &[["b", "2", ""]]),
            ("not ASCII",                 "a=é,kéy=1,b=2",           &[["b", "2", ""]]),
            ("undecodable",               "\0,b=2",                  &[["b", "2", ""]]),
        ];
        for (name, list, want) in table {
            assert_eq!(read(&[list]), want, "{name}: {list:?}");
        }
    }

    #[test]
    fn limits_of_what_is_read() {
        let numbered = |count: usize| {
            let members: Vec<_> = (0..count).map(|n| format!("k{n}={n}")).collect();
            members.join(",")
        };
        let long = |bytes: usize| format!("a={}", "x".repeat(bytes - 2));
        let short = |text: &str| text.to_owned();
        #[rustfmt::skip]
        let table = [
            // what it shows                   lists                                        names
            ("64 names",                       vec![numbered(64)],                          64),
            ("the 65th is left out",           vec![numbered(65)],                          64),
            ("a 65th member of a known name",  vec![numbered(64), short("k0=new")],         64),
            ("8192 bytes",                     vec![long(8192)],                            1),
            ("8193 bytes",                     vec![long(8193)],                            0),
            ("two lists of 8192 bytes",        vec![long(8188), short("b=1")],              2),
            ("two lists of 8193 bytes",        vec![long(8189), short("b=1")],              1),
            ("nothing after what exceeds",     vec![short("c=1"), long(9000), short("b=1")], 1),
        ];
        for (name, lists, want) in table {
            let lists: Vec<_> = lists.iter().map(String::as_str).collect();
            assert_eq!(read(&lists).len(), want, "{name}");
        }
    }

    #[test]
    fn a_long_list_is_left_at_the_limits() {
        let names: String = (0..10_000).map(|n| format!("k{n}=,")).collect();
        for (name, list, want) in [
            ("the 65th name", names, 65),
            ("byte 8192", "a=1,".repeat(10_000), 2049),
        ] {
            let mut read = 0;
            parse(list.split(',').inspect(|_| read += 1));
            assert_eq!(read, want, "{name}");
        }
    }

    #[test]
    fn members_are_written() {
        #[rustfmt::skip]
        let table = [
            // what it shows                value        metadata           written
            ("plain",                       "1",         "",                "k=1"),
            ("empty value",                 "",          "",                "k="),
            ("spaces at the ends",          " a ",       "",                "k=%20a%20"),
            ("percent",                     "100%",      "",                "k=100%25"),
            ("what separates",              "a,b;c=d",   "",                "k=a%2Cb%3Bc=d"),
            ("line break",                  "a\r\nb",    "",                "k=a%0D%0Ab"),
            ("not ASCII",                   "é",         "",                "k=%C3%A9"),
            ("legal metadata",              "1",         "p=a%3Bb;q",       "k=1;p=a%3Bb;q"),
            ("metadata is made legal",      "1",         "p=x,y z\r\n;q",   "k=1;p=x%2Cy%20z%0D%0A;q"),
            ("illegal property key",        "1",         "p,x=1;q",         "k=1;q"),
        ];
        for (name, value, metadata, want) in table {
            let mut baggage = Baggage::new();
            baggage.insert_with_metadata("k", value, metadata);
            assert_eq!(print(&baggage), want, "{name}");
        }
    }

    #[test]
    fn what_is_written_is_ordered_and_limited() {
        let mut baggage = Baggage::new();
        baggage.insert("c", "3");
        // Encoded, it takes three times as much and no longer fits.
        baggage.insert("b", " ".repeat(3000));
        baggage.insert("a", "1");
        assert_eq!(print(&baggage), "a=1,c=3");
        assert_eq!(print(&Baggage::new()), "");
    }
}
