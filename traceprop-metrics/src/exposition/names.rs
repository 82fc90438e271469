//! Which type each family is written as, so that no name of one is a name of another.
//!
//! A typed family owns more names than it has samples: a counter `foo` owns `foo`, `foo_total` and
//! `foo_created` (OpenMetrics 1.0.0, "Metric Type Suffixes"). Text 0.0.4 has no such rule, so a registry
//! may hold what OpenMetrics forbids. Such families become `unknown`, which owns just its samples: their
//! series keep their identity and lose their type and exemplars.

use std::collections::HashSet;

use super::plan::Family;
use super::point::Kind;

#[derive(Debug, PartialEq)]
pub(crate) enum Shape {
    /// With its own type, under [`family_name`].
    Typed,
    /// As one `unknown` family for each of these suffixes; those missing are another family's samples.
    Unknown(Vec<&'static str>),
}

/// One shape for each of `families`.
pub(super) fn shapes(families: &[Family]) -> Vec<Shape> {
    // Those that cannot give way come first: a gauge has no other name.
    let rank = |family: &Family| match family.kind {
        Kind::Info => 3,
        Kind::Counter if counts(family) => 2,
        Kind::Histogram | Kind::Summary => 1,
        Kind::Gauge | Kind::Counter => 0,
    };
    let mut order: Vec<(usize, usize)> = families.iter().map(rank).zip(0..).collect();
    order.sort_unstable();
    let mut owned = HashSet::new();
    let mut shapes: Vec<Shape> = families.iter().map(|_| Shape::Typed).collect();
    for (_, at) in order {
        if let (Some(family), Some(shape)) = (families.get(at), shapes.get_mut(at)) {
            *shape = claim(&mut owned, family);
        }
    }
    shapes
}

fn claim(owned: &mut HashSet<String>, family: &Family) -> Shape {
    let suffixes: &[&str] = match family.kind {
        Kind::Counter => &["", "_total", "_created"],
        Kind::Gauge => &[""],
        Kind::Histogram => &["", "_bucket", "_count", "_sum", "_created"],
        Kind::Info => &["", "_info"],
        Kind::Summary => &["", "_count", "_sum", "_created"],
    };
    if family.kind != Kind::Counter || counts(family) {
        let name = family_name(&family.name, family.kind);
        let names: Vec<String> = suffixes
            .iter()
            .map(|suffix| format!("{name}{suffix}"))
            .collect();
        if names.iter().all(|name| !owned.contains(name)) {
            owned.extend(names);
            return Shape::Typed;
        }
    }
    let mut suffixes = sample_suffixes(family.kind).to_vec();
    suffixes.retain(|suffix| owned.insert(format!("{}{suffix}", family.name)));
    Shape::Unknown(suffixes)
}

/// The name a typed family has in its metadata: without the suffix that its samples must have.
pub(super) fn family_name(name: &str, kind: Kind) -> &str {
    let suffix = match kind {
        Kind::Counter => "_total",
        Kind::Info => "_info",
        Kind::Gauge | Kind::Histogram | Kind::Summary => "",
    };
    name.strip_suffix(suffix).unwrap_or(name)
}

/// What is appended to a family's name in its samples. A counter's name, as `prometheus` has it, ends in
/// `_total` already.
pub(super) fn sample_suffixes(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Counter | Kind::Gauge | Kind::Info => &[""],
        Kind::Histogram => &["_bucket", "_count", "_sum"],
        Kind::Summary => &["", "_count", "_sum"],
    }
}

/// Whether a counter may be an OpenMetrics counter, by its name and its values.
fn counts(family: &Family) -> bool {
    let name = family.name.strip_suffix("_total");
    name.is_some_and(|name| !name.is_empty()) && family.plain_counts().all(|value| value >= 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn family(name: &'static str, kind: Kind, value: f64) -> Family {
        Family::of_counts(name, kind, &[value])
    }

    #[test]
    fn clash_table() {
        use Kind::{Counter, Gauge, Histogram, Info, Summary};
        let unknown = |suffixes: &[&'static str]| Shape::Unknown(suffixes.to_vec());
        #[rustfmt::skip]
        let table = [
            // what it shows                        families                                          shapes
            ("a counter drops _total",              vec![("foo_total", Counter)],                     vec![Shape::Typed]),
            ("a counter without is unknown",        vec![("foo", Counter)],                           vec![unknown(&[""])]),
            ("_total alone is no name",             vec![("_total", Counter)],                        vec![unknown(&[""])]),
            ("a gauge has the counter's name",      vec![("foo", Gauge), ("foo_total", Counter)],     vec![Shape::Typed, unknown(&[""])]),
            ("a gauge has what it might create",    vec![("foo_created", Gauge), ("foo_total", Counter)],
                                                    vec![Shape::Typed, unknown(&[""])]),
            ("a histogram next to its count",       vec![("foo", Histogram), ("foo_count", Gauge)],
                                                    vec![unknown(&["_bucket", "_sum"]), Shape::Typed]),
            ("a histogram next to its birth",       vec![("foo", Histogram), ("foo_created", Gauge)],
                                                    vec![unknown(&["_bucket", "_count", "_sum"]), Shape::Typed]),
            ("a summary and a counter of one name", vec![("foo", Summary), ("foo_total", Counter)],   vec![Shape::Typed, unknown(&[""])]),
            ("no clash",                            vec![("foo", Gauge), ("foo_sum", Gauge)],         vec![Shape::Typed, Shape::Typed]),
            ("the target and a gauge of its name",  vec![("target_info", Info), ("target", Gauge)],   vec![unknown(&[""]), Shape::Typed]),
        ];
        for (name, given, want) in table {
            let families: Vec<_> = given
                .into_iter()
                .map(|(name, kind)| family(name, kind, 1.0))
                .collect();
            assert_eq!(shapes(&families), want, "{name}");
        }
    }

    #[test]
    fn a_counter_that_does_not_count_is_unknown() {
        for value in [-1.0, f64::NAN] {
            let families = [family("foo_total", Kind::Counter, value)];
            assert_eq!(shapes(&families), [Shape::Unknown(vec![""])], "{value}");
        }
    }
}
