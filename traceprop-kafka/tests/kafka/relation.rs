//! Who is the parent of a message's span, and who is linked.

use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, Tracer};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use traceprop_core::call::Edge;
use traceprop_kafka::Relation;

use super::support::{Broker, Otel, PATIENCE, TOPIC, next, poll};

const SENDER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn send(producer: &BaseProducer, traceparent: Option<&str>) {
    let headers = OwnedHeaders::new()
        .insert(Header {
            key: "traceparent",
            value: traceparent,
        })
        .insert(Header {
            key: "baggage",
            value: Some("tenant=7"),
        });
    let record = BaseRecord::<(), _>::to(TOPIC)
        .partition(0)
        .payload("x")
        .headers(headers);
    producer.send(record).unwrap();
    producer.flush(PATIENCE).unwrap();
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Who {
    Nobody,
    Sender,
    Ambient,
}

#[test]
fn relation_table() {
    use Relation::{Auto, Link, Parent};
    use Who::{Ambient, Nobody, Sender};
    #[rustfmt::skip]
    let table = [
        // relation, sent in a span?, current span? parent   link
        (Auto,       true,            false,        Sender,  Nobody),
        (Auto,       true,            true,         Ambient, Sender),
        (Auto,       false,           true,         Ambient, Nobody),
        (Auto,       false,           false,        Nobody,  Nobody),
        (Parent,     true,            false,        Sender,  Nobody),
        (Parent,     true,            true,         Sender,  Ambient),
        (Parent,     false,           true,         Ambient, Nobody),
        (Parent,     false,           false,        Nobody,  Nobody),
        (Link,       true,            false,        Nobody,  Sender),
        (Link,       true,            true,         Ambient, Sender),
        (Link,       false,           true,         Ambient, Nobody),
        (Link,       false,           false,        Nobody,  Nobody),
    ];
    let broker = Broker::new();
    let producer: BaseProducer = broker.config().create().unwrap();
    let consumer = broker.plain_consumer();
    for row in table {
        let (relation, sent, current, parent, link) = row;
        let otel = Otel::new();
        send(&producer, sent.then_some(SENDER));
        // Any consumer will do: what counts is where the message came from.
        let traced = otel
            .consumer()
            .relation(relation)
            .wrap((), &broker.config());
        let message = traced.received(next(&consumer));
        let ambient = Context::new().with_span(otel.tracer().start("ambient"));
        let ambient_id = ambient.span().span_context().span_id();
        let who = |id: SpanId| match id {
            SpanId::INVALID => Nobody,
            id if id == ambient_id => Ambient,
            _ => Sender,
        };
        {
            let _inside = current.then(|| ambient.clone().attach());
            message.process_sync(|_| Ok::<_, ()>(())).unwrap();
        }
        let span = otel.ended.one();
        assert_eq!(who(span.parent_span_id), parent, "parent: {row:?}");
        let links: Vec<&SpanContext> = span.links.iter().map(|link| &link.span_context).collect();
        let linked = links.first().map_or(Nobody, |link| who(link.span_id()));
        assert_eq!((linked, links.len() > 1), (link, false), "link: {row:?}");
    }
}

#[test]
fn a_child_of_the_sender_has_its_baggage() {
    let (broker, otel) = (Broker::new(), Otel::new());
    send(&broker.config().create().unwrap(), Some(SENDER));
    let consumer = broker.consumer(otel.consumer());
    let message = poll(&consumer).unwrap();
    let tenant = |cx: &Context| cx.baggage().get("tenant").map(ToString::to_string);
    let inside = message.process_sync(|_| Ok::<_, ()>(tenant(&Context::current())));
    assert_eq!(inside, Ok(Some("7".to_owned())));
    assert_eq!(tenant(message.context()), Some("7".to_owned()));
}

#[test]
fn a_sender_beyond_the_edge_is_linked_whatever_the_relation() {
    let broker = Broker::new();
    let producer: BaseProducer = broker.config().create().unwrap();
    let consumer = broker.plain_consumer();
    for relation in [Relation::Auto, Relation::Parent, Relation::Link] {
        for current in [false, true] {
            let otel = Otel::new();
            send(&producer, Some(SENDER));
            let builder = otel.consumer().relation(relation).edge(Edge::NewTrace);
            let traced = builder.wrap((), &broker.config());
            let message = traced.received(next(&consumer));
            let ambient = Context::new().with_span(otel.tracer().start("ambient"));
            {
                let _inside = current.then(|| ambient.clone().attach());
                message.process_sync(|_| Ok::<_, ()>(())).unwrap();
            }
            let span = otel.ended.one();
            let sender = SpanId::from_hex(&SENDER[36..52]).unwrap();
            assert_ne!(span.span_context.trace_id().to_string(), &SENDER[3..35]);
            assert_ne!(span.parent_span_id, sender, "{relation:?} {current}");
            let mut links = span.links.iter();
            let linked = links.any(|link| link.span_context.span_id() == sender);
            assert!(linked, "{relation:?} {current}: {:?}", span.links);
        }
    }
}
