//! The producer's context: where delivery reports arrive.

use rdkafka::client::ClientContext;
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{Partitioner, ProducerContext};

use crate::ffi::Tracked;

/// Passes every callback of a client on to the context in the named field.
macro_rules! delegate_client_context {
    ($field:ident) => {
        const ENABLE_REFRESH_OAUTH_TOKEN: bool = C::ENABLE_REFRESH_OAUTH_TOKEN;

        fn log(&self, level: rdkafka::config::RDKafkaLogLevel, fac: &str, log_message: &str) {
            self.$field.log(level, fac, log_message);
        }

        fn stats(&self, statistics: rdkafka::Statistics) {
            self.$field.stats(statistics);
        }

        fn stats_raw(&self, statistics: &[u8]) {
            self.$field.stats_raw(statistics);
        }

        fn error(&self, error: rdkafka::error::KafkaError, reason: &str) {
            self.$field.error(error, reason);
        }

        fn generate_oauth_token(
            &self,
            oauthbearer_config: Option<&str>,
        ) -> Result<rdkafka::client::OAuthToken, Box<dyn std::error::Error>> {
            self.$field.generate_oauth_token(oauthbearer_config)
        }
    };
}
pub(super) use delegate_client_context;

/// The user's `ProducerContext` `C`, with the spans of its records ended before its `delivery`.
///
/// A producer derefs to rdkafka's over this context, so `Producer::context` gives one.
///
/// ```
/// use rdkafka::ClientConfig;
/// use rdkafka::producer::{DefaultProducerContext, Producer};
/// use traceprop_kafka::TracedBaseProducer;
///
/// let producer: TracedBaseProducer = ClientConfig::new().create()?;
/// let mine: &DefaultProducerContext = producer.context().inner();
/// # let _ = mine;
/// # Ok::<(), rdkafka::error::KafkaError>(())
/// ```
#[derive(Clone, Debug)]
pub struct TracedContext<C> {
    inner: C,
}

impl<C> TracedContext<C> {
    pub(super) fn new(inner: C) -> Self {
        Self { inner }
    }

    /// The user's own context.
    pub fn inner(&self) -> &C {
        &self.inner
    }
}

impl<C: ClientContext> ClientContext for TracedContext<C> {
    delegate_client_context!(inner);
}

impl<C, Part> ProducerContext<Part> for TracedContext<C>
where
    C: ProducerContext<Part>,
    Part: Partitioner,
{
    type DeliveryOpaque = Tracked<C::DeliveryOpaque>;

    fn delivery(&self, result: &DeliveryResult<'_>, opaque: Self::DeliveryOpaque) {
        if let Some(call) = opaque.call {
            call.deliver(result);
        }
        self.inner.delivery(result, opaque.user);
    }

    fn get_custom_partitioner(&self) -> Option<&Part> {
        self.inner.get_custom_partitioner()
    }
}
