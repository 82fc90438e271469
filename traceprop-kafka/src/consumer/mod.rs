//! Consumers whose messages are processed inside the trace of whoever sent them.
//!
//! [`TracedConsumer`] stands for rdkafka's `StreamConsumer` and `BaseConsumer`, [`Received`] for the
//! message that they return. Receiving makes no span, since a client fetches ahead and the poll says
//! nothing; [`Received::process`] does, a CONSUMER called `process {topic}`.
//!
//! ```
//! use std::time::Duration;
//! use rdkafka::consumer::Consumer;
//! use rdkafka::mocking::MockCluster;
//! use rdkafka::producer::FutureRecord;
//! use rdkafka::{ClientConfig, Message, Offset, TopicPartitionList};
//! use traceprop_kafka::{Received, TracedConsumer, TracedFutureProducer};
//!
//! async fn brew(order: &Received<'_>) -> Result<usize, std::str::Utf8Error> {
//!     // Log lines and spans made here belong to the trace of the sender.
//!     let order = order.payload_view::<str>().unwrap_or(Ok(""))?;
//!     Ok(order.len())
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let broker = MockCluster::new(1)?;
//! let mut config = ClientConfig::new();
//! config.set("bootstrap.servers", broker.bootstrap_servers()).set("group.id", "baristas");
//! let producer: TracedFutureProducer = config.create()?;
//! let record = FutureRecord::to("orders").partition(0).key("42").payload("one coffee");
//! producer.send(record, Duration::from_secs(1)).await.map_err(|(error, _)| error)?;
//!
//! let consumer: TracedConsumer = config.create()?;
//! let mut partitions = TopicPartitionList::new();
//! partitions.add_partition_offset("orders", 0, Offset::Beginning)?;
//! consumer.assign(&partitions)?;
//! let order = consumer.recv().await?;
//! assert_eq!(order.process(brew).await?, 10);
//! # Ok(())
//! # }
//! ```

mod builder;
mod received;
mod relation;
mod traced;

pub use self::builder::ConsumerBuilder;
pub use self::received::Received;
pub use self::relation::Relation;
pub use self::traced::{TracedBaseConsumer, TracedConsumer};

use traceprop_core::call::Options;

use crate::attributes::Identity;

/// What the messages of a consumer have in common.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) options: Options,
    pub(crate) identity: Identity,
    pub(crate) relation: Relation,
}
