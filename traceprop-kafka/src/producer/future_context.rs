//! Delivery reports on their way to the futures that wait for them.

use std::sync::Arc;

use futures_channel::oneshot;
use rdkafka::client::ClientContext;
use rdkafka::message::{DeliveryResult, Message};
use rdkafka::producer::ProducerContext;
use rdkafka::producer::future_producer::{Delivery, OwnedDeliveryResult};

use super::Settings;
use super::context::delegate_client_context;
use crate::carrier;

type Reply = Box<oneshot::Sender<OwnedDeliveryResult>>;

/// The context of a [`TracedFutureProducer`](crate::TracedFutureProducer), around the user's `ClientContext` `C`.
///
/// ```
/// use rdkafka::ClientConfig;
/// use rdkafka::client::DefaultClientContext;
/// use rdkafka::producer::Producer;
/// use traceprop_kafka::TracedFutureProducer;
///
/// let producer: TracedFutureProducer = ClientConfig::new().create()?;
/// let mine: &DefaultClientContext = producer.context().inner().inner();
/// # let _ = mine;
/// # Ok::<(), rdkafka::error::KafkaError>(())
/// ```
#[derive(Clone, Debug)]
pub struct FutureContext<C> {
    inner: C,
    settings: Arc<Settings>,
}

impl<C> FutureContext<C> {
    pub(super) fn new(inner: C, settings: Arc<Settings>) -> Self {
        Self { inner, settings }
    }

    /// The user's own context.
    pub fn inner(&self) -> &C {
        &self.inner
    }
}

impl<C: ClientContext> ClientContext for FutureContext<C> {
    delegate_client_context!(inner);
}

impl<C: ClientContext> ProducerContext for FutureContext<C> {
    type DeliveryOpaque = Reply;

    fn delivery(&self, result: &DeliveryResult<'_>, reply: Reply) {
        if reply.is_canceled() {
            return;
        }
        let result = match result {
            Ok(message) => Ok(Delivery {
                partition: message.partition(),
                offset: message.offset(),
                timestamp: message.timestamp(),
            }),
            Err((error, message)) => {
                let mut message = message.detach();
                let headers = carrier::strip(message.detach_headers(), &self.settings.options);
                Err((error.clone(), message.replace_headers(headers)))
            }
        };
        // Whoever asked may have gone away meanwhile, which is no failure.
        let _ = reply.send(result);
    }
}
