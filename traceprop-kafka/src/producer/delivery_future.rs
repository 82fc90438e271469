//! The delivery of a record that is already queued.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_channel::oneshot;
use rdkafka::producer::future_producer::OwnedDeliveryResult;

/// The delivery of a record that is queued: where it went, or why it did not.
///
/// Its error is `Canceled` where the producer is gone without a report.
///
/// ```
/// use rdkafka::ClientConfig;
/// use rdkafka::mocking::MockCluster;
/// use rdkafka::producer::FutureRecord;
/// use traceprop_kafka::TracedFutureProducer;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let broker = MockCluster::new(1)?;
/// let producer: TracedFutureProducer = ClientConfig::new()
///     .set("bootstrap.servers", broker.bootstrap_servers())
///     .create()?;
/// let record = FutureRecord::to("orders").key("42").payload("one coffee");
/// let delivery = producer.send_result(record).map_err(|(error, _record)| error)?;
/// let delivered = delivery.await?.map_err(|(error, _message)| error)?;
/// assert_eq!(delivered.offset, 0);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "the outcome of the delivery is lost, though not the record"]
pub struct DeliveryFuture(oneshot::Receiver<OwnedDeliveryResult>);

impl DeliveryFuture {
    pub(super) fn new(delivery: oneshot::Receiver<OwnedDeliveryResult>) -> Self {
        Self(delivery)
    }
}

impl Future for DeliveryFuture {
    type Output = Result<OwnedDeliveryResult, oneshot::Canceled>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx)
    }
}
