//! The producer whose sends are futures.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::time::{Duration, Instant};

use futures_channel::oneshot;
use rdkafka::ClientConfig;
use rdkafka::client::{ClientContext, DefaultClientContext};
use rdkafka::config::{FromClientConfig, FromClientConfigAndContext};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::message::ToBytes;
use rdkafka::producer::future_producer::OwnedDeliveryResult;
use rdkafka::producer::{FutureRecord, ThreadedProducer};
use rdkafka::util::{AsyncRuntime, DefaultRuntime, Timeout};

use super::prepared::Prepared;
use super::{
    DeliveryFuture, FutureContext, ProducerBuilder, TracedContext, TracedProducer, record,
};

/// How long a send waits for room in a full queue before it looks again, as rdkafka's does.
const QUEUE_FULL_DELAY: Duration = Duration::from_millis(100);

type Inner<C> = TracedProducer<ThreadedProducer<TracedContext<FutureContext<C>>>>;

/// The stand-in for rdkafka's `FutureProducer`: a send is a future of its delivery.
///
/// Created, cloned and used as that is; the feature `tokio` gives it the runtime `R` that it waits on
/// when the queue is full. One span covers the send from the first attempt to the delivery report,
/// **also when the future is dropped** once the record is queued: the record is delivered all the same.
/// What [`TracedProducer`] says of the span and the headers holds here. It derefs to rdkafka's
/// `ThreadedProducer`, for `flush` and the transactions.
///
/// ```
/// use std::time::Duration;
/// use rdkafka::ClientConfig;
/// use rdkafka::mocking::MockCluster;
/// use rdkafka::producer::FutureRecord;
/// use traceprop_kafka::TracedFutureProducer;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), rdkafka::error::KafkaError> {
/// let broker = MockCluster::new(1)?;
/// let producer: TracedFutureProducer = ClientConfig::new()
///     .set("bootstrap.servers", broker.bootstrap_servers())
///     .create()?;
/// let record = FutureRecord::to("orders").key("42").payload("one coffee");
/// let delivered = producer
///     .send(record, Duration::from_secs(1))
///     .await
///     .map_err(|(error, _message)| error)?;
/// assert_eq!(delivered.offset, 0);
/// # Ok(())
/// # }
/// ```
#[must_use = "the producer's thread stops when it is dropped"]
pub struct TracedFutureProducer<C = DefaultClientContext, R = DefaultRuntime>
where
    C: ClientContext + 'static,
{
    producer: Inner<C>,
    runtime: PhantomData<fn() -> R>,
}

impl<C: ClientContext + 'static, R> TracedFutureProducer<C, R> {
    pub(super) fn new(producer: Inner<C>) -> Self {
        Self {
            producer,
            runtime: PhantomData,
        }
    }

    /// Sends a record; the future is ready once it is delivered, or has failed for good.
    ///
    /// Nothing is sent before the first poll, and it is there that the current context becomes the
    /// parent. While the queue is full the send is tried again until `queue_timeout` has passed, every
    /// 100 ms; the timeout covers nothing else.
    ///
    /// # Errors
    ///
    /// The error, and the record without propagation fields as an `OwnedMessage`: of the last attempt
    /// to queue it, or of its delivery.
    pub async fn send<K, V, T>(
        &self,
        record: FutureRecord<'_, K, V>,
        queue_timeout: T,
    ) -> OwnedDeliveryResult
    where
        K: ToBytes + ?Sized,
        V: ToBytes + ?Sized,
        T: Into<Timeout>,
        R: AsyncRuntime,
    {
        let since = Instant::now();
        let timeout = queue_timeout.into();
        let may_wait = || match timeout {
            Timeout::Never => true,
            Timeout::After(limit) => since.elapsed() < limit,
        };
        let topic = record.topic;
        let (reply, delivery) = oneshot::channel();
        let record = record::base(record, Box::new(reply));
        let mut prepared = Prepared::new(self.producer.settings(), record);
        while let Err((error, back)) = prepared.enqueue(&*self.producer) {
            if !is_queue_full(&error) || !may_wait() {
                let record = back.fail(self.producer.settings(), &error);
                return Err((error, record::owned(record)));
            }
            prepared = back;
            R::delay_for(QUEUE_FULL_DELAY).await;
        }
        // The producer outlives this borrow of it, and reports on all that it has queued.
        match delivery.await {
            Ok(result) => result,
            Err(oneshot::Canceled) => {
                let nothing = record::base(FutureRecord::<(), ()>::to(topic), ());
                Err((KafkaError::Canceled, record::owned(nothing)))
            }
        }
    }

    /// Sends a record at once; the future that it returns may be dropped or awaited elsewhere.
    ///
    /// # Errors
    ///
    /// That the record could not be queued, and the record without propagation fields. A full queue is
    /// not waited for.
    #[allow(clippy::result_large_err, reason = "rdkafka's own signature")]
    pub fn send_result<'a, K, V>(
        &self,
        record: FutureRecord<'a, K, V>,
    ) -> Result<DeliveryFuture, (KafkaError, FutureRecord<'a, K, V>)>
    where
        K: ToBytes + ?Sized,
        V: ToBytes + ?Sized,
    {
        let (reply, delivery) = oneshot::channel();
        match self.producer.send(record::base(record, Box::new(reply))) {
            Ok(()) => Ok(DeliveryFuture::new(delivery)),
            Err((error, record)) => Err((error, record::future(record))),
        }
    }
}

impl<C: ClientContext + 'static, R> Clone for TracedFutureProducer<C, R> {
    fn clone(&self) -> Self {
        Self::new(self.producer.clone())
    }
}

impl<C: ClientContext + 'static, R> Deref for TracedFutureProducer<C, R> {
    type Target = ThreadedProducer<TracedContext<FutureContext<C>>>;

    fn deref(&self) -> &Self::Target {
        &self.producer
    }
}

impl<R> FromClientConfig for TracedFutureProducer<DefaultClientContext, R> {
    fn from_config(config: &ClientConfig) -> KafkaResult<Self> {
        ProducerBuilder::new().create_future(config)
    }
}

impl<C, R> FromClientConfigAndContext<C> for TracedFutureProducer<C, R>
where
    C: ClientContext + 'static,
{
    fn from_config_and_context(config: &ClientConfig, context: C) -> KafkaResult<Self> {
        ProducerBuilder::new().create_future_with_context(config, context)
    }
}

impl<C: ClientContext + 'static, R> fmt::Debug for TracedFutureProducer<C, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TracedFutureProducer")
            .field(&self.producer)
            .finish()
    }
}

fn is_queue_full(error: &KafkaError) -> bool {
    error.rdkafka_error_code() == Some(RDKafkaErrorCode::QueueFull)
}
