//! Keeps label values, which strangers may choose, from filling the memory.
//!
//! A series that exists is found without coming here. Whatever would make a new one is judged first, and
//! what is over a limit lands in a series that says so: every observation lands in exactly one.

mod ids;
mod limits;
mod overflow;

use std::collections::HashMap;

pub(crate) use self::ids::names_an_id;
pub use self::limits::Limits;
pub use self::overflow::OverflowCounter;
pub(crate) use self::overflow::{Diverted, Who};

/// The value of a label that is over its limit. (`_OTHER` is the conventions' word for what they do not
/// know; a value that they do know can be over a limit, too.)
pub(crate) const OVERFLOW: &str = "_overflow";

/// The limits of one metric, and what counts towards them.
#[derive(Debug)]
pub(crate) struct Guard {
    series: usize,
    value_bytes: usize,
    labels: Box<[Label]>,
}

/// One variable label.
#[derive(Debug)]
struct Label {
    most: usize,
    ids: bool,
    /// The values in use, and how many series use each.
    values: HashMap<Box<str>, usize>,
}

/// Where an observation lands instead, and what was over its limit.
#[derive(Debug, PartialEq)]
pub(crate) struct Detour<'a> {
    /// One for each label.
    pub(crate) values: Vec<&'a str>,
    /// The places of the labels whose values gave way.
    pub(crate) labels: Vec<usize>,
    /// Whether the metric has all the series it may have.
    pub(crate) series: bool,
}

impl Guard {
    pub(crate) fn new<'a>(limits: &Limits, names: impl Iterator<Item = &'a str>) -> Self {
        let label = |name| Label {
            most: limits.most_values(name),
            ids: limits.allows_ids(name),
            values: HashMap::new(),
        };
        Self {
            series: limits.most_series(),
            value_bytes: limits.most_bytes(),
            labels: names.map(label).collect(),
        }
    }

    /// Replaces the values that may not have a series of their own.
    pub(crate) fn detour<'a>(&self, values: &[&'a str]) -> Detour<'a> {
        let mut detour = Detour {
            values: values.to_vec(),
            labels: Vec::new(),
            series: false,
        };
        for (place, (label, value)) in self.labels.iter().zip(&mut detour.values).enumerate() {
            if !self.admits(label, value) {
                *value = OVERFLOW;
                detour.labels.push(place);
            }
        }
        detour
    }

    /// Whether a metric of `existing` series may not have this one, too.
    pub(crate) fn is_full(&self, values: &[&str], existing: usize) -> bool {
        existing >= self.series && values.iter().any(|value| *value != OVERFLOW)
    }

    fn admits(&self, label: &Label, value: &str) -> bool {
        value == OVERFLOW
            || label.values.contains_key(value)
            || (label.values.len() < label.most
                && value.len() <= self.value_bytes
                && (label.ids || !ids::is_an_id(value)))
    }

    /// Counts the values of a series that was made.
    pub(crate) fn made<'a>(&mut self, values: impl Iterator<Item = &'a str>) {
        for (label, value) in self.labels.iter_mut().zip(values) {
            match label.values.get_mut(value) {
                Some(series) => *series += 1,
                None if value == OVERFLOW => {}
                None => _ = label.values.insert(value.into(), 1),
            }
        }
    }

    /// Forgets the values that only a series that is gone has used.
    pub(crate) fn removed<'a>(&mut self, values: impl Iterator<Item = &'a str>) {
        for (label, value) in self.labels.iter_mut().zip(values) {
            if let Some(series) = label.values.get_mut(value) {
                *series -= 1;
                if *series == 0 {
                    label.values.remove(value);
                }
            }
        }
    }

    /// Forgets every value.
    pub(crate) fn reset(&mut self) {
        self.labels
            .iter_mut()
            .for_each(|label| label.values = HashMap::new());
    }
}

impl Detour<'_> {
    /// Whether nothing was over a limit.
    pub(crate) fn is_none(&self) -> bool {
        self.labels.is_empty() && !self.series
    }

    /// The metric's own overflow series: every label gave way.
    pub(crate) fn give_all_way(&mut self) {
        self.series = true;
        self.values.fill(OVERFLOW);
    }
}
