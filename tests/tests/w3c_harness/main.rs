//! The 41 tests of the W3C trace-context harness, levels 1 and 2, by their names, against the example
//! service over real sockets.
//!
//! What is asserted is no less than what the harness asserts: `tracestate` must come back exactly,
//! and each callback's headers must be as they may be sent. For the report, name by name:
//!
//! ```text
//! cargo test -p traceprop-tests --test w3c_harness -- --nocapture
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod advanced;
mod callbacks;
mod exchange;
mod service;
mod traceparent;
mod tracestate;

use opentelemetry_sdk::trace::Sampler;
use traceprop_core::testing::TestOtel;

use crate::callbacks::Callbacks;
use crate::exchange::Exchange;

/// One test of the harness: its name, and what is sent, one after the other.
type Test = (&'static str, Vec<Exchange>);

/// What of a test did not hold; nothing, if it passed.
type Verdict = Result<(), String>;

async fn run(test: Vec<Exchange>, service: &str, callbacks: &Callbacks) -> Verdict {
    for exchange in test {
        exchange.run(service, callbacks).await?;
    }
    Ok(())
}

/// Runs all against a service whose spans `sampler` decides on.
async fn harness(sampler: Sampler) {
    let otel = TestOtel::with_builder("w3c_service", |builder| builder.with_sampler(sampler));
    let service = service::start(&otel).await;
    let callbacks = Callbacks::listen().await;
    let classes: [(&str, Vec<Test>); 4] = [
        ("TraceContextTest", traceparent::tests()),
        ("TraceContextTest", tracestate::tests()),
        ("AdvancedTest", advanced::tests()),
        ("TraceContext2Test", advanced::level_2()),
    ];
    let (mut passed, mut failed) = (0, Vec::new());
    for (class, tests) in classes {
        for (name, test) in tests {
            match run(test, &service, &callbacks).await {
                Ok(()) => {
                    println!("{class}.test_{name} ... ok");
                    passed += 1;
                }
                Err(reason) => failed.push(format!("{class}.test_{name} ... FAILED: {reason}")),
            }
        }
    }
    println!("{passed} of {}", passed + failed.len());
    assert!(failed.is_empty(), "\n{}", failed.join("\n"));
    assert_eq!(passed, 41);
}

#[tokio::test]
async fn passes_41_of_41_when_spans_are_recorded() {
    harness(Sampler::AlwaysOn).await;
}

#[tokio::test]
async fn passes_41_of_41_when_spans_are_dropped() {
    harness(Sampler::AlwaysOff).await;
}

#[tokio::test]
async fn passes_41_of_41_when_the_caller_decides() {
    harness(Sampler::ParentBased(Box::new(Sampler::AlwaysOff))).await;
}
