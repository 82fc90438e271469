//! Producers whose every record carries a trace and has a span until it is delivered.
//!
//! [`TracedProducer`] stands for rdkafka's `BaseProducer` and `ThreadedProducer`,
//! [`TracedFutureProducer`] for its `FutureProducer`. A span of the kind PRODUCER, called
//! `send {topic}`, starts with the send and ends with the delivery report: delivered, failed, or
//! purged with its producer.
//!
//! ```
//! use std::time::Duration;
//! use rdkafka::ClientConfig;
//! use rdkafka::mocking::MockCluster;
//! use rdkafka::producer::{BaseRecord, Producer};
//! use traceprop_kafka::TracedProducer;
//!
//! let broker = MockCluster::new(1)?;
//! let producer: TracedProducer = ClientConfig::new()
//!     .set("bootstrap.servers", broker.bootstrap_servers())
//!     .create()?;
//! producer
//!     .send(BaseRecord::to("orders").key("42").payload("one coffee"))
//!     .map_err(|(error, _record)| error)?;
//! producer.flush(Duration::from_secs(10))?;
//! # Ok::<(), rdkafka::error::KafkaError>(())
//! ```

mod builder;
mod context;
mod delivery_future;
mod enqueue;
mod future;
mod future_context;
mod in_flight;
mod prepared;
mod record;
mod traced;

pub use self::builder::ProducerBuilder;
pub use self::context::TracedContext;
pub use self::delivery_future::DeliveryFuture;
pub use self::enqueue::Enqueue;
pub use self::future::TracedFutureProducer;
pub use self::future_context::FutureContext;
pub(crate) use self::in_flight::InFlight;
pub use self::traced::{TracedBaseProducer, TracedProducer};

use traceprop_core::call::Options;

use crate::attributes::Identity;

/// What a producer's sends have in common.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) options: Options,
    pub(crate) identity: Identity,
}
