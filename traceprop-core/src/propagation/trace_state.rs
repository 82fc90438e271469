//! The member list of `tracestate` (W3C Trace Context level 2, §3.3).
//!
//! ```text
//! list   = member 0*31( OWS "," OWS member )      empty members do not count
//! member = key "=" value
//! key    = ( lcalpha / DIGIT ) 0*255( lcalpha / DIGIT / "_" / "-" / "*" / "/" / "@" )
//! value  = 0*255( %x20-7E but "," and "=" ), then one of those that is no space
//! ```

use super::carrier::trim_start;
use super::class;
use super::error::TracestateError;
use super::few::Few;

/// Members that a list may have.
const MAX_MEMBERS: usize = 32;

/// Bytes that a key may have, and a value.
const MAX_LEN: usize = 256;

/// Bytes of a member, from which on it goes first where a list must be shortened (§3.3.1.5).
const LARGE_MEMBER: usize = 128;

/// A legal list: at most 32 members, in order, no key twice.
pub(super) struct Members<'a>(Few<(&'a str, &'a str)>);

impl<'a> Members<'a> {
    /// A list without members.
    pub(super) const fn new() -> Self {
        Self(Few::new(("", "")))
    }

    /// Reads all `tracestate` values, as one list, into one without members: in place, since this is
    /// too large to be moved for nothing.
    ///
    /// Of members with one key the leftmost, the most recent, is kept.
    ///
    /// # Errors
    ///
    /// If a single member is malformed, or for a 33rd one: half a list would be another list.
    pub(super) fn read(
        &mut self,
        lists: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), TracestateError> {
        let mut seen = 0;
        for list in lists {
            let mut rest = trim_start(list, b" \t,");
            while !rest.is_empty() {
                seen += 1;
                if seen > MAX_MEMBERS {
                    return Err(TracestateError::Members);
                }
                let (key, value, after) = member(rest)?;
                self.add(key, value);
                rest = trim_start(after, b" \t,");
            }
        }
        Ok(())
    }

    /// Appends a member, unless it is not legal, its key is there already, or the list is full.
    pub(super) fn push(&mut self, key: &'a str, value: &'a str) {
        if is_key(key) && is_value(value) {
            self.add(key, value);
        }
    }

