//! Two threads on one histogram, each on a core of its own.

use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::{Instant, SystemTime};

use rustix::thread::{CpuSet, sched_setaffinity};

use super::fixtures::{Seconds, Turns, few_label_sets, ids, peer_with_exemplars, span};
use super::{lookup, observe};

/// Pairs of measurements, ours and the peer's in turns.
const PAIRS: usize = 20;
/// Observations of each thread in one measurement.
const EACH: u32 = 200_000;

/// What a thread does: it is handed a closure of its own to call again and again.
type Work<'a> = dyn Fn() -> Box<dyn FnMut()> + Sync + 'a;

pub struct Pairs {
    name: &'static str,
    most: Option<f64>,
    /// Nanoseconds of one observation, ours and the peer's.
    pairs: Vec<(f64, f64)>,
}

pub fn measure() -> Vec<Pairs> {
    vec![gate_closed(), stored(), looked_up()]
}

fn gate_closed() -> Pairs {
    let (ours, peer, at) = (observe::ours(), observe::peer(), Instant::now());
    pairs(
        "gate closed / prometheus",
        Some(1.1),
        &|| {
            let (ours, span, mut turns) = (ours.clone(), span(), Turns::default());
            Box::new(move || ours.observe_at(turns.next().1, black_box(&span), at))
        },
        &|| {
            let (peer, mut turns) = (peer.clone(), Turns::default());
            Box::new(move || peer.observe(turns.next().1))
        },
    )
}

/// Where both threads want the same slot at the same time, one of them goes without: that is the design.
fn stored() -> Pairs {
    let (ours, peer, now) = (observe::ours(), peer_with_exemplars(), SystemTime::now());
    pairs(
        "stored each time / prometheus-client",
        Some(0.3),
        &|| {
            let (ours, span) = (ours.clone(), span());
            let (mut turns, mut seconds) = (Turns::default(), Seconds::new());
            Box::new(move || ours.observe_at(turns.next().1, black_box(&span), seconds.next()))
        },
        &|| {
            let (peer, ids, mut turns) = (peer.clone(), ids(), Turns::default());
            Box::new(move || peer.observe(turns.next().1, Some(ids.clone()), Some(now)))
        },
    )
}

fn looked_up() -> Pairs {
    let (ours, peer, sets, at) = (
        lookup::ours(),
        lookup::peer(),
        few_label_sets(),
        Instant::now(),
    );
    pairs(
        "16 series, three labels / prometheus",
        None,
        &|| {
            let (ours, sets, span, mut turns) =
                (ours.clone(), sets.clone(), span(), Turns::default());
            Box::new(move || {
                let (turn, duration) = turns.next();
                ours.with_label_values(black_box(&sets[turn]))
                    .observe_at(duration, &span, at);
            })
        },
        &|| {
            let (peer, sets, mut turns) = (peer.clone(), sets.clone(), Turns::default());
            Box::new(move || {
                let (turn, duration) = turns.next();
                peer.with_label_values(black_box(&sets[turn]))
                    .observe(duration);
            })
        },
    )
}

fn pairs(name: &'static str, most: Option<f64>, ours: &Work<'_>, peer: &Work<'_>) -> Pairs {
    // The first of each finds everything cold.
    let _ = (together(ours), together(peer));
    let pair = |turn: usize| match turn % 2 {
        0 => {
            let ours = together(ours);
            (ours, together(peer))
        }
        _ => {
            let peer = together(peer);
            (together(ours), peer)
        }
    };
    Pairs {
        name,
        most,
        pairs: (0..PAIRS).map(pair).collect(),
    }
}

/// Nanoseconds of one observation while two threads observe, by the slower of the two.
fn together(work: &Work<'_>) -> f64 {
    let start = Barrier::new(2);
    let taken = thread::scope(|scope| {
        let threads = [0, 1].map(|core| {
            let start = &start;
            scope.spawn(move || {
                pin(core);
                let mut observe = work();
                start.wait();
                let began = Instant::now();
                (0..EACH).for_each(|_| observe());
                began.elapsed()
            })
        });
        threads.map(|thread| thread.join().expect("no panic").as_secs_f64())
    });
    taken.into_iter().fold(0.0, f64::max) * 1e9 / f64::from(EACH)
}

/// Holds this thread on one core; a machine without that core measures something else.
pub fn pin(core: usize) {
    let mut set = CpuSet::new();
    set.set(core);
    sched_setaffinity(None, &set).expect("two cores");
}

impl Pairs {
    fn median_ratio(&self) -> f64 {
        median(self.pairs.iter().map(|(ours, peer)| ours / peer))
    }
}

fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    (numbers[middle] + numbers[(numbers.len() - 1) / 2]) / 2.0
}

/// Prints the table, and returns the rows that are above their maximum.
pub fn report(all: &[Pairs]) -> Vec<String> {
    println!("two pinned threads on one metric, median of {PAIRS} pairs\n");
    println!(
        "{:<38} {:>7} {:>7}  {:>5} {:>5}",
        "", "ours/ns", "peer/ns", "ratio", "most"
    );
    let mut misses = Vec::new();
    for pairs in all {
        let ratio = pairs.median_ratio();
        let above = pairs.most.is_some_and(|most| ratio > most);
        println!(
            "{:<38} {:>7.0} {:>7.0}  {ratio:>5.2} {:>5}{}",
            pairs.name,
            median(pairs.pairs.iter().map(|(ours, _)| *ours)),
            median(pairs.pairs.iter().map(|(_, peer)| *peer)),
            pairs
                .most
                .map_or(String::new(), |most| format!("{most:.2}")),
            if above { "  above" } else { "" },
        );
        if above {
            misses.push(format!("two threads, {}: {ratio:.3}", pairs.name));
        }
    }
    println!();
    misses
}
