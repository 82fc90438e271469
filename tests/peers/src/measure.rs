//! Times pieces of work in turns.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::allocations;

/// How long a piece of work goes on before the next one has its turn.
const TURN: Duration = Duration::from_micros(200);

/// A piece of work and its fastest turn.
pub struct Work {
    run: Box<dyn FnMut(u32)>,
    times: u32,
    /// Nanoseconds of one time.
    pub best: f64,
    /// Allocations of one time.
    pub allocations: usize,
}

impl Work {
    pub fn new<R>(mut work: impl FnMut() -> R + 'static) -> Self {
        // Twice before it counts: what is set up lazily is set up then.
        black_box(work());
        black_box(work());
        let before = allocations::count();
        black_box(work());
        let allocations = allocations::count() - before;
        let mut this = Self {
            run: Box::new(move |times| {
                for _ in 0..times {
                    black_box(work());
                }
            }),
            times: 1,
            best: f64::INFINITY,
            allocations,
        };
        while this.turn() < TURN && this.times < 1 << 20 {
            this.times *= 2;
        }
        this
    }

    /// Has its turn.
    pub fn turn(&mut self) -> Duration {
        let start = Instant::now();
        (self.run)(self.times);
        let taken = start.elapsed();
        let each = taken.as_secs_f64() * 1e9 / f64::from(self.times);
        self.best = self.best.min(each);
        taken
    }
}

/// Ours, the peer's, and what neither can do without.
pub struct Row {
    pub name: &'static str,
    pub ours: Work,
    pub peer: Work,
    pub floor: Option<Work>,
    /// What ours over the peer's may be at most.
    pub most: Option<f64>,
    /// Whether ours may not allocate.
    pub no_allocation: bool,
}

impl Row {
    pub fn ratio(&self) -> f64 {
        self.ours.best / self.peer.best
    }
}

/// Measures all rows, in turns.
pub fn interleave(rows: &mut [Row], rounds: usize) {
    for round in 0..rounds {
        for row in &mut *rows {
            // Neither is always the one that finds the caches as the other left them.
            if round % 2 == 0 {
                row.ours.turn();
                row.peer.turn();
            } else {
                row.peer.turn();
                row.ours.turn();
            }
            if let Some(floor) = &mut row.floor {
                floor.turn();
            }
        }
    }
}
