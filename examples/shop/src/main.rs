//! One trace across five services: HTTP, gRPC and Kafka, each service a process of its own.
//!
//! `shop` starts the five of them, sends requests, and shows the traces; `shop run SERVICE` is one of
//! them alone.
#![forbid(unsafe_code)]

mod cli;
mod demo;
mod error;
mod generated;
mod messages;
mod services;

use std::process::ExitCode;

use clap::Parser;

use self::cli::{Cli, Command};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command {
        None => demo::run(cli.demo),
        Some(Command::Run(run)) => services::run(run),
    };
    done.unwrap_or_else(|error| {
        eprintln!("shop: {error}");
        ExitCode::FAILURE
    })
}
