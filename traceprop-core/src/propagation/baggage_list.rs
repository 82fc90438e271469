//! The member list of `baggage` (W3C Baggage).
//!
//! ```text
//! list     = member *( OWS "," OWS member )                              (§3.2)
//! member   = key OWS "=" OWS value *( OWS ";" OWS property )
//! property = key OWS "=" OWS value / key
//! key      = 1*tchar             never percent-encoded
//! value    = *octet              percent-encoded
//! octet    = %x21 / %x23-2B / %x2D-3A / %x3C-5B / %x5D-7E
//! ```

use opentelemetry::baggage::{Baggage, BaggageMetadata};

use super::BaggagePropagator;
use super::carrier::{trim, trim_start};
use super::class::{self, BAGGAGE_OCTET, BAGGAGE_PLAIN, TOKEN};
use super::error::BaggageError;
use super::percent;

/// How much is read, and how much is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) members: usize,
    pub(super) bytes: usize,
}

impl Limits {
    pub(super) const DEFAULT: Self = Self {
        members: BaggagePropagator::MAX_MEMBERS,
        bytes: BaggagePropagator::MAX_BYTES,
    };
}

/// Parses all `baggage` values, as far as the limits go; with the first error there was.
pub(super) fn parse<'a>(
    lists: impl IntoIterator<Item = &'a str>,
    limits: Limits,
) -> (Baggage, Option<BaggageError>) {
    let mut reading = Reading {
        limits,
        baggage: Baggage::new(),
        bytes: 0,
        metadata: String::new(),
        error: None,
    };
    for list in lists {
        if let Err(exceeded) = reading.list(list) {
            reading.error.get_or_insert(exceeded);
            break;
        }
    }
    (reading.baggage, reading.error)
}

/// What was read so far.
struct Reading {
    limits: Limits,
    baggage: Baggage,
    bytes: usize,
    /// One buffer for the metadata of all members; the baggage keeps copies.
    metadata: String,
    /// The first one.
    error: Option<BaggageError>,
}

impl Reading {
    /// Reads one value, or says which limit ends it.
    fn list(&mut self, list: &str) -> Result<(), BaggageError> {
        let mut rest = Some(list);
        while let Some(text) = rest {
            let piece = piece(text);
            // Up to the member's end. Whitespace and commas count: the sender wrote them, too.
            if self.bytes + piece.len > self.limits.bytes {
                return Err(BaggageError::Length);
            }
            self.bytes += piece.len_with_space + 1;
            rest = text.get(piece.len_with_space + 1..);
            match piece.member {
                Ok(None) => {}
                Ok(Some(member)) => self.keep(member)?,
                Err(refused) => {
                    self.error.get_or_insert(refused);
                }
            }
        }
        Ok(())
    }

    /// Adds a member, or says which limit it would exceed.
    fn keep(&mut self, member: Member<'_>) -> Result<(), BaggageError> {
        let before = self.baggage.len();
        if before >= self.limits.members && self.baggage.get(member.key).is_none() {
            return Err(BaggageError::Members);
        }
        let metadata = match member.properties {
            "" => BaggageMetadata::default(),
            properties => self.metadata(properties),
        };
        let value = match member.escaped {
            true => percent::decode(member.value).into_owned(),
            false => member.value.to_owned(),
        };
        let key = member.key.to_owned();
        let replaced = self.baggage.insert_with_metadata(key, value, metadata);
        match replaced.is_some() || self.baggage.len() > before {
            true => Ok(()),
            false => Err(BaggageError::Length),
        }
    }

    fn metadata(&mut self, properties: &str) -> BaggageMetadata {
        self.metadata.clear();
        if !append_properties(properties, &mut self.metadata) {
            self.error.get_or_insert(BaggageError::Property);
        }
        self.metadata.as_str().into()
    }
}

/// What is before the first comma.
struct Piece<'a> {
    /// Bytes up to the comma, and up to the whitespace before it.
    len_with_space: usize,
    len: usize,
    /// `None` if there is nothing but whitespace.
    member: Result<Option<Member<'a>>, BaggageError>,
}

/// One member, as it is written.
struct Member<'a> {
    key: &'a str,
    value: &'a str,
    /// Whether the value may hold an escape.
    escaped: bool,
    /// What follows the first `;`.
    properties: &'a str,
}

/// Reads up to the first comma, or to the end.
fn piece(text: &str) -> Piece<'_> {
    if let Some((member, len)) = plain_member(text) {
        let member = Ok(Some(member));
        let len_with_space = len;
        return Piece {
            len_with_space,
            len,
            member,
        };
    }
    let comma = text.bytes().position(|byte| byte == b',');
    let text = text.get(..comma.unwrap_or(text.len())).unwrap_or(text);
    let trimmed = trim(text);
    Piece {
        len_with_space: text.len(),
        len: text.trim_end_matches([' ', '\t']).len(),
        member: match trimmed {
            "" => Ok(None),
            trimmed => member(trimmed).map(Some),
        },
    }
}

