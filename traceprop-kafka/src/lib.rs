//! Traces that go through Kafka: traced producers and consumers on [rdkafka], and the carriers alone.
//!
//! A record that a [`TracedProducer`] sends has a span from the send to its delivery report and
//! carries its context in its headers; whoever processes it through a [`TracedConsumer`] continues
//! that trace, in Rust or in any language that OpenTelemetry speaks.
//!
//! ```
//! use std::time::Duration;
//! use rdkafka::consumer::Consumer;
//! use rdkafka::producer::{BaseRecord, Producer};
//! use rdkafka::{ClientConfig, Message};
//! use traceprop_kafka::{TracedBaseConsumer, TracedProducer, mock};
//!
//! // A broker in this process, for the example.
//! let mut config = ClientConfig::new();
//! let host: TracedProducer = config.set("test.mock.num.brokers", "1").create()?;
//! let broker = mock::no_rebalance_delay(host.client()).ok_or("no broker")?;
//!
//! let mut config = ClientConfig::new();
//! config.set("bootstrap.servers", broker.bootstrap_servers());
//!
//! let producer: TracedProducer = config.create()?;
//! let order = BaseRecord::to("orders").key("42").payload("one coffee");
//! producer.send(order).map_err(|(error, _order)| error)?;
//! producer.flush(Duration::from_secs(10))?;
//!
//! config.set("group.id", "baristas").set("auto.offset.reset", "earliest");
//! let consumer: TracedBaseConsumer = config.create()?;
//! consumer.subscribe(&["orders"])?;
//! let order = loop {
//!     if let Some(order) = consumer.poll(Duration::from_secs(1)) {
//!         break order?;
//!     }
//! };
//! order.process_sync(|order| {
//!     // Spans and log lines made here belong to the trace of the sender.
//!     assert_eq!(order.payload(), Some(&b"one coffee"[..]));
//!     Ok::<_, std::convert::Infallible>(())
//! })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! * [`producer`]: [`TracedProducer`] over `BaseProducer` and `ThreadedProducer`,
//!   [`TracedFutureProducer`] for `FutureProducer`, [`ProducerBuilder`];
//! * [`consumer`]: [`TracedConsumer`] over `StreamConsumer` and `BaseConsumer`, [`Received`],
//!   [`Relation`], [`ConsumerBuilder`];
//! * [`carrier`]: [`HeaderExtractor`], [`HeaderInjector`] and [`inject_into`], for clients of your own;
//! * [`mock`]: help with librdkafka's mock broker.
//!
//! Spans follow the [messaging conventions] 1.44. What they record of a record is where it went and,
//! unless switched off, its key; never its value, nor any header.
//!
//! # Features
//!
//! | feature | default | what it does |
//! |---|---|---|
//! | `tokio` | no | turns on `rdkafka/tokio`, the runtime of [`TracedFutureProducer`] and of the `StreamConsumer`; without it, name a runtime of your own |
//!
//! How librdkafka is built and linked (`ssl`, `zstd`, `cmake-build` and so on) is for your own
//! dependency on `rdkafka` to say.
//!
//! [rdkafka]: https://docs.rs/rdkafka
//! [messaging conventions]: https://opentelemetry.io/docs/specs/semconv/messaging/kafka/
#![deny(unsafe_code)]

mod attributes;
pub mod carrier;
pub mod consumer;
mod error_type;
#[allow(unsafe_code, reason = "the one file that talks to librdkafka itself")]
mod ffi;
pub mod mock;
pub mod producer;

pub use rdkafka;

pub use self::carrier::{HeaderExtractor, HeaderInjector, inject_into};
pub use self::consumer::{ConsumerBuilder, Received, Relation, TracedBaseConsumer, TracedConsumer};
pub use self::ffi::Tracked;
pub use self::producer::{
    DeliveryFuture, Enqueue, FutureContext, ProducerBuilder, TracedBaseProducer, TracedContext,
    TracedFutureProducer, TracedProducer,
};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
