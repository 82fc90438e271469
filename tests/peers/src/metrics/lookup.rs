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
        // The cache of a thread that has many series may still be growing when it is counted.
        no_allocation: families == 1,
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
            "768 series of 48 families / prometheus",
            None,
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

/// One series of one family after the other; of many families, all series of all at once: a turn that
/// saw only some of them would find those cold that another has not.
fn in_turns(
    families: usize,
    sets: &[LabelSet],
    look: impl Fn(usize, &LabelSet, f64) + 'static,
) -> Work {
    let (sets, mut turns) = (sets.to_vec(), Turns::default());
    let mut one = move |family| {
        let (turn, duration) = turns.next();
        look(family, &sets[turn % sets.len()], duration);
    };
    if families == 1 {
        // What is made at the first look is made before anything is counted.
        (0..16).for_each(|_| one(0));
        return Work::new(move || one(0));
    }
    let mut all = move || (0..families * 16).for_each(|look| one(look / 16));
    (0..16).for_each(|_| all());
    Work::new(all)
}
