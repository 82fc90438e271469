//! What a user may set of a producer.

use std::sync::Arc;

use rdkafka::ClientConfig;
use rdkafka::client::{ClientContext, DefaultClientContext};
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::error::KafkaResult;
use rdkafka::producer::{DefaultProducerContext, ThreadedProducer};
use traceprop_core::call::{Options, Scope};

use super::{
    Enqueue, FutureContext, Settings, TracedContext, TracedFutureProducer, TracedProducer,
};
use crate::attributes::Identity;

/// Builds a [`TracedProducer`] or a [`TracedFutureProducer`] with settings of its own.
///
/// ```
/// use rdkafka::ClientConfig;
/// use traceprop_kafka::{ProducerBuilder, TracedProducer};
///
/// let mut config = ClientConfig::new();
/// config.set("bootstrap.servers", "localhost:9092").set("client.id", "shop");
/// let producer: TracedProducer = ProducerBuilder::new().capture_key(false).create(&config)?;
/// # let _ = producer;
/// # Ok::<(), rdkafka::error::KafkaError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a producer is made with one of the `create` methods"]
pub struct ProducerBuilder {
    options: Options,
    capture_key: bool,
}

impl ProducerBuilder {
    /// The defaults: keys are recorded, no `tracing` span is opened.
    pub fn new() -> Self {
        Self {
            options: Options::new("traceprop-kafka", Scope::Off),
            capture_key: true,
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

    traceprop_core::option_setters!(options);

    /// Creates a producer that polls by itself, or a
    /// [`TracedBaseProducer`](crate::TracedBaseProducer) if that is what the result is bound to.
    ///
    /// # Errors
    ///
    /// Those of `ClientConfig::create`.
    pub fn create<P>(self, config: &ClientConfig) -> KafkaResult<TracedProducer<P>>
    where
        P: Enqueue<Context = DefaultProducerContext>
            + FromClientConfigAndContext<TracedContext<DefaultProducerContext>>,
    {
        self.create_with_context(config, DefaultProducerContext)
    }

    /// [`create`](Self::create) with the user's own `ProducerContext`, whose `delivery` is called
    /// after the span has ended.
    ///
    /// # Errors
    ///
    /// Those of `ClientConfig::create_with_context`.
    pub fn create_with_context<P>(
        self,
        config: &ClientConfig,
        context: P::Context,
    ) -> KafkaResult<TracedProducer<P>>
    where
        P: Enqueue + FromClientConfigAndContext<TracedContext<P::Context>>,
        P::Context: ClientContext,
    {
        let settings = self.settings(config);
        let producer = P::from_config_and_context(config, TracedContext::new(context))?;
        Ok(TracedProducer::new(producer, settings))
    }

    /// Creates a producer whose sends are futures.
    ///
    /// # Errors
    ///
    /// Those of `ClientConfig::create`.
    pub fn create_future<R>(
        self,
        config: &ClientConfig,
    ) -> KafkaResult<TracedFutureProducer<DefaultClientContext, R>> {
        self.create_future_with_context(config, DefaultClientContext)
    }

    /// [`create_future`](Self::create_future) with the user's own `ClientContext`.
    ///
    /// # Errors
    ///
    /// Those of `ClientConfig::create_with_context`.
    pub fn create_future_with_context<C, R>(
        self,
        config: &ClientConfig,
        context: C,
    ) -> KafkaResult<TracedFutureProducer<C, R>>
    where
        C: ClientContext + 'static,
    {
        let settings = self.settings(config);
        let context = FutureContext::new(context, Arc::clone(&settings));
        let producer =
            ThreadedProducer::from_config_and_context(config, TracedContext::new(context))?;
        Ok(TracedFutureProducer::new(TracedProducer::new(
            producer, settings,
        )))
    }

    fn settings(self, config: &ClientConfig) -> Arc<Settings> {
        Arc::new(Settings {
            options: self.options,
            identity: Identity {
                client_id: config.get("client.id").map(Arc::from),
                capture_key: self.capture_key,
                ..Identity::new("send")
            },
        })
    }
}

impl Default for ProducerBuilder {
    fn default() -> Self {
        Self::new()
    }
}
