//! What rdkafka's two callback producers have in common: a `send` that its `Producer` trait lacks.

use rdkafka::error::KafkaError;
use rdkafka::message::ToBytes;
use rdkafka::producer::{BaseProducer, BaseRecord, Partitioner, ProducerContext, ThreadedProducer};
use rdkafka::util::IntoOpaque;

use super::TracedContext;
use crate::ffi::Tracked;

/// A record that carries its call, or what came of it.
pub(super) type TrackedRecord<'a, K, V, D> = BaseRecord<'a, K, V, Tracked<D>>;

/// rdkafka's `BaseProducer` and `ThreadedProducer` over a [`TracedContext`]; nothing else is one.
///
/// ```
/// use rdkafka::producer::{BaseProducer, DefaultProducerContext};
/// use traceprop_kafka::{Enqueue, TracedContext};
///
/// fn context_of<P: Enqueue>() -> &'static str {
///     std::any::type_name::<P::Context>()
/// }
/// let name = context_of::<BaseProducer<TracedContext<DefaultProducerContext>>>();
/// assert!(name.ends_with("DefaultProducerContext"));
/// ```
pub trait Enqueue: private::Sealed {
    /// The user's `ProducerContext`.
    type Context;
    /// The user's `ProducerContext::DeliveryOpaque`.
    type Opaque: IntoOpaque;

    /// Puts a record into the producer's queue.
    #[doc(hidden)]
    #[allow(
        clippy::result_large_err,
        clippy::type_complexity,
        reason = "rdkafka's own signature"
    )]
    #[allow(
        clippy::missing_errors_doc,
        reason = "hidden, and called by this crate alone"
    )]
    fn enqueue<'a, K, V>(
        &self,
        record: TrackedRecord<'a, K, V, Self::Opaque>,
    ) -> Result<(), (KafkaError, TrackedRecord<'a, K, V, Self::Opaque>)>
    where
        K: ToBytes + ?Sized,
        V: ToBytes + ?Sized;
}

mod private {
    pub trait Sealed {}
}

macro_rules! enqueue {
    ($producer:ident, $($bound:tt)*) => {
        impl<C, Part> private::Sealed for $producer<TracedContext<C>, Part>
        where
            C: ProducerContext<Part> + $($bound)*,
            Part: Partitioner,
        {
        }

        impl<C, Part> Enqueue for $producer<TracedContext<C>, Part>
        where
            C: ProducerContext<Part> + $($bound)*,
            Part: Partitioner,
        {
            type Context = C;
            type Opaque = C::DeliveryOpaque;

            fn enqueue<'a, K, V>(
                &self,
                record: TrackedRecord<'a, K, V, Self::Opaque>,
            ) -> Result<(), (KafkaError, TrackedRecord<'a, K, V, Self::Opaque>)>
            where
                K: ToBytes + ?Sized,
                V: ToBytes + ?Sized,
            {
                self.send(record)
            }
        }
    };
}

enqueue!(BaseProducer, Sized);
enqueue!(ThreadedProducer, 'static);
