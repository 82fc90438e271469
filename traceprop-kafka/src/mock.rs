//! Help with librdkafka's mock cluster, the broker for tests and demonstrations.

use rdkafka::client::{Client, ClientContext};
use rdkafka::mocking::MockCluster;

use crate::ffi;

/// The mock cluster of a client, whose consumer groups now form at once and not after three seconds.
///
/// The client is one that was created with `test.mock.num.brokers`, and so holds a cluster, which lives
/// as long as the client does. For any other client it is `None`, and nothing happens.
///
/// ```
/// use rdkafka::ClientConfig;
/// use rdkafka::producer::{BaseProducer, Producer};
/// use traceprop_kafka::mock;
///
/// let host: BaseProducer = ClientConfig::new().set("test.mock.num.brokers", "1").create()?;
/// let broker = mock::no_rebalance_delay(host.client()).ok_or("no mock cluster")?;
/// assert!(broker.bootstrap_servers().starts_with("127.0.0.1:"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn no_rebalance_delay<C: ClientContext>(client: &Client<C>) -> Option<MockCluster<'_, C>> {
    ffi::no_rebalance_delay(client);
    client.mock_cluster()
}
