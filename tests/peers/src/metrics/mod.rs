//! What counting and scraping cost: ours over `prometheus` and `prometheus-client`, in one run.

mod exposition;
mod fixtures;
mod lookup;
mod observe;
mod scrape;
mod two_threads;

use crate::measure::{self, Row};
use crate::report;
use crate::rows::Table;

/// Measures everything, prints it, and returns what is above its maximum.
pub fn run(rounds: usize) -> Vec<String> {
    let mut tables = [
        table("one thread observes, 14 buckets", observe::rows()),
        table(
            "a series is looked up by three labels, and observes",
            lookup::rows(),
        ),
        table(
            "1,000 series of 14 buckets are written, an exemplar in each bucket",
            exposition::rows(),
        ),
    ];
    for table in &mut tables {
        measure::interleave(&mut table.rows, rounds);
    }
    let mut misses = report::tables(&tables);
    let pairs = two_threads::measure();
    misses.extend(two_threads::report(&pairs));
    misses.extend(scrape::measure().report());
    misses
}

fn table(title: &'static str, rows: Vec<Row>) -> Table {
    Table { title, rows }
}
