//! The bugs of the README's table, each looked for in ours: one test for a row, in its order.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod client;
mod propagation;
mod server;
mod spans;
