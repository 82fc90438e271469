//! Labels of an exemplar beside the ids of its span.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// How many characters the names and values of an exemplar's labels may have together: Unicode code
/// points, by OpenMetrics 1.0.
const LIMIT: usize = 128;

/// What the hexadecimal digits of a trace id and a span id take of it.
const IDS: usize = 32 + 16;

/// What the ids are called unless the encoder is told otherwise.
const ID_NAMES: [&str; 2] = ["trace_id", "span_id"];

/// One for each label that was left out.
static DROPPED: AtomicU64 = AtomicU64::new(0);

/// How many exemplar labels of this process have been left out so far.
///
/// A label is left out if it does not fit within the 128 characters that an exemplar's labels may have
/// together, the ids of its span included, if its name is taken, or is not `[a-zA-Z_][a-zA-Z0-9_]*`.
/// Only those of exemplars that were otherwise stored are counted.
///
/// ```
/// assert_eq!(traceprop_metrics::dropped_exemplar_labels(), 0);
/// ```
#[must_use]
pub fn dropped_exemplar_labels() -> u64 {
    DROPPED.load(Relaxed)
}

/// Labels that fit beside a span's ids.
#[derive(Debug, PartialEq)]
pub(crate) struct ExtraLabels(Box<[(Box<str>, Box<str>)]>);

impl ExtraLabels {
    /// Those of `labels` that fit, first come first served; `None` if there are none.
    pub(crate) fn of(labels: &[(&str, &str)]) -> Option<Arc<Self>> {
        let mut budget = Budget::new(ID_NAMES);
        let mut kept: Vec<(Box<str>, Box<str>)> = Vec::new();
        for (name, value) in labels {
            let is_new = !kept.iter().any(|(other, _)| **other == **name);
            if is_new && is_name(name) && budget.takes(name, value) {
                kept.push(((*name).into(), (*value).into()));
            } else {
                DROPPED.fetch_add(1, Relaxed);
            }
        }
        (!kept.is_empty()).then(|| Arc::new(Self(kept.into())))
    }

    /// Those that fit beside ids of these names, which may be longer than they usually are.
    pub(crate) fn beside(&self, id_names: [&str; 2]) -> impl Iterator<Item = (&str, &str)> {
        let mut budget = Budget::new(id_names);
        self.0.iter().filter_map(move |(name, value)| {
            let fits = budget.takes(name, value);
            if !fits {
                DROPPED.fetch_add(1, Relaxed);
            }
            fits.then_some((&**name, &**value))
        })
    }
}

/// What is left of the limit.
struct Budget<'a> {
    id_names: [&'a str; 2],
    left: usize,
}

impl<'a> Budget<'a> {
    fn new(id_names: [&'a str; 2]) -> Self {
        let names: usize = id_names.iter().map(|name| name.chars().count()).sum();
        let left = LIMIT.saturating_sub(IDS + names);
        Self { id_names, left }
    }

    fn takes(&mut self, name: &str, value: &str) -> bool {
        // One more than fits is enough to know: a value may be of any length.
        let characters = name
            .chars()
            .chain(value.chars())
            .take(self.left + 1)
            .count();
        let takes = characters <= self.left && !self.id_names.contains(&name);
        if takes {
            self.left -= characters;
        }
        takes
    }
}

fn is_name(name: &str) -> bool {
    let may_start = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    name.bytes().next().is_some_and(may_start)
        && name
            .bytes()
            .all(|byte| may_start(byte) || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(labels: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = |(name, value): &(Box<str>, Box<str>)| (name.to_string(), value.to_string());
        ExtraLabels::of(labels).map_or_else(Vec::new, |kept| kept.0.iter().map(owned).collect())
    }

    #[test]
    fn labels_table() {
        // 65 of 128 are left beside trace_id and span_id.
        let (fits, too_long) = ("v".repeat(61), "v".repeat(62));
        let umlauts = "ä".repeat(61);
        type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], usize);
        let table: [Row<'_>; 12] = [
            ("none", &[], 0),
            ("one", &[("user", "7")], 1),
            ("empty value", &[("user", "")], 1),
            ("to the last character", &[("user", &fits)], 1),
            ("one more", &[("user", &too_long)], 0),
            ("characters, not bytes", &[("user", &umlauts)], 1),
            (
                "a long one does not cost the next",
                &[("long", &too_long), ("b", "2")],
                1,
            ),
            ("the first of two", &[("user", "1"), ("user", "2")], 1),
            ("the ids' names", &[("trace_id", "1"), ("span_id", "2")], 0),
            ("no name", &[("", "1")], 0),
            (
                "not a name",
                &[("a-b", "1"), ("1a", "1"), ("a\n", "1"), ("é", "1")],
                0,
            ),
            ("quotes are the writer's business", &[("a", "\"\n\\")], 1),
        ];
        for (name, labels, count) in table {
            let dropped = dropped_exemplar_labels();
            assert_eq!(kept(labels).len(), count, "{name}");
            // Other tests may count at the same time.
            assert!(
                dropped_exemplar_labels() - dropped >= (labels.len() - count) as u64,
                "{name}"
            );
        }
        assert_eq!(kept(&[("user", "1"), ("user", "2")])[0].1, "1");
    }

    #[test]
    fn longer_names_of_the_ids_leave_less_room() {
        let value = "v".repeat(60);
        let labels = ExtraLabels::of(&[("user", &value), ("b", "")]).unwrap();
        assert_eq!(labels.beside(ID_NAMES).count(), 2);
        assert_eq!(labels.beside(["traceID", "spanID"]).count(), 2);
        let named: Vec<_> = labels.beside(["long_trace_id", "span_id"]).collect();
        assert_eq!(named, [("b", "")]);
        assert_eq!(
            labels.beside(["b", "s"]).count(),
            1,
            "a name that is taken now"
        );
        assert_eq!(labels.beside([&"n".repeat(200), "s"]).count(), 0);
    }
}
