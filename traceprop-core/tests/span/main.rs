//! The helpers for a service's own spans, against the SDK.
// The support of tests, which is in no test function.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod cache;
mod db;
mod error;
mod in_span;
mod link;
mod support;
#[cfg(feature = "layer")]
mod tracing_span;
