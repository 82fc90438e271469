//! What a user may set of a consumer.

use std::sync::Arc;

use rdkafka::ClientConfig;
use rdkafka::client::ClientContext;
use rdkafka::config::{FromClientConfig, FromClientConfigAndContext};
use rdkafka::error::KafkaResult;
use traceprop_core::call::{Options, Scope};

use super::{Relation, Settings, TracedConsumer};
use crate::attributes::Identity;

/// Builds a [`TracedConsumer`] with settings of its own.
///
/// ```
/// use rdkafka::ClientConfig;
/// use traceprop_kafka::{ConsumerBuilder, TracedBaseConsumer};
///
/// let mut config = ClientConfig::new();
/// config.set("bootstrap.servers", "localhost:9092").set("group.id", "baristas");
/// let consumer: TracedBaseConsumer = ConsumerBuilder::new().capture_key(false).create(&config)?;
/// # let _ = consumer;
/// # Ok::<(), rdkafka::error::KafkaError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a consumer is made with one of the `create` methods"]
pub struct ConsumerBuilder {
    options: Options,
    capture_key: bool,
    relation: Relation,
}

impl ConsumerBuilder {
    /// The defaults: keys are recorded, a `tracing` span is opened, the sender is the parent unless a
    /// span is current.
    pub fn new() -> Self {
        Self {
            options: Options::new("traceprop-kafka", Scope::Linked),
            capture_key: true,
            relation: Relation::default(),
        }
    }

    /// Sets whether `messaging.kafka.message.key` is recorded. Default: it is.
    ///
    /// Only a key that is valid UTF-8 and no longer than 1024 bytes is. **A key may be personal data**,
    /// such as an e-mail address: switch it off where it is. The value of a record is never recorded.
    pub fn capture_key(mut self, capture: bool) -> Self {
        self.capture_key = capture;
        self
    }

    /// Sets how a message's span relates to its sender's. Default: [`Relation::Auto`].
    pub fn relation(mut self, relation: Relation) -> Self {
        self.relation = relation;
        self
    }

    traceprop_core::option_setters!(options);

    /// Creates a consumer: rdkafka's `StreamConsumer` or, where the result is bound to a
    /// [`TracedBaseConsumer`](crate::TracedBaseConsumer), its `BaseConsumer`.
    ///
    /// # Errors
    ///
    /// Those of `ClientConfig::create`.
    pub fn create<B: FromClientConfig>(
        self,
        config: &ClientConfig,
    ) -> KafkaResult<TracedConsumer<B>> {
        let consumer = config.create()?;
        Ok(self.wrap(consumer, config))
    }

    /// [`create`](Self::create) with the user's own `ConsumerContext`.
    ///
    /// # Errors
    ///
    /// Those of `ClientConfig::create_with_context`.
    pub fn create_with_context<C, B>(
        self,
        config: &ClientConfig,
        context: C,
    ) -> KafkaResult<TracedConsumer<B>>
    where
        C: ClientContext,
        B: FromClientConfigAndContext<C>,
    {
        let consumer = config.create_with_context(context)?;
        Ok(self.wrap(consumer, config))
    }

    /// Wraps a consumer that exists; `config` is asked for `group.id` and `client.id`, which a client
    /// does not tell.
    pub fn wrap<B>(self, consumer: B, config: &ClientConfig) -> TracedConsumer<B> {
        let settings = Settings {
            options: self.options,
            identity: Identity {
                client_id: config.get("client.id").map(Arc::from),
                group: config.get("group.id").map(Arc::from),
                capture_key: self.capture_key,
                ..Identity::new("process")
            },
            relation: self.relation,
        };
        TracedConsumer::new(consumer, settings)
    }
}

impl Default for ConsumerBuilder {
    fn default() -> Self {
        Self::new()
    }
}
