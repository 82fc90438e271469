//! The sources on atomics that count what is done to them.

pub(crate) mod sync;

#[allow(dead_code, reason = "the models use their part")]
#[path = "../../../../traceprop-metrics/src/seqlock.rs"]
pub(crate) mod seqlock;
#[allow(dead_code, reason = "the models use their part")]
#[path = "../../../../traceprop-metrics/src/shards.rs"]
pub(crate) mod shards;
