//! Which type each family is written as, so that no name of one is a name of another.
//!
//! A typed family owns more names than it has samples: a counter `foo` owns `foo`, `foo_total` and
//! `foo_created` (OpenMetrics 1.0.0, "Metric Type Suffixes"). Text 0.0.4 has no such rule, so a registry
//! may hold what OpenMetrics forbids. Such families become `unknown`, which owns just its samples: their
//! series keep their identity and lose their type and exemplars.

use std::collections::HashSet;

use super::model::{Family, Kind, Value};

#[derive(Debug, PartialEq)]
pub(super) enum Shape<'a> {
    /// With its own type, under this name.
    Typed(&'a str),
    /// As one `unknown` family for each of these suffixes; those missing are another family's samples.
    Unknown(Vec<&'static str>),
}

/// One shape for each of `families`.
pub(super) fn shapes<'a>(families: &[Family<'a>]) -> Vec<Shape<'a>> {
    // Those that cannot give way come first: a gauge has no other name.
    let rank = |family: &Family<'_>| match family.kind {
        Kind::Counter if counter_name(family).is_some() => 2,
        Kind::Histogram | Kind::Summary => 1,
        Kind::Gauge | Kind::Counter => 0,
    };
    let mut order: Vec<(usize, usize)> = families.iter().map(rank).zip(0..).collect();
    order.sort_unstable();
    let mut owned = HashSet::new();
    let mut shapes: Vec<Shape<'a>> = families
        .iter()
        .map(|_| Shape::Unknown(Vec::new()))
        .collect();
    for (_, at) in order {
        if let (Some(family), Some(shape)) = (families.get(at), shapes.get_mut(at)) {
            *shape = claim(&mut owned, family);
        }
    }
    shapes
}

fn claim<'a>(owned: &mut HashSet<String>, family: &Family<'a>) -> Shape<'a> {
    let typed: Option<(&str, &[&str])> = match family.kind {
        Kind::Counter => counter_name(family).map(|name| (name, &["", "_total", "_created"][..])),
        Kind::Gauge => Some((family.name, &[""])),
        Kind::Histogram => Some((family.name, &["", "_bucket", "_count", "_sum", "_created"])),
        Kind::Summary => Some((family.name, &["", "_count", "_sum", "_created"])),
    };
    if let Some((name, suffixes)) = typed {
        let names: Vec<String> = suffixes
            .iter()
            .map(|suffix| format!("{name}{suffix}"))
            .collect();
        if names.iter().all(|name| !owned.contains(name)) {
            owned.extend(names);
            return Shape::Typed(name);
        }
    }
    let mut suffixes = sample_suffixes(family.kind).to_vec();
    suffixes.retain(|suffix| owned.insert(format!("{}{suffix}", family.name)));
    Shape::Unknown(suffixes)
}

/// What is appended to a family's name in its samples. A counter's name, as `prometheus` has it, ends in
/// `_total` already.
pub(super) fn sample_suffixes(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Counter | Kind::Gauge => &[""],
        Kind::Histogram => &["_bucket", "_count", "_sum"],
        Kind::Summary => &["", "_count", "_sum"],
    }
}

/// A counter's name without `_total`, or `None` if it cannot be an OpenMetrics counter.
fn counter_name<'a>(family: &Family<'a>) -> Option<&'a str> {
    let name = family
        .name
        .strip_suffix("_total")
        .filter(|name| !name.is_empty())?;
    let counts = |value: &Value| matches!(value, Value::Number { value, .. } if *value >= 0.0);
    family
        .points
        .iter()
        .all(|point| counts(&point.value))
        .then_some(name)
}

#[cfg(test)]
mod tests {
    use super::super::model::Point;
    use super::*;

    fn family(name: &'static str, kind: Kind, value: f64) -> Family<'static> {
        let value = Value::Number {
            value,
            exemplar: None,
        };
        Family {
            name,
            help: "",
            kind,
            points: vec![Point {
                labels: vec![],
                timestamp_ms: 0,
                value,
            }],
        }
    }

    #[test]
    fn clash_table() {
        use Kind::{Counter, Gauge, Histogram, Summary};
        let unknown = |suffixes: &[&'static str]| Shape::Unknown(suffixes.to_vec());
        #[rustfmt::skip]
        let table = [
            // what it shows                        families                                          shapes
            ("a counter drops _total",              vec![("foo_total", Counter)],                     vec![Shape::Typed("foo")]),
            ("a counter without is unknown",        vec![("foo", Counter)],                           vec![unknown(&[""])]),
            ("_total alone is no name",             vec![("_total", Counter)],                        vec![unknown(&[""])]),
            ("a gauge has the counter's name",      vec![("foo", Gauge), ("foo_total", Counter)],     vec![Shape::Typed("foo"), unknown(&[""])]),
            ("a gauge has what it might create",    vec![("foo_created", Gauge), ("foo_total", Counter)],
                                                    vec![Shape::Typed("foo_created"), unknown(&[""])]),
            ("a histogram next to its count",       vec![("foo", Histogram), ("foo_count", Gauge)],
                                                    vec![unknown(&["_bucket", "_sum"]), Shape::Typed("foo_count")]),
            ("a histogram next to its birth",       vec![("foo", Histogram), ("foo_created", Gauge)],
                                                    vec![unknown(&["_bucket", "_count", "_sum"]), Shape::Typed("foo_created")]),
            ("a summary and a counter of one name", vec![("foo", Summary), ("foo_total", Counter)],   vec![Shape::Typed("foo"), unknown(&[""])]),
            ("no clash",                            vec![("foo", Gauge), ("foo_sum", Gauge)],
                                                    vec![Shape::Typed("foo"), Shape::Typed("foo_sum")]),
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
