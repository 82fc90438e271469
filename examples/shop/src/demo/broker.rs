//! The embedded Kafka broker: librdkafka's mock cluster, which speaks the protocol on the loopback
//! interface and keeps its topics in memory.

use std::fmt;

use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, Producer};
use traceprop_kafka::mock;

use crate::error::{Explain, Result};
use crate::messages::TOPIC;

const PARTITIONS: i32 = 3;

/// A broker that runs until it is dropped.
pub(super) struct Broker {
    /// Holds the cluster; nothing is sent with it.
    _holder: BaseProducer,
    bootstrap: String,
}

impl Broker {
    /// Starts a broker that has the topic.
    pub(super) fn start() -> Result<Self> {
        let what = || "cannot start the embedded Kafka broker".to_owned();
        let holder: BaseProducer = ClientConfig::new()
            .set("test.mock.num.brokers", "1")
            .create()
            .explain(what)?;
        // Or fulfilment would wait three seconds for its partitions.
        let _ = mock::no_rebalance_delay(holder.client());
        let cluster = holder.client().mock_cluster();
        let cluster = cluster.ok_or("the client holds none").explain(what)?;
        cluster.create_topic(TOPIC, PARTITIONS, 1).explain(what)?;
        let bootstrap = cluster.bootstrap_servers();
        drop(cluster);
        Ok(Self {
            _holder: holder,
            bootstrap,
        })
    }

    pub(super) fn bootstrap(&self) -> &str {
        &self.bootstrap
    }
}

impl fmt::Debug for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Broker")
            .field("bootstrap", &self.bootstrap)
            .finish_non_exhaustive()
    }
}
