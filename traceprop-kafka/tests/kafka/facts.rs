//! What the metrics are told of a message, however its call ends and sampled or not.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry_sdk::trace::Sampler;
use rdkafka::ClientConfig;
use rdkafka::producer::{BaseRecord, FutureRecord, Producer, PurgeConfig};
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use traceprop_core::call::{CurrentCall, Facts, MessagingFacts, Recorder};
use traceprop_core::testing::CallRecorder;
use traceprop_kafka::{TracedBaseProducer, TracedFutureProducer};

use super::support::{Broker, Otel, PATIENCE, TOPIC, poll};

const SAMPLERS: [Sampler; 2] = [Sampler::AlwaysOn, Sampler::AlwaysOff];

/// A recorder twice: to ask, and to give away.
fn recorder() -> (CallRecorder, Arc<dyn Recorder>) {
    let calls = CallRecorder::new();
    (calls.clone(), Arc::new(calls))
}

/// Messages, partition and `error.type` of each call that is over.
fn told(calls: &CallRecorder) -> Vec<(u64, Option<i32>, Option<String>)> {
    calls.assert_idle();
    let calls = calls.finished();
    let told = calls.iter().map(|call| match &call.facts {
        Facts::Messaging(facts) => {
            let error = call.outcome.error_type().map(str::to_owned);
            (facts.messages, facts.partition, error)
        }
        other => panic!("{other:?}"),
    });
    told.collect()
}

fn error(name: &str) -> Option<String> {
    Some(name.to_owned())
}

fn record<'a>() -> BaseRecord<'a, str, str> {
    BaseRecord::to(TOPIC).key("1").payload("x")
}

#[test]
fn a_send_counts_once_it_was_tried() {
    for sampler in SAMPLERS {
        let (broker, otel) = (Broker::new(), Otel::sampling(sampler.clone()));
        let (calls, recorder) = recorder();
        let producer = otel.producer().recorder(recorder);
        let producer: TracedBaseProducer = producer.create(&broker.config()).unwrap();

        producer.send(record().partition(0)).unwrap();
        producer.flush(PATIENCE).unwrap();
        let too_large = RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
        broker
            .0
            .request_errors(RDKafkaApiKey::Produce, &[too_large]);
        producer.send(record().partition(0)).unwrap();
        producer.flush(PATIENCE).unwrap();
        producer
            .send(BaseRecord::to("a\0b").key("1").payload("x"))
            .unwrap_err();

        let want = [
            (1, Some(0), None),
            (1, Some(0), error("MESSAGE_TOO_LARGE")),
            (0, None, error("_OTHER")),
        ];
        assert_eq!(told(&calls), want, "{sampler:?}");
    }
}

#[tokio::test]
async fn a_send_that_never_left_is_not_counted() {
    for sampler in SAMPLERS {
        let (broker, otel) = (Broker::new(), Otel::sampling(sampler.clone()));
        let (calls, recorder) = recorder();
        let mut config: ClientConfig = broker.config();
        config
            .set("queue.buffering.max.messages", "1")
            .set("linger.ms", "60000");
        let producer = otel.producer().recorder(recorder);
        let producer: TracedFutureProducer = producer.create_future(&config).unwrap();
        let record = || FutureRecord::<str, str>::to(TOPIC).key("1").payload("x");

        let stuck = producer.send_result(record()).unwrap();
        producer.send_result(record()).unwrap_err();
        let waiting = producer.send(record(), PATIENCE);
        let timeout = tokio::time::timeout(Duration::from_millis(20), waiting);
        assert!(timeout.await.is_err());
        producer.purge(PurgeConfig::default().queue());
        assert!(stuck.await.unwrap().is_err());

        let mut told = told(&calls);
        told.sort();
        let want = [
            (0, None, error("PURGE_QUEUE")),
            (0, None, error("QUEUE_FULL")),
            (0, None, error("cancelled")),
        ];
        assert_eq!(told, want, "{sampler:?}");
    }
}

#[tokio::test]
async fn a_message_counts_however_its_processing_ends() {
    for sampler in SAMPLERS {
        let broker = Broker::new();
        let quiet: TracedBaseProducer = Otel::new().producer().create(&broker.config()).unwrap();
        quiet.send(record().partition(0)).unwrap();
        quiet.flush(PATIENCE).unwrap();

        let otel = Otel::sampling(sampler.clone());
        let (calls, recorder) = recorder();
        let consumer = broker.consumer(otel.consumer().recorder(recorder));
        let message = poll(&consumer).unwrap();
        let labelled = message.process(async |_| {
            assert!(CurrentCall::set_label("kind", "espresso"));
            Ok::<_, Burnt>(())
        });
        labelled.await.unwrap();
        message.process_sync(|_| Err::<(), _>(Burnt)).unwrap_err();
        drop(message.process(async |_| Ok::<_, Burnt>(())));
        drop(message.call());

        let path = "kafka::facts::Burnt";
        let want = [
            (1, Some(0), None),
            (1, Some(0), error(path)),
            (1, Some(0), error("cancelled")),
        ];
        assert_eq!(told(&calls), want, "{sampler:?}");
        let first = calls.finished().remove(0);
        assert_eq!(first.labels.get("kind"), Some("espresso"));
        let Facts::Messaging(facts) = first.facts else {
            panic!("{first:?}");
        };
        let want = MessagingFacts {
            system: "kafka",
            operation: "process",
            destination: Some(TOPIC.into()),
            consumer_group: Some("baristas".into()),
            partition: Some(0),
            messages: 1,
        };
        assert_eq!(facts, want, "{sampler:?}");
    }
}

#[derive(Debug)]
struct Burnt;