    fn add(&mut self, key: &'a str, value: &'a str) {
        if self.iter().any(|(known, _)| known == key) {
            return;
        }
        if self.0.as_slice().len() < MAX_MEMBERS {
            self.0.push((key, value));
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.as_slice().iter().copied()
    }

    /// The header's value, or `None` for an empty list.
    pub(super) fn header(&self) -> Option<String> {
        // One byte for the `=` and one for the comma, which the last member goes without. With neither
        // too little nor too much room the text becomes a header's value without being copied.
        let members = self.iter().map(|(key, value)| key.len() + value.len() + 2);
        let len = members.sum::<usize>().checked_sub(1)?;
        let mut header = String::with_capacity(len);
        for (key, value) in self.iter() {
            if !header.is_empty() {
                header.push(',');
            }
            header.push_str(key);
            header.push('=');
            header.push_str(value);
        }
        Some(header)
    }
}

/// A legal list of at most `limit` bytes: without its large members, from the right, and then without
/// any, as many as must go. No member is cut.
pub(super) fn shorten(list: &str, limit: usize) -> String {
    let mut members: Vec<_> = list.split(',').collect();
    // Of each member the length, and one for a comma, the last one's too.
    let mut len = list.len() + 1;
    for at_least in [LARGE_MEMBER + 1, 0] {
        for index in (0..members.len()).rev() {
            if len <= limit + 1 {
                break;
            }
            if members
                .get(index)
                .is_some_and(|member| member.len() >= at_least)
            {
                len -= members.remove(index).len() + 1;
            }
        }
    }
    members.join(",")
}

/// The key and the value of the first member, and what follows it: nothing, or a comma first.
fn member(text: &str) -> Result<(&str, &str, &str), TracestateError> {
    use TracestateError as E;
    let (key, rest) = class::split(text, class::STATE_KEY);
    let Some(rest) = rest.strip_prefix('=') else {
        return Err(match rest.find(['=', ',']) {
            Some(at) if rest.as_bytes().get(at) == Some(&b'=') => E::Key,
            _ => E::Separator,
        });
    };
    if !is_key_of(key) {
        return Err(E::Key);
    }
    // Spaces at its end are whitespace around the member.
    let (value, rest) = class::split(rest, class::STATE_VALUE);
    let value = match value.ends_with(' ') {
        true => value.trim_end_matches(' '),
        false => value,
    };
    let rest = trim_start(rest, b" \t");
    if value.is_empty() || value.len() > MAX_LEN || !(rest.is_empty() || rest.starts_with(',')) {
        return Err(E::Value);
    }
    Ok((key, value, rest))
}

fn is_key(key: &str) -> bool {
    is_key_of(key) && class::all(key, class::STATE_KEY)
}

/// Whether bytes that a key may have are one.
fn is_key_of(key: &str) -> bool {
    matches!(key.as_bytes(), [b'a'..=b'z' | b'0'..=b'9', rest @ ..] if rest.len() < MAX_LEN)
}

fn is_value(value: &str) -> bool {
    matches!(value.as_bytes(), [.., last] if *last != b' ')
        && value.len() <= MAX_LEN
        && class::all(value, class::STATE_VALUE)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `Some("")` for a list that is legal and empty.
    fn parsed(list: &str) -> Option<String> {
        let mut members = Members::new();
        members.read([list]).ok()?;
        Some(members.header().unwrap_or_default())
    }

    #[test]
    fn lists() {
        #[rustfmt::skip]
        let table = [
            // what it shows                list                   kept
            ("one",                         "foo=1",               Some("foo=1")),
            ("order",                       "foo=1,bar=2",         Some("foo=1,bar=2")),
            ("empty",                       "",                    Some("")),
            ("only commas",                 " ,,\t",               Some("")),
            ("empty members",               ",foo=1, ,\t,bar=2,",  Some("foo=1,bar=2")),
            ("whitespace around",           "\t foo=1 \t,\tbar=2", Some("foo=1,bar=2")),
            ("leading spaces of a value",   "foo=  1",             Some("foo=  1")),
            ("inner spaces of a value",     "foo=a b  c",          Some("foo=a b  c")),
            ("leftmost of one key",         "a=1,b=2,a=3",         Some("a=1,b=2")),
            ("no equals sign",              "foo=1,bar",           None),
            ("empty value",                 "foo=,bar=3",          None),
            ("blank value",                 "foo= ,bar=3",         None),
            ("empty key",                   "=1,bar=3",            None),
            ("two equals signs",            "foo==1",              None),
            ("equals sign in a value",      "foo=a=b",             None),
            ("space before the sign",       "foo =1",              None),
            ("upper-case key",              "foo=1,BAR=2",         None),
            ("dot in a key",                "foo.bar=1",           None),
            ("key starts with @",           "@foo=1,bar=2",        None),
            ("key starts with a digit",     "0a=1",                Some("0a=1")),
            ("level 2: ends in @",          "foo@=1",              Some("foo@=1")),
            ("level 2: two @",              "foo@bar@baz=1",       Some("foo@bar@baz=1")),
            ("all of a key",                "a_-*/@9=1",           Some("a_-*/@9=1")),
            ("tab inside a value",          "foo=a\tb",            None),
            ("DEL",                         "foo=\u{7f}",          None),
            ("NUL",                         "foo=\0",              None),
            ("not ASCII",                   "foo=é",               None),
            ("no-break space is no OWS",    "foo=1\u{a0}",         None),
        ];
        for (name, list, want) in table {
            assert_eq!(parsed(list).as_deref(), want, "{name}: {list:?}");
        }
    }

    #[test]
    fn lengths_and_counts() {
        let list = |count: usize| {
            let members: Vec<_> = (0..count).map(|n| format!("k{n}={n}")).collect();
            members.join(",,")
        };
        let (longest, longer) = ("k".repeat(256), "k".repeat(257));
        #[rustfmt::skip]
        let table = [
            ("256-byte key",          format!("{longest}=1"),   true),
            ("257-byte key",          format!("{longer}=1"),    false),
            ("256-byte value",        format!("a={longest}"),   true),
            ("257-byte value",        format!("a={longer}"),    false),
            ("32 and empty ones",     list(32),                 true),
            ("33",                    list(33),                 false),
            ("33, one key twice",     format!("{},k0=1", list(32)), false),
        ];
        for (name, list, want) in table {
            assert_eq!(parsed(&list).is_some(), want, "{name}");
        }
    }

    #[test]
    fn a_long_list_is_left_at_the_33rd_member() {
        // What is malformed behind it is never seen.
        let list = format!("{}=", "a=1,".repeat(33));
        let error = Members::new().read([list.as_str()]).err();
        assert_eq!(error, Some(TracestateError::Members));
    }

    #[test]
    fn a_list_is_shortened_by_whole_members() {
        let (large, small) = ("l".repeat(200), "s".repeat(100));
        #[rustfmt::skip]
        let table = [
            // what it shows                         list                                          limit  kept
            ("fits",                                 "a=1,b=2".to_owned(),                         7,     "a=1,b=2".to_owned()),
            ("from the right",                       "a=1,b=2,c=3".to_owned(),                     7,     "a=1,b=2".to_owned()),
            ("the large one first",                  format!("a={large},b=2,c=3"),                 200,   "b=2,c=3".to_owned()),
            ("no more large ones than must go",      format!("a={large},b={large},c=3"),           300,   format!("a={large},c=3")),
            ("then any",                             format!("a={small},b={large},c={small},d=4"), 110,   format!("a={small}")),
            ("nothing fits",                         format!("a={small}"),                         50,    String::new()),
        ];
        for (name, list, limit, want) in table {
            assert_eq!(shorten(&list, limit), want, "{name}");
        }
    }
}
