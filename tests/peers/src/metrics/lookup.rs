//! One thread, a series found by its labels.

use std::hint::black_box;
use std::time::Instant;

use prometheus::HistogramVec;
use traceprop_metrics::ExemplarHistogramVec;

use super::fixtures::{LABELS, Turns, few_label_sets, span};
use super::observe::opts;
use crate::measure::{Row, Work};

/// How many families a service of several adapters may have in use at once.
const FAMILIES: usize = 48;

type LabelSet = [&'static str; 3];

pub fn ours() -> ExemplarHistogramVec {
    ExemplarHistogramVec::new(opts(), &LABELS).expect("valid options")
}

pub fn peer() -> HistogramVec {
    HistogramVec::new(opts(), &LABELS).expect("valid options")
}

pub fn rows() -> Vec<Row> {
    let row = |name, most, families, sets: &[LabelSet]| Row {
        name,
        ours: looked_up(families, sets),
        peer: looked_up_by_peer(families, sets),
        floor: None,
        most,
        no_allocation: true,
    };
    let few = few_label_sets();
    vec![
        // The peer hashes byte by byte: seven bytes are the least that a request's labels can have.
        row(
            "values of 7 bytes / prometheus",
            None,
            1,
            &[["GET", "/", "200"]],
        ),
        row(
            "values of 18 bytes / prometheus",
            Some(1.0),
            1,
            &[["GET", "/orders/{id}", "200"]],
        ),
        row("16 series / prometheus", Some(1.0), 1, &few),
        row(
            "48 families of 16 series / prometheus",
            Some(1.0),
            FAMILIES,
            &few,
        ),
    ]
}

fn looked_up(families: usize, sets: &[LabelSet]) -> Work {
    let families: Vec<_> = (0..families).map(|_| ours()).collect();
    let (span, at) = (span(), Instant::now());
    in_turns(families.len(), sets, move |family, set, duration| {
        let series = families[family].with_label_values(black_box(set));
        series.observe_at(duration, &span, at);
    })
}

fn looked_up_by_peer(families: usize, sets: &[LabelSet]) -> Work {
    let families: Vec<_> = (0..families).map(|_| peer()).collect();
    in_turns(families.len(), sets, move |family, set, duration| {
        let series = families[family].with_label_values(black_box(set));
        series.observe(duration);
    })
}

/// Each family in turn, for each of its series.
fn in_turns(
    families: usize,
    sets: &[LabelSet],
    look: impl Fn(usize, &LabelSet, f64) + 'static,
) -> Work {
    let (sets, mut turns, mut family) = (sets.to_vec(), Turns::default(), 0);
    let mut look = move || {
        let (turn, duration) = turns.next();
        if turn == 0 {
            family = (family + 1) % families;
        }
        look(family, &sets[turn % sets.len()], duration);
    };
    // What is made at the first look is made before anything is counted.
    (0..FAMILIES * 16).for_each(|_| look());
    Work::new(look)
}
