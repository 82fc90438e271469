//! The span of a send, from the call to the delivery report.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::{Status, TraceContextExt};
use opentelemetry_sdk::trace::Sampler;
use rdkafka::ClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Header, Headers, Message, OwnedHeaders};
use rdkafka::producer::{
    BaseProducer, BaseRecord, Partitioner, Producer, ProducerContext, PurgeConfig, ThreadedProducer,
};
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use traceprop_core::call::{Facts, Finished, Recorder, Started};
use traceprop_kafka::{ProducerBuilder, TracedBaseProducer, TracedContext, TracedProducer};

use super::support::{
    Broker, Otel, PATIENCE, TOPIC, attribute, header_list, headers_of, next, text,
};

/// A user's context that keeps what it is told.
#[derive(Clone, Default)]
struct Mine {
    reports: Arc<Mutex<Vec<Report>>>,
}

#[derive(Debug, PartialEq)]
struct Report {
    number: usize,
    delivered: bool,
    in_a_span: bool,
}

impl ClientContext for Mine {}

impl ProducerContext for Mine {
    type DeliveryOpaque = Box<usize>;

    fn delivery(&self, result: &DeliveryResult<'_>, number: Box<usize>) {
        self.reports.lock().unwrap().push(Report {
            number: *number,
            delivered: result.is_ok(),
            in_a_span: Context::current().has_active_span(),
        });
    }
}

#[test]
fn the_span_ends_at_the_delivery_report() {
    let (broker, otel) = (Broker::new(), Otel::new());
    let rtt = Duration::from_millis(200);
    let producer: TracedBaseProducer = otel.producer().create(&broker.config()).unwrap();
    // Metadata first, so that the wait below is the produce request's.
    producer
        .client()
        .fetch_metadata(Some(TOPIC), PATIENCE)
        .unwrap();
    broker.0.broker_round_trip_time(1, rtt).unwrap();
    producer
        .send(BaseRecord::to(TOPIC).partition(0).key("1").payload("x"))
        .unwrap();
    assert!(otel.ended.all().is_empty());
    producer.flush(PATIENCE).unwrap();
    let span = otel.ended.one();
    let took = span.end_time.duration_since(span.start_time).unwrap();
    assert!(took >= rtt, "{took:?}");
    assert_eq!(text(&span, "messaging.destination.partition.id"), "0");
}

#[test]
fn a_failed_delivery_fails_the_span() {
    let (broker, otel) = (Broker::new(), Otel::new());
    let producer: TracedBaseProducer = otel.producer().create(&broker.config()).unwrap();
    let too_large = RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
    broker
        .0
        .request_errors(RDKafkaApiKey::Produce, &[too_large]);
    producer
        .send(BaseRecord::to(TOPIC).partition(0).key("1").payload("x"))
        .unwrap();
    producer.flush(PATIENCE).unwrap();
    let span = otel.ended.one();
    assert!(matches!(span.status, Status::Error { .. }));
    assert_eq!(text(&span, "error.type"), "MESSAGE_TOO_LARGE");
    assert_eq!(attribute(&span, "messaging.kafka.offset"), None);
}

#[test]
fn a_topic_that_is_not_there_fails_the_span() {
    let (broker, otel) = (Broker::new(), Otel::new());
    let denied = RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
    broker.0.topic_error(TOPIC, denied).unwrap();
    let producer: TracedProducer = otel.producer().create(&broker.config()).unwrap();
    // It fails at once if the topic's metadata is known by now, and at the delivery if not.
    let _ = producer.send(BaseRecord::to(TOPIC).key("1").payload("x"));
    let span = otel.ended.wait_for(1).remove(0);
    assert_eq!(text(&span, "error.type"), "TOPIC_AUTHORIZATION_FAILED");
}

