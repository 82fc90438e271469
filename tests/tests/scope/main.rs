//! One exchange is one OpenTelemetry span and one log scope: what can go wrong between the two.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod children;
mod hostile;
mod linked;
mod logs;
mod queue;
