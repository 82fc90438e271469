//! Known bugs, run on every Rust library that could have them and on ours.
//!
//! ```text
//! cargo run --manifest-path tests/peers/bugs/Cargo.toml
//!     --check FILE   ends with 1 where we have one, or FILE does not hold the table as it is now
//!     --write FILE   puts the table into FILE, between its two marks
//! ```
//!
//! Each row is a test: it drives the library as its documentation says, and looks at what it made. That a
//! library has a bug is no failure here; that we have it is.
#![allow(deprecated, reason = "two of the peers are")]

mod client;
mod grpc;
mod metrics;
mod old;
mod propagation;
mod server;
mod spans;
mod table;
mod world;

use std::process::ExitCode;

use self::table::Row;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    // A library that panics is a row of the table, and its message of no interest.
    std::panic::set_hook(Box::new(|_| {}));
    let rows: Vec<Row> = [
        client::rows(),
        server::rows(),
        metrics::rows(),
        grpc::rows(),
        spans::rows(),
        propagation::rows(),
    ]
    .into_iter()
    .flatten()
    .collect();
    let _ = std::panic::take_hook();
    let table = table::markdown(&rows);
    println!("{table}");
    let done = match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => Ok(()),
        ["--check", file] => table::check(file, &table),
        ["--write", file] => table::write(file, &table),
        _ => Err("--check FILE, or --write FILE".to_owned()),
    };
    if let Err(error) = &done {
        eprintln!("error: {error}");
    }
    let ours = rows.iter().filter(|row| row.is_ours());
    let ours = ours
        .inspect(|row| eprintln!("error: we have it: {}", row.bug))
        .count();
    ExitCode::from(u8::from(done.is_err() || ours > 0))
}
