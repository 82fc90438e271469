//! `error.type` of what rdkafka reports.

use std::borrow::Cow;

use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaErrorCode;
use traceprop_core::call::Outcome;
use traceprop_core::span::OTHER;

/// How a send ended that rdkafka reports as failed.
pub(crate) fn failed(error: &KafkaError) -> Outcome {
    Outcome::failed(error_type(error))
}

/// The name that Kafka's protocol has for the error, such as `UNKNOWN_TOPIC_OR_PARTITION`, or the
/// client's own, such as `QUEUE_FULL`; `_OTHER` for what has no code.
fn error_type(error: &KafkaError) -> Cow<'static, str> {
    match error.rdkafka_error_code() {
        // rdkafka's name differs from the protocol's.
        Some(RDKafkaErrorCode::MessageSizeTooLarge) => "MESSAGE_TOO_LARGE".into(),
        Some(RDKafkaErrorCode::NotLeaderForPartition) => "NOT_LEADER_OR_FOLLOWER".into(),
        Some(RDKafkaErrorCode::InvalidTopic) => "INVALID_TOPIC_EXCEPTION".into(),
        Some(RDKafkaErrorCode::MessageBatchTooLarge) => "RECORD_LIST_TOO_LARGE".into(),
        Some(RDKafkaErrorCode::InvalidMessage) => "CORRUPT_MESSAGE".into(),
        Some(RDKafkaErrorCode::InvalidTransactionalState) => "INVALID_TXN_STATE".into(),
        Some(code) => screaming(&format!("{code:?}")).into(),
        None => OTHER.into(),
    }
}

/// `QueueFull` as `QUEUE_FULL`, `PartitionEOF` as `PARTITION_EOF`, `SSL` as it is.
fn screaming(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 8);
    let mut after_lower = false;
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        let ends_acronym = letters.peek().is_some_and(char::is_ascii_lowercase);
        if letter.is_ascii_uppercase() && !out.is_empty() && (after_lower || ends_acronym) {
            out.push('_');
        }
        after_lower = letter.is_ascii_lowercase();
        out.push(letter.to_ascii_uppercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use rdkafka::error::KafkaError::{Canceled, MessageProduction};

    use super::*;

    #[test]
    fn names_are_those_of_the_protocol() {
        use RDKafkaErrorCode as Code;
        #[rustfmt::skip]
        let table = [
            (MessageProduction(Code::UnknownTopicOrPartition), "UNKNOWN_TOPIC_OR_PARTITION"),
            (MessageProduction(Code::NotEnoughReplicas),       "NOT_ENOUGH_REPLICAS"),
            (MessageProduction(Code::MessageSizeTooLarge),     "MESSAGE_TOO_LARGE"),
            (MessageProduction(Code::QueueFull),               "QUEUE_FULL"),
            (MessageProduction(Code::PartitionEOF),            "PARTITION_EOF"),
            (MessageProduction(Code::ISRInsufficient),         "ISR_INSUFFICIENT"),
            (MessageProduction(Code::IllegalSASLState),        "ILLEGAL_SASL_STATE"),
            (MessageProduction(Code::SSL),                     "SSL"),
            (Canceled,                                         "_OTHER"),
        ];
        for (error, want) in table {
            assert_eq!(error_type(&error), want);
        }
    }
}
