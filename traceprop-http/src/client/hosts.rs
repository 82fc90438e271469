//! Which hosts a context may go to.

/// An allow-list of hosts.
///
/// ```text
/// pattern = host               that host alone
///         | "*." host          every host below it, not itself
///         | "*"                every host
/// ```
///
/// Case, a final dot and the brackets of an IPv6 address make no difference; ports do not matter. A
/// pattern that is none of these names no host, and nothing goes there.
#[derive(Clone, Debug)]
pub(crate) struct Hosts(Vec<Pattern>);

#[derive(Clone, Debug)]
enum Pattern {
    Any,
    Exact(Box<str>),
    Below(Box<str>),
}

impl Hosts {
    pub(crate) fn new(patterns: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let patterns = patterns.into_iter();
        Self(patterns.map(|text| Pattern::new(text.as_ref())).collect())
    }

    pub(super) fn allows(&self, host: &str) -> bool {
        let host = bare(host);
        !host.is_empty() && self.0.iter().any(|pattern| pattern.matches(host))
    }
}

impl Pattern {
    fn new(text: &str) -> Self {
        match text.strip_prefix("*.") {
            _ if text == "*" => Self::Any,
            Some(parent) => Self::Below(bare(parent).into()),
            None => Self::Exact(bare(text).into()),
        }
    }

    fn matches(&self, host: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exact(exact) => exact.eq_ignore_ascii_case(host),
            Self::Below(parent) => {
                let Some(at) = host.len().checked_sub(parent.len()) else {
                    return false;
                };
                // `None` where the place is inside of a character.
                host.split_at_checked(at).is_some_and(|(front, back)| {
                    !parent.is_empty()
                        && front.len() > 1
                        && front.ends_with('.')
                        && back.eq_ignore_ascii_case(parent)
                })
            }
        }
    }
}

/// The host without what means the same with and without.
fn bare(host: &str) -> &str {
    let host = host.strip_suffix('.').unwrap_or(host);
    host.strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_table() {
        #[rustfmt::skip]
        let table = [
            // what it shows             pattern               host                       allowed?
            ("the host itself",          "orders.internal",    "orders.internal",         true),
            ("case",                     "Orders.Internal",    "oRDERS.internal",         true),
            ("a final dot",              "orders.internal",    "orders.internal.",        true),
            ("another",                  "orders.internal",    "orders.internal.evil.io", false),
            ("no suffix of its own",     "orders.internal",    "a.orders.internal",       false),
            ("below",                    "*.example.com",      "a.example.com",           true),
            ("further below",            "*.example.com",      "b.a.example.com",         true),
            ("not itself",               "*.example.com",      "example.com",             false),
            ("a label is whole",         "*.example.com",      "evilexample.com",         false),
            ("an empty label",           "*.example.com",      ".example.com",            false),
            ("below in another case",    "*.EXAMPLE.com",      "a.Example.COM",           true),
            ("v4",                       "127.0.0.1",          "127.0.0.1",               true),
            ("v6 with brackets",         "::1",                "[::1]",                   true),
            ("v6 in the pattern",        "[::1]",              "[::1]",                   true),
            ("all",                      "*",                  "anyone.example",          true),
            ("a star elsewhere",         "a.*.com",            "a.b.com",                 false),
            ("an empty pattern",         "",                   "a",                       false),
            ("nothing below nothing",    "*.",                 "a.",                      false),
            ("no host",                  "*",                  "",                        false),
            ("inside of a character",    "*.é",                "aéé",                     false),
        ];
        for (name, pattern, host, want) in table {
            assert_eq!(Hosts::new([pattern]).allows(host), want, "{name}");
        }
        assert!(!Hosts::new([""; 0]).allows("a"));
        assert!(Hosts::new(["a", "b"]).allows("b"));
    }
}
