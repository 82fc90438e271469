//! rdkafka's records, made into one another; it keeps its own conversions to itself.

use rdkafka::message::{OwnedMessage, Timestamp, ToBytes};
use rdkafka::producer::{BaseRecord, FutureRecord};
use rdkafka::util::IntoOpaque;

/// The same record with another opaque.
pub(super) fn with_opaque<'a, K, V, D, E>(
    record: BaseRecord<'a, K, V, D>,
    change: impl FnOnce(D) -> E,
) -> BaseRecord<'a, K, V, E>
where
    K: ToBytes + ?Sized,
    V: ToBytes + ?Sized,
    D: IntoOpaque,
    E: IntoOpaque,
{
    BaseRecord {
        topic: record.topic,
        partition: record.partition,
        payload: record.payload,
        key: record.key,
        timestamp: record.timestamp,
        headers: record.headers,
        delivery_opaque: change(record.delivery_opaque),
    }
}

/// A record whose delivery is a future, with the opaque that answers it.
pub(super) fn base<'a, K, V, D>(
    record: FutureRecord<'a, K, V>,
    delivery_opaque: D,
) -> BaseRecord<'a, K, V, D>
where
    K: ToBytes + ?Sized,
    V: ToBytes + ?Sized,
    D: IntoOpaque,
{
    BaseRecord {
        topic: record.topic,
        partition: record.partition,
        payload: record.payload,
        key: record.key,
        timestamp: record.timestamp,
        headers: record.headers,
        delivery_opaque,
    }
}

/// [`base`] undone.
pub(super) fn future<'a, K, V, D>(record: BaseRecord<'a, K, V, D>) -> FutureRecord<'a, K, V>
where
    K: ToBytes + ?Sized,
    V: ToBytes + ?Sized,
    D: IntoOpaque,
{
    FutureRecord {
        topic: record.topic,
        partition: record.partition,
        payload: record.payload,
        key: record.key,
        timestamp: record.timestamp,
        headers: record.headers,
    }
}

/// A record that was never queued, as rdkafka gives it back.
pub(super) fn owned<K, V, D>(record: BaseRecord<'_, K, V, D>) -> OwnedMessage
where
    K: ToBytes + ?Sized,
    V: ToBytes + ?Sized,
    D: IntoOpaque,
{
    OwnedMessage::new(
        record.payload.map(|payload| payload.to_bytes().to_vec()),
        record.key.map(|key| key.to_bytes().to_vec()),
        record.topic.to_owned(),
        record
            .timestamp
            .map_or(Timestamp::NotAvailable, Timestamp::CreateTime),
        record.partition.unwrap_or(-1),
        0,
        record.headers,
    )
}
