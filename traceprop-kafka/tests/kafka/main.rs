//! Producers, consumers and carriers against librdkafka's mock broker.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on panics"
)]

mod consumer;
mod facts;
mod future_producer;
mod hostile;
mod producer;
mod relation;
mod round_trip;
mod support;
