//! The guard behind every adapter.

mod recorder;

pub use self::recorder::{Facts, Finished, HttpFacts, MessagingFacts, Outcome, Recorder, RpcFacts, Started};
