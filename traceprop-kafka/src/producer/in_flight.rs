//! The call of a record that is on its way.

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, DeliveryResult, Message};
use traceprop_core::call::{Call, Facts, Outcome};

use crate::{attributes, error_type};

/// A call that ends when its record is delivered, or when it is known that it will not be.
#[derive(Debug)]
pub(crate) struct InFlight {
    call: Call,
    /// The user chose the partition, so the span has it from the start; a span keeps what it is told
    /// twice.
    partition_known: bool,
}

impl InFlight {
    pub(crate) fn new(call: Call, partition: Option<i32>) -> Self {
        Self {
            call,
            partition_known: partition.is_some_and(|partition| partition >= 0),
        }
    }

    /// Ends the call with its delivery report.
    pub(crate) fn deliver(mut self, result: &DeliveryResult<'_>) {
        match result {
            Ok(message) => {
                self.count(message);
                if self.call.is_recording() {
                    let partition = (!self.partition_known)
                        .then(|| attributes::partition_id(message.partition()))
                        .flatten();
                    let offset = attributes::offset(message.offset());
                    self.call
                        .set_attributes(partition.into_iter().chain(offset));
                }
                self.call.finish(Outcome::Completed);
            }
            Err((error, message)) => {
                // What was purged from the queue never left it.
                if error.rdkafka_error_code() != Some(RDKafkaErrorCode::PurgeQueue) {
                    self.count(message);
                }
                self.fail(error);
            }
        }
    }

    /// Notes that sending the record was tried, and where to.
    fn count(&mut self, message: &BorrowedMessage<'_>) {
        if let Facts::Messaging(facts) = self.call.facts_mut() {
            facts.messages = 1;
            let chosen = Some(message.partition()).filter(|partition| *partition >= 0);
            facts.partition = chosen.or(facts.partition);
        }
    }

    /// Ends the call as failed.
    pub(crate) fn fail(self, error: &KafkaError) {
        self.call.finish(error_type::failed(error));
    }
}
