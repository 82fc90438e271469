//! Announces orders on Kafka, by a producer whose spans end with the delivery.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::producer::{FutureRecord, Producer};
use traceprop_core::call::Recorder;
use traceprop_kafka::{ProducerBuilder, TracedFutureProducer};

use crate::error::{Explain, Result};
use crate::messages::{OrderPlaced, TOPIC};

/// How long to wait for room in the queue.
const QUEUE: Duration = Duration::from_secs(2);
/// How long the last deliveries may take at the end.
const FLUSH: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(super) struct Announcer(TracedFutureProducer);

impl Announcer {
    pub(super) fn new(bootstrap: &str, recorder: Arc<dyn Recorder>) -> Result<Self> {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", bootstrap)
            .set("client.id", "orders")
            .set("message.timeout.ms", "10000");
        let producer = ProducerBuilder::new()
            .recorder(recorder)
            .create_future(&config)
            .explain(|| {
                format!("no producer for {bootstrap}, set by --kafka or KAFKA_BOOTSTRAP")
            })?;
        Ok(Self(producer))
    }

    /// Sends the announcement, and waits until it is delivered.
    pub(super) async fn announce(&self, order: &OrderPlaced) -> Result<()> {
        let value = serde_json::to_vec(order)?;
        let key = order.id.to_string();
        let record = FutureRecord::to(TOPIC).key(&key).payload(&value);
        let sent = self.0.send(record, QUEUE).await;
        sent.map(drop)
            .map_err(|(error, _record)| error)
            .explain(|| "the order could not be announced".to_owned())
    }

    /// Waits for what is still on its way.
    pub(super) async fn flush(&self) -> Result<()> {
        let producer = self.0.clone();
        // It blocks.
        tokio::task::spawn_blocking(move || producer.flush(FLUSH))
            .await?
            .explain(|| "not all announcements were delivered".to_owned())
    }
}
