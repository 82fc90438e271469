//! The span of a message that is processed.

use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::{Status, TraceContextExt};
use rdkafka::Message;
use rdkafka::consumer::Consumer;
use rdkafka::error::KafkaError;
use rdkafka::producer::{BaseRecord, Producer};
use traceprop_core::call::Outcome;
use traceprop_core::span::ErrorReport;
use traceprop_kafka::{Received, TracedBaseConsumer, TracedBaseProducer, TracedConsumer};

use super::support::{Broker, Otel, PATIENCE, TOPIC, attribute, beginning, poll, text};

/// A broker with messages in it, whose sends nobody traced.
fn broker_with(messages: usize) -> Broker {
    let broker = Broker::new();
    let quiet = Otel::new();
    let producer: TracedBaseProducer = quiet.producer().create(&broker.config()).unwrap();
    for _ in 0..messages {
        producer
            .send(BaseRecord::to(TOPIC).partition(0).key("1").payload("x"))
            .unwrap();
    }
    producer.flush(PATIENCE).unwrap();
    broker
}

#[derive(Debug)]
struct Burnt;

#[tokio::test]
async fn processing_can_be_spawned_and_awaits_inside_the_call() {
    let (broker, otel) = (broker_with(1), Otel::new());
    let consumer: TracedConsumer = otel.consumer().create(&broker.config()).unwrap();
    consumer.assign(&beginning()).unwrap();
    let task = tokio::spawn(async move {
        let message = consumer.recv().await?;
        let seen = message
            .process(async |message| {
                let before = Context::current().span().span_context().clone();
                tokio::task::yield_now().await;
                let after = Context::current().span().span_context().clone();
                assert_eq!(before, after);
                assert_eq!(message.offset(), 0);
                Ok::<_, KafkaError>(after)
            })
            .await?;
        assert!(!Context::current().has_active_span());
        Ok::<_, KafkaError>(seen)
    });
    let seen = task.await.unwrap().unwrap();
    let span = otel.ended.one();
    assert_eq!(span.span_context, seen);
    assert_eq!(span.status, Status::Unset);
}

async fn burn(message: &Received<'_>) -> Result<(), Burnt> {
    assert!(message.payload().is_some());
    Err(Burnt)
}

#[tokio::test]
async fn an_error_fails_the_span_by_its_type() {
    let (broker, otel) = (broker_with(1), Otel::new());
    let consumer = broker.consumer(otel.consumer());
    let message = poll(&consumer).unwrap();
    assert!(message.process(burn).await.is_err());
    let boxed = message.process(async |_| Err::<(), Box<dyn std::error::Error>>("x".into()));
    assert!(boxed.await.is_err());
    let spans = otel.ended.wait_for(2);
    assert_eq!(text(&spans[0], "error.type"), "kafka::consumer::Burnt");
    assert_eq!(spans[0].status, Status::error(""));
    assert_eq!(text(&spans[1], "error.type"), "_OTHER");
}

#[tokio::test]
async fn the_user_may_judge() {
    let (broker, otel) = (broker_with(1), Otel::new());
    let consumer = broker.consumer(otel.consumer());
    let message = poll(&consumer).unwrap();
    let judged = message.process_as(
        async |_| "seventeen".parse::<u32>(),
        |call, parsed| match parsed {
            Ok(_) => call.finish(Outcome::Completed),
            Err(error) => call.fail(&ErrorReport::new(error).error_type("bad_quantity")),
        },
    );
    assert!(judged.await.is_err());
    let span = otel.ended.one();
    assert_eq!(text(&span, "error.type"), "bad_quantity");
    assert_eq!(span.status, Status::error("invalid digit found in string"));
}

#[tokio::test]
async fn dropping_the_future_cancels_and_a_panic_fails() {
    let (broker, otel) = (broker_with(1), Otel::new());
    let consumer = broker.consumer(otel.consumer());
    let message = poll(&consumer).unwrap();
    let never = message.process(async |_| std::future::pending::<Result<(), Burnt>>().await);
    assert!(
        tokio::time::timeout(Duration::from_millis(20), never)
            .await
            .is_err()
    );
    assert_eq!(text(&otel.ended.one(), "error.type"), "cancelled");

    let unwound = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        message.process_sync(|_| -> Result<(), Burnt> { panic!("burnt") })
    }));
    assert!(unwound.is_err());
    assert_eq!(text(&otel.ended.wait_for(2)[1], "error.type"), "panic");
}

#[test]
fn empty_polls_and_ends_of_partitions_make_no_span() {
    let (broker, otel) = (broker_with(1), Otel::new());
    let mut config = broker.config();
    config.set("enable.partition.eof", "true");
    let consumer: TracedBaseConsumer = otel.consumer().create(&config).unwrap();
    assert!(consumer.poll(Duration::from_millis(10)).is_none());
    consumer.assign(&beginning()).unwrap();
    let message = poll(&consumer).unwrap();
    assert_eq!(message.offset(), 0);
    let end = poll(&consumer);
    assert!(matches!(end, Err(KafkaError::PartitionEOF(0))));
    assert!(consumer.poll(Duration::from_millis(10)).is_none());
    drop(message);
    assert!(otel.ended.all().is_empty());
}

#[test]
fn every_call_of_a_message_is_a_span_of_its_own() {
    let (broker, otel) = (broker_with(1), Otel::new());
    let consumer = broker.consumer(otel.consumer());
    let message = poll(&consumer).unwrap();
    let mut call = message.call();
    {
        let _inside = call.enter();
        let inside = Context::current().span().span_context().span_id();
        assert_eq!(inside, call_span(&otel, &message));
    }
    call.finish(Outcome::Completed);
    assert_eq!(otel.ended.wait_for(2).len(), 2);
    assert_eq!(message.into_message().offset(), 0);
}

/// Processes `message` below the current span, and gives that span's id.
fn call_span(otel: &Otel, message: &Received<'_>) -> opentelemetry::trace::SpanId {
    message.process_sync(|_| Ok::<_, ()>(())).unwrap();
    otel.ended.one().parent_span_id
}

#[test]
fn a_message_from_elsewhere_can_be_taken() {
    let (broker, otel) = (broker_with(2), Otel::new());
    let consumer = broker.consumer(otel.consumer());
    let first = consumer.iter().next().unwrap().unwrap();
    let first = consumer.received(first);
    first.process_sync(|_| Ok::<_, ()>(())).unwrap();
    let span = otel.ended.one();
    assert_eq!(text(&span, "messaging.consumer.group.name"), "baristas");
    assert_eq!(attribute(&span, "messaging.client.id"), None);
}
