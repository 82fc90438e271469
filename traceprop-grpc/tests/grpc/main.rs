//! The layers over hand-made responses and over a real server.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod facts;
mod kinds;
mod matrix;
mod methods;
mod propagation;
mod python;
mod running;
mod setting;
mod sockets;
mod status;
mod support;
mod together;
