//! The producer that reports delivery through callbacks.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use rdkafka::ClientConfig;
use rdkafka::client::ClientContext;
use rdkafka::config::{FromClientConfig, FromClientConfigAndContext};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::message::ToBytes;
use rdkafka::producer::{BaseProducer, BaseRecord, DefaultProducerContext, ThreadedProducer};

use super::prepared::Prepared;
use super::{Enqueue, ProducerBuilder, Settings, TracedContext};

/// rdkafka's `BaseProducer` or `ThreadedProducer` (the default), whose records carry a trace.
///
/// It is created as those are, by `ClientConfig::create` and `create_with_context`, or by
/// [`builder`](TracedProducer::builder) where something is to be set; it derefs to them, so that
/// `poll`, `flush` and the transactions are there. Only [`send`](Self::send) is its own:
///
/// * the span, its kind PRODUCER, is called `send {topic}` and is the parent of what the consumers of
///   the record do. Its own parent is the context that is current where `send` is called;
/// * it ends at the delivery report with the partition and the offset, or with `error.type`; then
///   the user's own `ProducerContext::delivery` is called, outside of it;
/// * its context is in the headers of the record, once: fields of an earlier hop are replaced. So a
///   header called `traceparent` (or as the propagator's other fields) cannot be set by hand.
///
/// A send that was acknowledged stays a success where its transaction is aborted later: its delivery
/// report came before.
///
/// ```
/// use std::time::Duration;
/// use rdkafka::ClientConfig;
/// use rdkafka::mocking::MockCluster;
/// use rdkafka::producer::{BaseRecord, Producer};
/// use traceprop_kafka::TracedBaseProducer;
///
/// let broker = MockCluster::new(1)?;
/// let producer: TracedBaseProducer = ClientConfig::new()
///     .set("bootstrap.servers", broker.bootstrap_servers())
///     .create()?;
/// match producer.send(BaseRecord::to("orders").key("42").payload("one coffee")) {
///     Ok(()) => producer.flush(Duration::from_secs(10))?,
///     // The record comes back as it was, to be sent again or put aside.
///     Err((error, _record)) => return Err(error),
/// }
/// # Ok::<(), rdkafka::error::KafkaError>(())
/// ```
#[derive(Clone)]
#[must_use = "a producer that polls by itself stops when it is dropped"]
pub struct TracedProducer<P = ThreadedProducer<TracedContext<DefaultProducerContext>>> {
    producer: P,
    settings: Arc<Settings>,
}

/// A [`TracedProducer`] that its user polls.
///
/// ```
/// use std::time::Duration;
/// use rdkafka::ClientConfig;
/// use traceprop_kafka::TracedBaseProducer;
///
/// let producer: TracedBaseProducer = ClientConfig::new().create()?;
/// producer.poll(Duration::ZERO);
/// # Ok::<(), rdkafka::error::KafkaError>(())
/// ```
pub type TracedBaseProducer<C = DefaultProducerContext> =
    TracedProducer<BaseProducer<TracedContext<C>>>;

impl TracedProducer {
    /// Starts a builder, for what the `ClientConfig` does not know.
    pub fn builder() -> ProducerBuilder {
        ProducerBuilder::new()
    }
}

impl<P> TracedProducer<P> {
    pub(super) fn new(producer: P, settings: Arc<Settings>) -> Self {
        Self { producer, settings }
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }
}

impl<P: Enqueue> TracedProducer<P> {
    /// Sends a record, as rdkafka's `send` does: it never blocks, and `Ok` means queued.
    ///
    /// # Errors
    ///
    /// Those of rdkafka's `send`, of which the most common is `QueueFull`. The span has ended as failed
    /// then, and the record comes back without propagation fields, ready to be sent again.
    #[allow(
        clippy::result_large_err,
        clippy::type_complexity,
        reason = "rdkafka's own signature"
    )]
    pub fn send<'a, K, V>(
        &self,
        record: BaseRecord<'a, K, V, P::Opaque>,
    ) -> Result<(), (KafkaError, BaseRecord<'a, K, V, P::Opaque>)>
    where
        K: ToBytes + ?Sized,
        V: ToBytes + ?Sized,
    {
        Prepared::new(&self.settings, record)
            .enqueue(&self.producer)
            .map_err(|(error, back)| {
                let record = back.fail(&self.settings, &error);
                (error, record)
            })
    }
}

impl<P> Deref for TracedProducer<P> {
    type Target = P;

    fn deref(&self) -> &P {
        &self.producer
    }
}

impl<P> FromClientConfig for TracedProducer<P>
where
    P: Enqueue<Context = DefaultProducerContext>
        + FromClientConfigAndContext<TracedContext<DefaultProducerContext>>,
{
    fn from_config(config: &ClientConfig) -> KafkaResult<Self> {
        ProducerBuilder::new().create(config)
    }
}

impl<C, P> FromClientConfigAndContext<C> for TracedProducer<P>
where
    C: ClientContext,
    P: Enqueue<Context = C> + FromClientConfigAndContext<TracedContext<C>>,
{
    fn from_config_and_context(config: &ClientConfig, context: C) -> KafkaResult<Self> {
        ProducerBuilder::new().create_with_context(config, context)
    }
}

impl<P> fmt::Debug for TracedProducer<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedProducer")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
