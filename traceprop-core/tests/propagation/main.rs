//! The propagators over whole carriers: conformance vectors, and input made to break them.
// In helpers, too, a test fails by panicking.
#![allow(clippy::unwrap_used)]

mod carriers;
mod cases;
mod children;
mod hooks;
mod hostile;
mod rules;
mod vectors;