#[test]
fn purged_records_fail_their_spans() {
    let (broker, otel) = (Broker::new(), Otel::new());
    let producer: TracedBaseProducer = otel
        .producer()
        .create(broker.config().set("linger.ms", "60000"))
        .unwrap();
    producer
        .send(BaseRecord::to(TOPIC).key("1").payload("x"))
        .unwrap();
    producer.purge(PurgeConfig::default().queue());
    producer.poll(Duration::from_millis(100));
    assert_eq!(text(&otel.ended.one(), "error.type"), "PURGE_QUEUE");

    producer
        .send(BaseRecord::to(TOPIC).key("2").payload("x"))
        .unwrap();
    drop(producer);
    assert_eq!(
        text(&otel.ended.wait_for(2).remove(1), "error.type"),
        "PURGE_QUEUE"
    );
}

#[test]
fn a_failed_send_gives_the_record_back_clean() {
    let (broker, otel) = (Broker::new(), Otel::new());
    let mut config = broker.config();
    config
        .set("queue.buffering.max.messages", "1")
        .set("linger.ms", "60000");
    let mine = Mine::default();
    let producer: TracedProducer<ThreadedProducer<TracedContext<Mine>>> = otel
        .producer()
        .create_with_context(&config, mine.clone())
        .unwrap();
    let record = |number| {
        BaseRecord::with_opaque_to(TOPIC, Box::new(number))
            .partition(0)
            .key("1")
            .payload("x")
    };
    producer.send(record(1)).unwrap();
    let (error, back) = producer.send(record(2)).unwrap_err();
    assert_eq!(
        error,
        KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull)
    );
    assert!(back.headers.is_none());
    assert_eq!(
        (*back.delivery_opaque, back.key, back.payload),
        (2, Some("1"), Some("x"))
    );
    assert_eq!(text(&otel.ended.one(), "error.type"), "QUEUE_FULL");

    let headers = OwnedHeaders::new().insert(Header {
        key: "mine",
        value: Some("kept"),
    });
    let (_, back) = producer.send(back.headers(headers)).unwrap_err();
    let kept = [("mine".to_owned(), Some("kept".to_owned()))];
    assert_eq!(header_list(back.headers.as_ref()), kept);

    producer.purge(PurgeConfig::default().queue());
    producer.flush(PATIENCE).unwrap();
    // The very record that came back, in the end.
    let config = broker.config();
    let producer: TracedProducer<ThreadedProducer<TracedContext<Mine>>> = otel
        .producer()
        .create_with_context(&config, mine.clone())
        .unwrap();
    producer.send(back).unwrap();
    producer.flush(PATIENCE).unwrap();
    let consumer = broker.plain_consumer();
    let headers = headers_of(&next(&consumer));
    assert_eq!(headers.len(), 2);
    assert_eq!((&headers[..1], &*headers[1].0), (&kept[..], "traceparent"));
    let report = |number, delivered| Report {
        number,
        delivered,
        in_a_span: false,
    };
    assert_eq!(
        *mine.reports.lock().unwrap(),
        [report(1, false), report(2, true)]
    );
}

#[test]
fn a_topic_with_a_nul_is_an_error_and_no_panic() {
    let (broker, otel) = (Broker::new(), Otel::new());
    let producer: TracedProducer = otel.producer().create(&broker.config()).unwrap();
    let (error, _) = producer
        .send(BaseRecord::to("a\0b").key("1").payload("x"))
        .unwrap_err();
    assert!(matches!(error, KafkaError::Nul(_)));
    assert_eq!(text(&otel.ended.one(), "error.type"), "_OTHER");
}

#[test]
fn unsampled_sends_carry_their_context_and_the_users_opaque() {
    let (broker, otel) = (Broker::new(), Otel::sampling(Sampler::AlwaysOff));
    let mine = Mine::default();
    let producer: TracedBaseProducer<Mine> = otel
        .producer()
        .create_with_context(&broker.config(), mine.clone())
        .unwrap();
    let record = BaseRecord::with_opaque_to(TOPIC, Box::new(7))
        .partition(0)
        .key("1")
        .payload("x");
    producer.send(record).unwrap();
    producer.flush(PATIENCE).unwrap();
    let consumer = broker.plain_consumer();
    let headers = headers_of(&next(&consumer));
    assert_eq!(headers.len(), 1);
    // Not sampled, and random.
    assert!(
        headers[0].1.as_ref().unwrap().ends_with("-02"),
        "{headers:?}"
    );
    assert!(otel.ended.all().is_empty());
    let want = Report {
        number: 7,
        delivered: true,
        in_a_span: false,
    };
    assert_eq!(*mine.reports.lock().unwrap(), [want]);
}

