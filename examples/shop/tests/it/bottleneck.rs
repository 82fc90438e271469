//! One place is slow, and the arrow points there.

use crate::program::{alone, run, text};

/// Runs the shop with one slow place; returns the line of the slowest trace that has the arrow.
fn arrow(place: &str) -> String {
    let _alone = alone();
    let ran = run(&["--requests", "12", "--slow", place]);
    let (output, errors) = (text(&ran.stdout), text(&ran.stderr));
    assert!(ran.status.success(), "{place}: {errors}\n{output}");
    let (_, slowest) = output
        .split_once("The slowest trace:\n")
        .expect("a slowest trace");
    let mut rows = slowest.lines().take_while(|line| !line.is_empty());
    let row = rows.find(|row| row.contains("bottleneck"));
    row.unwrap_or_else(|| panic!("{place}: no arrow in\n{slowest}"))
        .to_owned()
}

#[test]
fn database() {
    let row = arrow("db");
    assert!(row.contains("INSERT orders"), "{row}");
}

#[test]
fn payments() {
    let row = arrow("payments");
    assert!(
        row.contains("Payments/Verify") && row.contains(" payments "),
        "{row}"
    );
}

#[test]
fn card_gateway() {
    let row = arrow("gateway");
    assert!(
        row.contains("card gateway") && row.contains(" payments "),
        "{row}"
    );
}

#[test]
fn notifications() {
    let row = arrow("notifications");
    assert!(
        row.contains("POST /notify") && row.contains(" notifications "),
        "{row}"
    );
}
