//! One row or more for each rule of the list in `data/rules.txt`, named by its number.

mod b3;
mod baggage;
mod common;
mod compose;
mod jaeger;
mod trace_context;
mod trace_state;
mod wire;

use std::collections::BTreeSet;

use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use traceprop_core::propagation::from_names;

use crate::carriers::{Joining, Lines};

pub(crate) const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
pub(crate) const SPAN: &str = "00f067aa0ba902b7";
pub(crate) const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// Names and values.
pub(crate) type Pairs<'a> = &'a [(&'a str, &'a str)];

/// The rules that a row shows, what it shows, and how.
pub(crate) struct Row {
    rules: &'static str,
    name: &'static str,
    check: Box<dyn Fn()>,
}

/// A row of anything that can be asserted.
pub(crate) fn check(rules: &'static str, name: &'static str, check: impl Fn() + 'static) -> Row {
    let check = Box::new(check);
    Row { rules, name, check }
}

/// A row of what a process without spans sends on, of what it was sent.
pub(crate) fn hop(
    rules: &'static str,
    name: &'static str,
    propagators: &'static str,
    sent: Pairs<'_>,
    onward: Pairs<'_>,
) -> Row {
    let (sent, want) = (
        Lines::new(sent.iter().copied()),
        sorted(Lines::new(onward.iter().copied())),
    );
    check(rules, name, move || {
        let propagator = from_names(propagators).unwrap();
        for carrier in [&sent as &dyn Extractor, &Joining::new(&sent)] {
            let cx = propagator.extract_with_context(&Context::new(), carrier);
            assert_eq!(sorted(written(&propagator, &cx)), want, "{rules}: {name}");
        }
    })
}

pub(crate) fn written(propagator: &dyn TextMapPropagator, cx: &Context) -> Lines {
    let mut lines = Lines::default();
    propagator.inject_context(cx, &mut lines);
    lines
}

pub(crate) fn read(propagators: &str, headers: Pairs<'_>) -> Context {
    let lines = Lines::new(headers.iter().copied());
    let propagator = from_names(propagators).unwrap();
    propagator.extract_with_context(&Context::new(), &lines)
}

fn sorted(mut lines: Lines) -> Lines {
    lines.0.sort();
    lines
}

fn rows() -> Vec<Row> {
    let tables = [
        common::rows(),
        trace_context::rows(),
        trace_state::rows(),
        wire::rows(),
        b3::rows(),
        jaeger::rows(),
        baggage::rows(),
        compose::rows(),
    ];
    tables.into_iter().flatten().collect()
}

#[test]
fn every_row_holds() {
    for row in rows() {
        // Says which one it was, whatever it is that fails.
        let guard = Named(row.rules, row.name);
        (row.check)();
        std::mem::forget(guard);
    }
}

/// Named when a check panics.
struct Named(&'static str, &'static str);

impl Drop for Named {
    fn drop(&mut self) {
        eprintln!("the row that failed: {}: {}", self.0, self.1);
    }
}

#[test]
fn every_rule_is_named_by_a_row() {
    let rows = rows();
    let named: BTreeSet<_> = rows.iter().flat_map(|row| row.rules.split(' ')).collect();
    let list = include_str!("../../data/rules.txt");
    let mut rules = BTreeSet::new();
    for line in list.lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split(' ');
        let rule = words.next().unwrap();
        assert!(matches!(words.next(), Some("M" | "S")), "{line}");
        // Kept and tested elsewhere.
        let elsewhere = words.next().is_some();
        assert!(elsewhere || named.contains(rule), "no row names {rule}");
        rules.insert(rule);
    }
    let unknown: Vec<_> = named.difference(&rules).collect();
    assert!(unknown.is_empty(), "{unknown:?} are no rules");
    assert!(rules.len() > 100);
}
