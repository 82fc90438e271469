//! The attributes of [messaging spans] for Kafka.
//!
//! [messaging spans]: https://opentelemetry.io/docs/specs/semconv/messaging/kafka/

use std::sync::Arc;

use opentelemetry::KeyValue;
use traceprop_core::call::{Call, Facts, MessagingFacts};
use traceprop_core::semconv;

/// `messaging.system`.
const SYSTEM: &str = "kafka";

/// A longer key is left out: it is data, not a name, and half a key is another key.
const MAX_KEY: usize = 1024;

/// What a client's calls have in common, all of it known when the client is created.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    /// `send` or `process`: the operation's name and its type are the same word.
    pub(crate) operation: &'static str,
    pub(crate) client_id: Option<Arc<str>>,
    pub(crate) group: Option<Arc<str>>,
    pub(crate) capture_key: bool,
}

impl Identity {
    pub(crate) fn new(operation: &'static str) -> Self {
        Self {
            operation,
            client_id: None,
            group: None,
            capture_key: true,
        }
    }

    /// `{operation} {topic}`, the span's name.
    pub(crate) fn span_name(&self, topic: &str) -> String {
        let mut name = String::with_capacity(self.operation.len() + 1 + topic.len());
        name.push_str(self.operation);
        name.push(' ');
        name.push_str(topic);
        name
    }

    /// The attributes that a sampler may want to see.
    pub(crate) fn at_start(&self, topic: &Arc<str>, partition: Option<i32>) -> Vec<KeyValue> {
        // The four below, partition, client and group.
        let mut all = Vec::with_capacity(7);
        all.push(KeyValue::new(semconv::MESSAGING_SYSTEM, SYSTEM));
        all.push(KeyValue::new(
            semconv::MESSAGING_OPERATION_NAME,
            self.operation,
        ));
        all.push(KeyValue::new(
            semconv::MESSAGING_OPERATION_TYPE,
            self.operation,
        ));
        all.push(KeyValue::new(
            semconv::MESSAGING_DESTINATION_NAME,
            Arc::clone(topic),
        ));
        all.extend(partition.and_then(partition_id));
        all.extend(
            self.client_id
                .clone()
                .map(|id| KeyValue::new(semconv::MESSAGING_CLIENT_ID, id)),
        );
        all.extend(
            self.group
                .clone()
                .map(|group| KeyValue::new(semconv::MESSAGING_CONSUMER_GROUP_NAME, group)),
        );
        all
    }

    /// What metrics need of a call; `messages` are those that were sent or delivered by now.
    pub(crate) fn facts(&self, topic: Arc<str>, partition: Option<i32>, messages: u64) -> Facts {
        Facts::Messaging(MessagingFacts {
            system: SYSTEM,
            operation: self.operation,
            destination: Some(topic),
            consumer_group: self.group.clone(),
            partition: partition.filter(|partition| *partition >= 0),
            messages,
        })
    }

    /// Sets what is read from the record's content, if the span is recording.
    pub(crate) fn describe(&self, call: &Call, key: Option<&[u8]>, tombstone: bool) {
        if !call.is_recording() {
            return;
        }
        let key = key
            .filter(|key| self.capture_key && key.len() <= MAX_KEY)
            .and_then(|key| str::from_utf8(key).ok())
            .map(|key| KeyValue::new(semconv::MESSAGING_KAFKA_MESSAGE_KEY, key.to_owned()));
        let tombstone =
            tombstone.then(|| KeyValue::new(semconv::MESSAGING_KAFKA_MESSAGE_TOMBSTONE, true));
        if key.is_some() || tombstone.is_some() {
            call.set_attributes(key.into_iter().chain(tombstone));
        }
    }
}

/// The partition, which the convention has as a string; `None` for one not yet chosen.
pub(crate) fn partition_id(partition: i32) -> Option<KeyValue> {
    (partition >= 0).then(|| {
        KeyValue::new(
            semconv::MESSAGING_DESTINATION_PARTITION_ID,
            partition.to_string(),
        )
    })
}

/// The offset; `None` for one that is not known, which librdkafka has as a negative one.
pub(crate) fn offset(offset: i64) -> Option<KeyValue> {
    (offset >= 0).then(|| KeyValue::new(semconv::MESSAGING_KAFKA_OFFSET, offset))
}
