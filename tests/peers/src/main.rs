//! What propagation, metrics and traced requests cost: ours over the peers', in one run.
//!
//! ```text
//! cargo run --release --manifest-path tests/peers/Cargo.toml -- metrics|http|http-client|grpc
//!     metrics        measures metrics
//!     http           measures what tracing a server's requests adds
//!     http-client    measures what tracing a client's adds
//!     grpc           measures what tracing a server's calls adds
//! cargo run --release --manifest-path tests/peers/Cargo.toml --no-default-features
//!     measures propagation, in a program that holds nothing else
//! Both take:
//!     --check        ends with 1 where a ratio is above what it may be at most
//!     --rounds 400   how often each is measured; default 400
//! ```
//!
//! Both sides of a row take turns for a few hundred microseconds each, round after round, and the
//! fastest round of each counts: what else the machine does makes rounds slower, never faster. Ratios
//! hold from run to run; nanoseconds do not.
#![allow(
    deprecated,
    reason = "two of the peers are, which is why people come to us"
)]

mod allocations;
mod carriers;
mod context;
mod floors;
#[cfg(feature = "requests")]
mod grpc;
mod hostile;
#[cfg(feature = "requests")]
mod http;
#[cfg(feature = "requests")]
mod http_client;
mod jaeger;
mod measure;
#[cfg(feature = "metrics")]
mod metrics;
mod report;
mod rows;

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: allocations::Counting = allocations::Counting;

struct Settings {
    /// Measures something, and returns what is above its maximum.
    measure: fn(usize) -> Vec<String>,
    check: bool,
    rounds: usize,
}

fn settings() -> Result<Settings, String> {
    let mut settings = Settings {
        measure: propagation,
        check: false,
        rounds: 400,
    };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            #[cfg(feature = "metrics")]
            "metrics" => settings.measure = metrics::run,
            #[cfg(feature = "requests")]
            "http" => settings.measure = http::run,
            #[cfg(feature = "requests")]
            "http-client" => settings.measure = http_client::run,
            #[cfg(feature = "requests")]
            "grpc" => settings.measure = grpc::run,
            "--check" => settings.check = true,
            "--rounds" => {
                let rounds = args.next().and_then(|rounds| rounds.parse().ok());
                settings.rounds = rounds
                    .filter(|rounds| *rounds > 0)
                    .ok_or("--rounds takes a number")?;
            }
            other => {
                return Err(format!(
                    "{other} is no option: metrics, http, http-client, grpc, --check, --rounds N"
                ));
            }
        }
    }
    Ok(settings)
}

fn main() -> ExitCode {
    let settings = match settings() {
        Ok(settings) => settings,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    let misses = (settings.measure)(settings.rounds);
    for miss in &misses {
        println!("above its maximum: {miss}");
    }
    ExitCode::from(u8::from(settings.check && !misses.is_empty()))
}

fn propagation(rounds: usize) -> Vec<String> {
    let mut tables = rows::tables();
    for table in &mut tables {
        measure::interleave(&mut table.rows, rounds);
    }
    let mut misses = report::tables(&tables);
    let mut curves = hostile::curves();
    for curve in &mut curves {
        curve.measure(rounds);
    }
    misses.extend(report::curves(&curves));
    misses
}
