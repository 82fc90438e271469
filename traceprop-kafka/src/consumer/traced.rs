//! The consumer.

use std::fmt;
use std::ops::Deref;

use rdkafka::ClientConfig;
use rdkafka::client::ClientContext;
use rdkafka::config::{FromClientConfig, FromClientConfigAndContext};
use rdkafka::consumer::{BaseConsumer, ConsumerContext, DefaultConsumerContext, StreamConsumer};
use rdkafka::error::KafkaResult;
use rdkafka::message::BorrowedMessage;
use rdkafka::util::Timeout;

use super::{ConsumerBuilder, Received, Settings};

/// rdkafka's `StreamConsumer` (the default) or `BaseConsumer`, whose messages know their trace.
///
/// It is created as those are, by `ClientConfig::create` and `create_with_context`, or by
/// [`builder`](TracedConsumer::builder) where something is to be set; it derefs to them, so that
/// `subscribe`, `commit_message` and all else of rdkafka's `Consumer` are there. `recv` and `poll` are
/// its own: they return a [`Received`], and make no span, neither for a message nor for an empty poll,
/// an error or the end of a partition.
///
/// The [module](crate::consumer) has an example of the `StreamConsumer`. Of the `BaseConsumer`:
///
/// ```
/// use std::time::Duration;
/// use rdkafka::ClientConfig;
/// use rdkafka::Message;
/// use traceprop_kafka::TracedBaseConsumer;
///
/// let consumer: TracedBaseConsumer = ClientConfig::new().set("group.id", "baristas").create()?;
/// if let Some(order) = consumer.poll(Duration::ZERO) {
///     let order = order?;
///     order.process_sync(|order| match order.payload() {
///         Some(_) => Ok(()),
///         None => Err(std::fmt::Error),
///     })?;
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a consumer leaves its group when it is dropped"]
pub struct TracedConsumer<B = StreamConsumer> {
    consumer: B,
    settings: Settings,
}

/// A [`TracedConsumer`] that its user polls, without an asynchronous runtime.
///
/// ```
/// use std::time::Duration;
/// use rdkafka::ClientConfig;
/// use traceprop_kafka::TracedBaseConsumer;
///
/// let consumer: TracedBaseConsumer = ClientConfig::new().set("group.id", "baristas").create()?;
/// assert!(consumer.poll(Duration::ZERO).is_none());
/// # Ok::<(), rdkafka::error::KafkaError>(())
/// ```
pub type TracedBaseConsumer<C = DefaultConsumerContext> = TracedConsumer<BaseConsumer<C>>;

impl TracedConsumer {
    /// Starts a builder, for what the `ClientConfig` does not know.
    pub fn builder() -> ConsumerBuilder {
        ConsumerBuilder::new()
    }
}

impl<B> TracedConsumer<B> {
    pub(super) fn new(consumer: B, settings: Settings) -> Self {
        Self { consumer, settings }
    }

    /// Takes a message that came another way, from a stream or a partition's queue of this consumer.
    pub fn received<'a>(&'a self, message: BorrowedMessage<'a>) -> Received<'a> {
        Received::new(message, &self.settings)
    }
}

impl<C, R> TracedConsumer<StreamConsumer<C, R>>
where
    C: ConsumerContext + 'static,
{
    /// Waits for the next message. Cancellation safe, as rdkafka's is.
    ///
    /// # Errors
    ///
    /// Those of rdkafka's `recv`, the end of a partition among them.
    pub async fn recv(&self) -> KafkaResult<Received<'_>> {
        let message = self.consumer.recv().await?;
        Ok(self.received(message))
    }
}

impl<C: ConsumerContext> TracedConsumer<BaseConsumer<C>> {
    /// Waits for the next message until `timeout` has passed; `None` if there was none.
    ///
    /// An error is one of rdkafka's `poll`, the end of a partition among them.
    pub fn poll<T: Into<Timeout>>(&self, timeout: T) -> Option<KafkaResult<Received<'_>>> {
        let message = self.consumer.poll(timeout)?;
        Some(message.map(|message| self.received(message)))
    }
}

impl<B> Deref for TracedConsumer<B> {
    type Target = B;

    fn deref(&self) -> &B {
        &self.consumer
    }
}

impl<B: FromClientConfig> FromClientConfig for TracedConsumer<B> {
    fn from_config(config: &ClientConfig) -> KafkaResult<Self> {
        ConsumerBuilder::new().create(config)
    }
}

impl<C, B> FromClientConfigAndContext<C> for TracedConsumer<B>
where
    C: ClientContext,
    B: FromClientConfigAndContext<C>,
{
    fn from_config_and_context(config: &ClientConfig, context: C) -> KafkaResult<Self> {
        ConsumerBuilder::new().create_with_context(config, context)
    }
}

impl<B> fmt::Debug for TracedConsumer<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedConsumer")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