#[derive(Debug, Default)]
struct Told(Mutex<Vec<(Facts, Option<String>)>>);

impl Recorder for Told {
    fn started(&self, _call: &Started<'_>) {}

    fn finished(&self, call: &Finished<'_>) {
        let error = call.outcome.error_type().map(str::to_owned);
        self.0.lock().unwrap().push((call.facts.clone(), error));
    }
}

#[test]
fn the_recorder_hears_of_unsampled_sends_at_their_delivery() {
    let (broker, otel) = (Broker::new(), Otel::sampling(Sampler::AlwaysOff));
    let told = Arc::new(Told::default());
    let recorder: Arc<dyn Recorder> = told.clone();
    let builder: ProducerBuilder = otel.producer().recorder(recorder);
    let producer: TracedBaseProducer = builder.create(&broker.config()).unwrap();
    producer
        .send(BaseRecord::to(TOPIC).partition(0).key("1").payload("x"))
        .unwrap();
    assert!(told.0.lock().unwrap().is_empty());
    producer.flush(PATIENCE).unwrap();
    let told = told.0.lock().unwrap();
    let [(Facts::Messaging(facts), None)] = &told[..] else {
        panic!("{told:?}");
    };
    assert_eq!((facts.system, facts.operation), ("kafka", "send"));
    assert_eq!(facts.destination.as_deref(), Some(TOPIC));
    assert_eq!(facts.consumer_group, None);
}

#[test]
fn the_record_may_have_no_key_and_any_headers() {
    let (broker, otel) = (Broker::new(), Otel::new());
    let producer: TracedBaseProducer = otel.producer().create(&broker.config()).unwrap();
    let headers = OwnedHeaders::new().insert(Header::<'_, &str> {
        key: "empty",
        value: None,
    });
    let record = BaseRecord::<(), _>::to(TOPIC)
        .partition(0)
        .payload("x")
        .headers(headers);
    producer.send(record).unwrap();
    producer.flush(PATIENCE).unwrap();
    let consumer = broker.plain_consumer();
    let message = next(&consumer);
    assert_eq!(message.key(), None);
    assert_eq!(message.headers().unwrap().count(), 2);
    assert_eq!(message.headers().unwrap().get(0).value, None);
}

/// A context with a partitioner, which chooses the last partition.
struct Last(ToTheLast);

struct ToTheLast;

impl ClientContext for Last {}

impl ProducerContext<ToTheLast> for Last {
    type DeliveryOpaque = ();

    fn delivery(&self, _result: &DeliveryResult<'_>, (): ()) {}

    fn get_custom_partitioner(&self) -> Option<&ToTheLast> {
        Some(&self.0)
    }
}

impl Partitioner for ToTheLast {
    fn partition(
        &self,
        _topic: &str,
        _key: Option<&[u8]>,
        count: i32,
        _is_available: impl Fn(i32) -> bool,
    ) -> i32 {
        count - 1
    }
}

#[test]
fn the_users_partitioner_is_asked_and_the_span_has_its_choice() {
    let (broker, otel) = (Broker::new(), Otel::new());
    broker.0.create_topic(TOPIC, 3, 1).unwrap();
    let mut config = broker.config();
    // rdkafka writes a partitioner through a null pointer unless some property of topics is set.
    config.set("message.timeout.ms", "20000");
    let producer: TracedProducer<BaseProducer<TracedContext<Last>, ToTheLast>> = otel
        .producer()
        .create_with_context(&config, Last(ToTheLast))
        .unwrap();
    producer
        .send(BaseRecord::to(TOPIC).key("1").payload("x"))
        .unwrap();
    producer.flush(PATIENCE).unwrap();
    assert_eq!(
        text(&otel.ended.one(), "messaging.destination.partition.id"),
        "2"
    );
}
