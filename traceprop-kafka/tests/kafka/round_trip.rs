//! One trace from the producer through the broker to the consumer.

use opentelemetry::trace::{SpanId, SpanKind, Status, TraceContextExt, Tracer};
use opentelemetry::{Context, Value};
use rdkafka::consumer::Consumer;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer};
use rdkafka::{ClientConfig, Message};
use traceprop_kafka::{TracedBaseConsumer, TracedProducer, mock};

use super::support::{Broker, Otel, PATIENCE, TOPIC, attribute, headers_of, next, poll, text};

#[test]
fn producer_and_consumer_are_one_trace() {
    let (broker, otel) = (Broker::new(), Otel::new());
    let producer: TracedProducer = otel
        .producer()
        .create(broker.config().set("client.id", "shop"))
        .unwrap();
    let root = Context::new().with_span(otel.tracer().start("root"));
    {
        let _inside = root.clone().attach();
        let record = BaseRecord::to(TOPIC)
            .partition(0)
            .key("42")
            .payload("coffee");
        producer.send(record).unwrap();
    }
    producer.flush(PATIENCE).unwrap();
    let send = otel.ended.one();

    let consumer = broker.consumer(otel.consumer());
    let message = poll(&consumer).unwrap();
    let inside = message
        .process_sync(|message| {
            assert_eq!(message.payload(), Some(&b"coffee"[..]));
            Ok::<_, ()>(Context::current().span().span_context().clone())
        })
        .unwrap();
    let process = otel.ended.wait_for(2).remove(1);

    assert_eq!(send.span_kind, SpanKind::Producer);
    assert_eq!(send.name, "send orders");
    assert_eq!(send.parent_span_id, root.span().span_context().span_id());
    assert_eq!(send.status, Status::Unset);
    assert_eq!(text(&send, "messaging.system"), "kafka");
    assert_eq!(text(&send, "messaging.operation.name"), "send");
    assert_eq!(text(&send, "messaging.operation.type"), "send");
    assert_eq!(text(&send, "messaging.destination.name"), TOPIC);
    assert_eq!(text(&send, "messaging.client.id"), "shop");
    assert_eq!(text(&send, "messaging.kafka.message.key"), "42");
    assert_eq!(
        attribute(&send, "messaging.kafka.offset"),
        Some(Value::I64(0))
    );
    assert_eq!(attribute(&send, "messaging.kafka.message.tombstone"), None);
    assert_eq!(attribute(&send, "messaging.consumer.group.name"), None);

    assert_eq!(process.span_kind, SpanKind::Consumer);
    assert_eq!(process.name, "process orders");
    assert_eq!(process.parent_span_id, send.span_context.span_id());
    assert!(process.parent_span_is_remote);
    assert_eq!(process.span_context, inside);
    assert_eq!(inside.trace_id(), root.span().span_context().trace_id());
    assert!(process.links.is_empty());
    assert_eq!(process.status, Status::Unset);
    assert_eq!(text(&process, "messaging.operation.name"), "process");
    assert_eq!(text(&process, "messaging.operation.type"), "process");
    assert_eq!(text(&process, "messaging.destination.name"), TOPIC);
    assert_eq!(text(&process, "messaging.destination.partition.id"), "0");
    assert_eq!(text(&process, "messaging.consumer.group.name"), "baristas");
    assert_eq!(text(&process, "messaging.kafka.message.key"), "42");
    assert_eq!(
        attribute(&process, "messaging.kafka.offset"),
        Some(Value::I64(0))
    );
}