/// The member that `text` starts with, and its length, if it has neither whitespace nor properties, as
/// nearly all have: each byte is looked at once.
#[inline]
fn plain_member(text: &str) -> Option<(Member<'_>, usize)> {
    let (key, rest) = class::split(text, TOKEN);
    let rest = rest.strip_prefix('=').filter(|_| !key.is_empty())?;
    let (_, mut after) = class::split(rest, BAGGAGE_PLAIN);
    let escaped = after.starts_with('%');
    if escaped {
        (_, after) = class::split(after, BAGGAGE_OCTET);
    }
    if !(after.is_empty() || after.starts_with(',')) {
        return None;
    }
    let member = Member {
        key,
        value: rest.get(..rest.len() - after.len())?,
        escaped,
        properties: "",
    };
    Some((member, text.len() - after.len()))
}

/// One member between whitespace.
fn member(piece: &str) -> Result<Member<'_>, BaggageError> {
    // A token has no `=`, and an octet is no `;`: what ends them is what must come next.
    let (key, rest) = class::split(piece, TOKEN);
    let Some(rest) = trim_start(rest, b" \t").strip_prefix('=') else {
        return Err(match rest.find(['=', ';']) {
            Some(at) if rest.as_bytes().get(at) == Some(&b'=') => BaggageError::Key,
            _ => BaggageError::Separator,
        });
    };
    if key.is_empty() {
        return Err(BaggageError::Key);
    }
    let (value, rest) = class::split(trim_start(rest, b" \t"), BAGGAGE_OCTET);
    let properties = match trim_start(rest, b" \t") {
        "" => "",
        rest => rest.strip_prefix(';').ok_or(BaggageError::Value)?,
    };
    Ok(Member {
        key,
        value,
        escaped: true,
        properties,
    })
}

/// Appends the legal ones of a member's properties, without whitespace, and says whether all are.
fn append_properties(text: &str, out: &mut String) -> bool {
    let mut all = true;
    for property in properties(text) {
        match property {
            Some((key, value)) if value.is_none_or(|value| class::all(value, BAGGAGE_OCTET)) => {
                if !out.is_empty() {
                    out.push(';');
                }
                append_property(key, value, out);
            }
            _ => all = false,
        }
    }
    all
}

/// The `;`-separated properties that are not blank, with their values as they are; `None` for one
/// without a legal key.
pub(super) fn properties(text: &str) -> impl Iterator<Item = Option<(&str, Option<&str>)>> {
    let properties = text.split(';').map(trim).filter(|text| !text.is_empty());
    properties.map(|property| {
        let (key, value) = match property.split_once('=') {
            Some((key, value)) => (trim(key), Some(trim(value))),
            None => (property, None),
        };
        is_key(key).then_some((key, value))
    })
}

/// Appends one property.
pub(super) fn append_property(key: &str, value: Option<&str>, out: &mut String) {
    out.push_str(key);
    if let Some(value) = value {
        out.push('=');
        // A `%` stays: properties are kept as they are encoded.
        percent::encode(value, |byte| class::is(byte, BAGGAGE_OCTET), out);
    }
}

/// Whether this may be the name of a member or of a property.
pub(super) fn is_key(text: &str) -> bool {
    !text.is_empty() && class::all(text, TOKEN)
}

#[cfg(test)]
mod tests {
    use super::super::baggage_print::print;
    use super::*;

    /// What the lists hold, in the order of the names: name, value, metadata.
    fn read(lists: &[&str]) -> Vec<[String; 3]> {
        let (baggage, _) = parse(lists.iter().copied(), Limits::DEFAULT);
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
            parse(list.split(',').inspect(|_| read += 1), Limits::DEFAULT);
            assert_eq!(read, want, "{name}");
        }
    }

    #[test]
    fn what_is_left_out_is_told_once() {
        use BaggageError as E;
        let numbered: String = (0..65).map(|n| format!("k{n}=,")).collect();
        let long = "x".repeat(9000);
        #[rustfmt::skip]
        let table = [
            // what it shows           list                      error
            ("nothing",                "a=1;p, ,b=2;",           None),
            ("no equals sign",         "a,b=\"",                 Some(E::Separator)),
            ("the first one",          "=1,a",                   Some(E::Key)),
            ("value",                  "a=x y",                  Some(E::Value)),
            ("property key",           "a=1;=p",                 Some(E::Property)),
            ("property value",         "a=1;p=\"",               Some(E::Property)),
            ("65 names",               numbered.as_str(),        Some(E::Members)),
            ("too long",               long.as_str(),            Some(E::Length)),
        ];
        for (name, list, want) in table {
            assert_eq!(parse(list.split(','), Limits::DEFAULT).1, want, "{name}");
        }
    }

    #[test]
    fn limits_can_be_set() {
        let list = |limits: Limits, list: &str| {
            let (baggage, _) = parse(list.split(','), limits);
            (baggage.len(), print(&baggage, limits).len())
        };
        // 9,002 bytes on the wire are 3,002 bytes of baggage; 27,002 would be 9,002.
        let (encoded, longer) = ("%20".repeat(3000), "%20".repeat(9000));
        #[rustfmt::skip]
        let table = [
            // what it shows         members  bytes    list                           names, bytes written
            ("fewer names",          1,       8192,    "a=1,b=2".to_owned(),          (1, 3)),
            ("fewer bytes",          64,      6,       "a=1,b=2".to_owned(),          (1, 3)),
            ("more bytes",           64,      20_000,  format!("a={encoded}"),        (1, 9002)),
            ("more than it holds",   64,      200_000, format!("b=,a={longer},c="),   (1, 2)),
        ];
        for (name, members, bytes, text, want) in table {
            assert_eq!(list(Limits { members, bytes }, &text), want, "{name}");
        }
    }
}
