//! The shop as a user runs it: the built program, its output, its exit status and its processes.
#![allow(clippy::expect_used, reason = "a test fails where it cannot go on")]

mod bottleneck;
mod elsewhere;
mod metrics;
mod program;
mod serving;
mod settings;
mod spans;