#[test]
fn exactly_one_traceparent_leaves() {
    let (broker, otel) = (Broker::new(), Otel::new());
    let producer: TracedProducer = otel.producer().create(&broker.config()).unwrap();
    let stale = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let header = |key, value| Header {
        key,
        value: Some(value),
    };
    let headers = OwnedHeaders::new()
        .insert(header("traceparent", stale))
        .insert(header("mine", "kept"))
        .insert(header("tracestate", "stale=1"))
        .insert(header("Traceparent", stale))
        .insert(header("baggage", "stale=1"));
    let record = BaseRecord::<(), _>::to(TOPIC)
        .partition(0)
        .payload("x")
        .headers(headers);
    producer.send(record).unwrap();
    producer.flush(PATIENCE).unwrap();

    let cx = otel.ended.one().span_context;
    assert_ne!(cx.trace_id().to_string(), stale[3..35]);
    let consumer = broker.plain_consumer();
    let headers = headers_of(&next(&consumer));
    // The random bit is the sampled root's.
    let traceparent = format!("00-{}-{}-03", cx.trace_id(), cx.span_id());
    assert_eq!(
        headers,
        [
            ("mine".to_owned(), Some("kept".to_owned())),
            ("traceparent".to_owned(), Some(traceparent)),
        ]
    );
}

#[test]
fn tombstones_say_so_and_binary_keys_say_nothing() {
    let (broker, otel) = (Broker::new(), Otel::new());
    let producer: TracedProducer = otel.producer().create(&broker.config()).unwrap();
    let record = BaseRecord::<_, ()>::to(TOPIC)
        .partition(0)
        .key(&[0xff_u8, 0xfe]);
    producer.send(record).unwrap();
    producer.flush(PATIENCE).unwrap();
    let consumer = broker.consumer(otel.consumer().capture_key(false));
    let message = poll(&consumer).unwrap();
    message.process_sync(|_| Ok::<_, ()>(())).unwrap();
    for span in otel.ended.wait_for(2) {
        let tombstone = attribute(&span, "messaging.kafka.message.tombstone");
        assert_eq!(tombstone, Some(Value::Bool(true)), "{}", span.name);
        assert_eq!(attribute(&span, "messaging.kafka.message.key"), None);
    }
}

#[test]
fn keys_can_be_kept_out() {
    let (broker, otel) = (Broker::new(), Otel::new());
    let producer: TracedProducer = otel
        .producer()
        .capture_key(false)
        .create(&broker.config())
        .unwrap();
    producer
        .send(BaseRecord::to(TOPIC).key("ada@example.org").payload("x"))
        .unwrap();
    producer.flush(PATIENCE).unwrap();
    assert_eq!(
        attribute(&otel.ended.one(), "messaging.kafka.message.key"),
        None
    );
}

#[test]
fn without_a_tracer_provider_the_context_still_goes_through() {
    let broker = Broker::new();
    let producer: TracedProducer = broker.config().create().unwrap();
    let otel = Otel::new();
    let caller = Context::new().with_span(otel.tracer().start("caller"));
    let id: SpanId = caller.span().span_context().span_id();
    {
        let _inside = caller.attach();
        producer
            .send(BaseRecord::to(TOPIC).partition(0).key("1").payload("x"))
            .unwrap();
    }
    producer.flush(PATIENCE).unwrap();
    let consumer = broker.consumer(otel.consumer());
    let message = poll(&consumer).unwrap();
    assert_eq!(message.context().span().span_context().span_id(), id);
}

#[test]
fn a_group_on_the_mock_broker_forms_at_once() {
    let otel = Otel::new();
    let mut config = ClientConfig::new();
    let host: TracedProducer = config.set("test.mock.num.brokers", "1").create().unwrap();
    let broker = mock::no_rebalance_delay(host.client()).unwrap();
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", broker.bootstrap_servers())
        .set("group.id", "baristas")
        .set("auto.offset.reset", "earliest");
    let producer: TracedProducer = otel.producer().create(&config).unwrap();
    producer
        .send(BaseRecord::to(TOPIC).key("1").payload("x"))
        .unwrap();
    producer.flush(PATIENCE).unwrap();

    let consumer: TracedBaseConsumer = otel.consumer().create(&config).unwrap();
    let since = std::time::Instant::now();
    consumer.subscribe(&[TOPIC]).unwrap();
    let message = poll(&consumer).unwrap();
    assert_eq!(message.payload(), Some(&b"x"[..]));
    assert!(since.elapsed() < std::time::Duration::from_secs(3));
}
