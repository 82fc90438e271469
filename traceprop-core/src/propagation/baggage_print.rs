//! Baggage as the value of a header, by the grammar in `baggage_list.rs`.

use opentelemetry::baggage::Baggage;

use super::baggage_list::{Limits, append_property, is_key, properties};
use super::class::{self, BAGGAGE_PLAIN};
use super::few::Few;
use super::percent;

/// The header's value; empty if nothing of the baggage can be written.
pub(super) fn print(baggage: &Baggage, limits: Limits) -> String {
    let mut list = Few::new(("", "", ""));
    let mut bytes = 0;
    for (name, (value, metadata)) in baggage {
        let (name, value, metadata) = (name.as_str(), value.as_str(), metadata.as_str());
        list.push((name, value, metadata));
        // With the `=` and a comma. Just enough room, where no metadata must be encoded, lets the text
        // become a header's value without being copied.
        let properties = usize::from(!metadata.is_empty()) + metadata.len();
        bytes += name.len() + percent::encoded_len(value, is_plain) + properties + 2;
    }
    // The map's order is another in each process; which members fit must not be.
    let members = list.as_mut_slice();
    members.sort_unstable_by_key(|(name, ..)| *name);
    let mut out = String::with_capacity(bytes.saturating_sub(1));
    for (name, value, metadata) in members.iter().take(limits.members) {
        let end = out.len();
        append_member(name, value, metadata, &mut out);
        if out.len() > limits.bytes {
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
    percent::encode(value, is_plain, out);
    if metadata.is_empty() {
        return;
    }
    for (key, value) in properties(metadata).flatten() {
        out.push(';');
        append_property(key, value, out);
    }
}

/// Whether a byte of a value goes out as it is.
fn is_plain(byte: u8) -> bool {
    class::is(byte, BAGGAGE_PLAIN)
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(print(&baggage, Limits::DEFAULT), want, "{name}");
        }
    }

    #[test]
    fn what_is_written_is_ordered_and_limited() {
        let mut baggage = Baggage::new();
        baggage.insert("c", "3");
        // Encoded, it takes three times as much and no longer fits.
        baggage.insert("b", " ".repeat(3000));
        baggage.insert("a", "1");
        assert_eq!(print(&baggage, Limits::DEFAULT), "a=1,c=3");
        assert_eq!(print(&Baggage::new(), Limits::DEFAULT), "");
    }
}
