//! The tables.

use crate::hostile::{Curve, SIZES};
use crate::measure::Row;
use crate::rows::Table;

/// Prints the tables, and returns the rows that are above their maximum.
pub fn tables(tables: &[Table]) -> Vec<String> {
    for table in tables {
        println!("{}\n", table.title);
        println!(
            "{:<38} {:>7} {:>7}  {:>5} {:>5} {:>6}  {:>6} {:>6}",
            "", "ours/ns", "peer/ns", "ratio", "most", "floor", "allocs", "peer's"
        );
        table.rows.iter().for_each(print);
        println!();
    }
    let rows = tables.iter().flat_map(|table| &table.rows);
    let misses = rows.flat_map(|row| {
        let above = row.most.is_some_and(|most| row.ratio() > most);
        let slow = above.then(|| format!("{}: {:.3}", row.name, row.ratio()));
        let allocates = (row.no_allocation && row.ours.allocations > 0)
            .then(|| format!("{}: {} allocations", row.name, row.ours.allocations));
        [slow, allocates]
    });
    misses.flatten().collect()
}

fn print(row: &Row) {
    let number =
        |number: Option<f64>| number.map_or(String::new(), |number| format!("{number:.2}"));
    // As a ratio, too: what ours could be at best.
    let floor = row.floor.as_ref().map(|floor| floor.best / row.peer.best);
    let above = row.most.is_some_and(|most| row.ratio() > most);
    println!(
        "{:<38} {:>7.0} {:>7.0}  {:>5.2} {:>5} {:>6}  {:>6} {:>6}{}",
        row.name,
        row.ours.best,
        row.peer.best,
        row.ratio(),
        number(row.most),
        number(floor),
        row.ours.allocations,
        row.peer.allocations,
        if above { "  above" } else { "" },
    );
}

/// Prints the curves, and returns those that are steeper than a line.
pub fn curves(curves: &[Curve]) -> Vec<String> {
    println!("a hostile header, read by all of ours, ns by its length (allocations)\n");
    print!("{:<32}", "");
    for kib in SIZES {
        print!("{:>16}", format!("{kib} KiB"));
    }
    println!();
    for curve in curves {
        print!("{:<32}", curve.name);
        for point in &curve.points {
            let cell = format!("{:.0} ({})", point.best, point.allocations);
            print!("{cell:>16}");
        }
        println!();
    }
    println!();
    let steep = curves.iter().filter(|curve| curve.is_steep());
    steep
        .map(|curve| format!("{}: not linear", curve.name))
        .collect()
}
