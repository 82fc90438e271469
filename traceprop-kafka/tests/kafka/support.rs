//! A broker, a place where spans end up, and short names for what the tests look at.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use opentelemetry::trace::TracerProvider;
use opentelemetry::{Key, Value};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    Sampler, SdkTracer, SdkTracerProvider, ShouldSample, SimpleSpanProcessor, SpanData,
    SpanExporter,
};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaResult;
use rdkafka::message::{BorrowedMessage, Headers, Message};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use traceprop_kafka::{ConsumerBuilder, ProducerBuilder, Received, TracedBaseConsumer};

pub(crate) const TOPIC: &str = "orders";
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Spans that have ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ended(Arc<Mutex<Vec<SpanData>>>);

impl SpanExporter for Ended {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().unwrap().extend(batch);
        Ok(())
    }
}

impl Ended {
    pub(crate) fn all(&self) -> Vec<SpanData> {
        self.0.lock().unwrap().clone()
    }

    /// The only span that has ended.
    #[track_caller]
    pub(crate) fn one(&self) -> SpanData {
        let all = self.all();
        assert_eq!(all.len(), 1, "{all:#?}");
        all.into_iter().next().unwrap()
    }

    /// Waits until `count` spans have ended.
    #[track_caller]
    pub(crate) fn wait_for(&self, count: usize) -> Vec<SpanData> {
        let since = Instant::now();
        while self.all().len() < count && since.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(5));
        }
        let all = self.all();
        assert_eq!(all.len(), count, "{all:#?}");
        all
    }
}

/// A tracer provider whose spans are kept.
#[derive(Debug)]
pub(crate) struct Otel {
    provider: SdkTracerProvider,
    pub(crate) ended: Ended,
}

impl Otel {
    pub(crate) fn new() -> Self {
        Self::sampling(Sampler::AlwaysOn)
    }

    pub(crate) fn sampling(sampler: impl ShouldSample + 'static) -> Self {
        let ended = Ended::default();
        let provider = SdkTracerProvider::builder()
            .with_sampler(sampler)
            .with_span_processor(SimpleSpanProcessor::new(ended.clone()))
            .build();
        Self { provider, ended }
    }

    pub(crate) fn tracer(&self) -> SdkTracer {
        self.provider.tracer("test")
    }

    pub(crate) fn producer(&self) -> ProducerBuilder {
        ProducerBuilder::new().tracer(self.tracer())
    }

    pub(crate) fn consumer(&self) -> ConsumerBuilder {
        ConsumerBuilder::new().tracer(self.tracer())
    }
}

/// A broker in this process.
pub(crate) struct Broker(pub(crate) MockCluster<'static, DefaultProducerContext>);

impl Broker {
    pub(crate) fn new() -> Self {
        Self(MockCluster::new(1).unwrap())
    }

    pub(crate) fn config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", self.0.bootstrap_servers())
            .set("group.id", "baristas")
            .set("linger.ms", "0")
            // The mock broker does not answer a waiting fetch when a record comes.
            .set("fetch.wait.max.ms", "10");
        config
    }

    /// A consumer of rdkafka's own at the beginning of the topic's first partition.
    pub(crate) fn plain_consumer(&self) -> BaseConsumer {
        let consumer: BaseConsumer = self.config().create().unwrap();
        consumer.assign(&beginning()).unwrap();
        consumer
    }

    /// A traced consumer at the same place.
    pub(crate) fn consumer(&self, builder: ConsumerBuilder) -> TracedBaseConsumer {
        let consumer: TracedBaseConsumer = builder.create(&self.config()).unwrap();
        consumer.assign(&beginning()).unwrap();
        consumer
    }
}

/// The first partition of the topic, from its beginning.
pub(crate) fn beginning() -> TopicPartitionList {
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(TOPIC, 0, Offset::Beginning)
        .unwrap();
    list
}

/// Polls until there is something: rdkafka's own poll returns for events that are no message, too.
pub(crate) fn poll(consumer: &TracedBaseConsumer) -> KafkaResult<Received<'_>> {
    let since = Instant::now();
    while since.elapsed() < PATIENCE {
        if let Some(received) = consumer.poll(PATIENCE) {
            return received;
        }
    }
    panic!("no message in time");
}

/// [`poll`] for a consumer of rdkafka's own.
pub(crate) fn next(consumer: &BaseConsumer) -> BorrowedMessage<'_> {
    let since = Instant::now();
    while since.elapsed() < PATIENCE {
        if let Some(message) = consumer.poll(PATIENCE) {
            return message.unwrap();
        }
    }
    panic!("no message in time");
}

/// All headers as text; rdkafka's own look at them.
pub(crate) fn header_list(headers: Option<&impl Headers>) -> Vec<(String, Option<String>)> {
    let Some(headers) = headers else {
        return Vec::new();
    };
    (0..headers.count())
        .map(|index| headers.get(index))
        .map(|header| {
            let value = header
                .value
                .map(|value| String::from_utf8_lossy(value).into_owned());
            (header.key.to_owned(), value)
        })
        .collect()
}

pub(crate) fn headers_of(message: &BorrowedMessage<'_>) -> Vec<(String, Option<String>)> {
    header_list(message.headers())
}

/// One attribute of a span; `None` if it has none of that name, a failure if it has two.
#[track_caller]
pub(crate) fn attribute(span: &SpanData, key: &'static str) -> Option<Value> {
    let key = Key::from_static_str(key);
    let mut found = span.attributes.iter().filter(|one| one.key == key);
    let value = found.next().map(|one| one.value.clone());
    assert!(found.next().is_none(), "{key} twice");
    value
}

#[track_caller]
pub(crate) fn text(span: &SpanData, key: &'static str) -> String {
    match attribute(span, key) {
        Some(value) => value.as_str().into_owned(),
        None => panic!("no {key} in {:?}", span.attributes),
    }
}
