//! The layers over services and over real sockets.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod body;
mod client;
#[cfg(feature = "axum")]
mod routes;
#[cfg(feature = "axum")]
mod server;
#[cfg(feature = "axum")]
mod settings;
#[cfg(feature = "axum")]
mod socket;
mod support;
