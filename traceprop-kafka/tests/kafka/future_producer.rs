//! Sends that are futures.

use std::future::Future;
use std::pin::pin;
use std::task::{Context as TaskContext, Waker};
use std::time::{Duration, Instant};

use opentelemetry::Context;
use opentelemetry::trace::{Status, TraceContextExt, Tracer};
use rdkafka::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message;
use rdkafka::producer::{FutureRecord, Producer, PurgeConfig};
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use traceprop_kafka::TracedFutureProducer;

use super::support::{
    Broker, Otel, PATIENCE, TOPIC, attribute, header_list, headers_of, next, text,
};

fn record<'a>() -> FutureRecord<'a, str, str> {
    FutureRecord::to(TOPIC)
        .partition(0)
        .key("42")
        .payload("coffee")
}

#[tokio::test]
async fn a_send_is_a_future_of_its_delivery() {
    let (broker, otel) = (Broker::new(), Otel::new());
    let producer: TracedFutureProducer = otel.producer().create_future(&broker.config()).unwrap();
    let clone = producer.clone();
    let caller = Context::new().with_span(otel.tracer().start("caller"));
    // Sends can be spawned.
    let sent = tokio::spawn({
        let send = async move { clone.send(record(), PATIENCE).await };
        opentelemetry::context::FutureExt::with_context(send, caller.clone())
    });
    let delivery = sent.await.unwrap().unwrap();
    assert_eq!((delivery.partition, delivery.offset), (0, 0));
    let span = otel.ended.one();
    assert_eq!(span.name, "send orders");
    assert_eq!(span.parent_span_id, caller.span().span_context().span_id());
    assert_eq!(text(&span, "messaging.destination.partition.id"), "0");
    assert_eq!(text(&span, "messaging.kafka.message.key"), "42");
    let consumer = broker.plain_consumer();
    let headers = headers_of(&next(&consumer));
    assert!(
        headers[0]
            .1
            .as_ref()
            .unwrap()
            .contains(&span.span_context.span_id().to_string())
    );
}

#[tokio::test]
async fn a_dropped_future_still_ends_its_span_at_the_delivery() {
    let (broker, otel) = (Broker::new(), Otel::new());
    broker
        .0
        .broker_round_trip_time(1, Duration::from_millis(50))
        .unwrap();
    let producer: TracedFutureProducer = otel.producer().create_future(&broker.config()).unwrap();
    {
        let mut send = pin!(producer.send(record(), PATIENCE));
        let mut cx = TaskContext::from_waker(Waker::noop());
        assert!(send.as_mut().poll(&mut cx).is_pending());
    }
    assert!(otel.ended.all().is_empty());
    let span = otel.ended.wait_for(1).remove(0);
    assert_eq!(span.status, Status::Unset);
    assert_eq!(attribute(&span, "error.type"), None);
    assert!(attribute(&span, "messaging.kafka.offset").is_some());
}

#[tokio::test]
async fn a_send_that_is_never_polled_sends_nothing() {
    let (broker, otel) = (Broker::new(), Otel::new());
    let producer: TracedFutureProducer = otel.producer().create_future(&broker.config()).unwrap();
    drop(producer.send(record(), PATIENCE));
    producer.flush(PATIENCE).unwrap();
    assert!(otel.ended.all().is_empty());
}

#[tokio::test]
async fn a_failed_delivery_gives_the_message_back_clean() {
    let (broker, otel) = (Broker::new(), Otel::new());
    let producer: TracedFutureProducer = otel.producer().create_future(&broker.config()).unwrap();
    let too_large = RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
    broker
        .0
        .request_errors(RDKafkaApiKey::Produce, &[too_large]);
    let (error, message) = producer.send(record(), PATIENCE).await.unwrap_err();
    let code = RDKafkaErrorCode::MessageSizeTooLarge;
    assert_eq!(error, KafkaError::MessageProduction(code));
    assert_eq!(message.payload(), Some(&b"coffee"[..]));
    assert!(message.headers().is_none());
    assert_eq!(text(&otel.ended.one(), "error.type"), "MESSAGE_TOO_LARGE");
}

/// A broker's configuration with room for one record, which stays for `linger`.
fn one_at_a_time(broker: &Broker, linger: &str) -> ClientConfig {
    let mut config = broker.config();
    config
        .set("queue.buffering.max.messages", "1")
        .set("linger.ms", linger);
    config
}

#[tokio::test]
async fn a_full_queue_is_waited_for_within_one_span() {
    let (broker, otel) = (Broker::new(), Otel::new());
    let config = one_at_a_time(&broker, "300");
    let producer: TracedFutureProducer = otel.producer().create_future(&config).unwrap();
    let first = producer.send_result(record()).unwrap();
    let since = Instant::now();
    let second = producer.send(record(), PATIENCE).await.unwrap();
    assert_eq!(second.offset, 1);
    assert_eq!(first.await.unwrap().unwrap().offset, 0);
    // It waited for the first one's linger, and then for its own.
    assert!(since.elapsed() >= Duration::from_millis(300));
    let spans = otel.ended.wait_for(2);
    assert!(spans.iter().all(|span| span.status == Status::Unset));
}

#[tokio::test]
async fn a_full_queue_is_waited_for_no_longer_than_asked() {
    let (broker, otel) = (Broker::new(), Otel::new());
    let config = one_at_a_time(&broker, "60000");
    let producer: TracedFutureProducer = otel.producer().create_future(&config).unwrap();
    let first = producer.send_result(record()).unwrap();
    let (since, limit) = (Instant::now(), Duration::from_millis(250));
    let (error, message) = producer.send(record(), limit).await.unwrap_err();
    let code = RDKafkaErrorCode::QueueFull;
    assert_eq!(error, KafkaError::MessageProduction(code));
    assert_eq!((message.topic(), message.key()), (TOPIC, Some(&b"42"[..])));
    assert!(header_list(message.headers()).is_empty());
    assert!(since.elapsed() >= limit);
    assert_eq!(text(&otel.ended.one(), "error.type"), "QUEUE_FULL");
    producer.purge(PurgeConfig::default().queue());
    assert!(first.await.unwrap().is_err());
    assert_eq!(
        text(&otel.ended.wait_for(2)[1], "error.type"),
        "PURGE_QUEUE"
    );
}

#[tokio::test]
async fn giving_up_while_the_queue_is_full_cancels_the_span() {
    let (broker, otel) = (Broker::new(), Otel::new());
    let config = one_at_a_time(&broker, "60000");
    let producer: TracedFutureProducer = otel.producer().create_future(&config).unwrap();
    let _first = producer.send_result(record()).unwrap();
    let (error, back) = producer.send_result(record()).unwrap_err();
    assert_eq!(
        error,
        KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull)
    );
    assert!(back.headers.is_none());
    let waiting = producer.send(record(), PATIENCE);
    assert!(
        tokio::time::timeout(Duration::from_millis(50), waiting)
            .await
            .is_err()
    );
    let spans = otel.ended.wait_for(2);
    assert_eq!(text(&spans[1], "error.type"), "cancelled");
}
