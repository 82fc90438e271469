//! The guard that every adapter uses.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod adoption;
mod context;
mod ending;
mod labels;
