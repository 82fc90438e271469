//! What strangers may put into headers.

use opentelemetry::propagation::Extractor;
use opentelemetry::trace::{SpanId, TraceContextExt};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use traceprop_kafka::HeaderExtractor;

use super::support::{Broker, Otel, PATIENCE, TOPIC, poll};

const OLD: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const NEW: &str = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01";

type Headers<'a> = Vec<(&'a str, Option<&'a [u8]>)>;

fn send(producer: &BaseProducer, headers: &Headers<'_>) {
    let headers = headers
        .iter()
        .fold(OwnedHeaders::new(), |all, &(key, value)| {
            all.insert(Header { key, value })
        });
    let record = BaseRecord::<(), _>::to(TOPIC)
        .partition(0)
        .payload("x")
        .headers(headers);
    producer.send(record).unwrap();
    producer.flush(PATIENCE).unwrap();
}

#[test]
fn extraction_from_the_wire() {
    let (old, new) = (OLD.as_bytes(), NEW.as_bytes());
    let (old_id, new_id) = ("b7ad6b7169203331", "00f067aa0ba902b7");
    let megabyte = vec![b'a'; 900_000];
    let flood: Headers<'_> = (0..20_000)
        .map(|_| ("tracestate", Some(&b"a=1"[..])))
        .collect();
    #[rustfmt::skip]
    let table: [(&str, Headers<'_>, Option<&str>); 10] = [
        ("none",                     vec![],                                                          None),
        ("valid",                    vec![("traceparent", Some(old))],                                Some(old_id)),
        ("null",                     vec![("traceparent", None)],                                     None),
        ("empty",                    vec![("traceparent", Some(b""))],                                None),
        ("garbage",                  vec![("traceparent", Some(b"\xff\x00\xfe"))],                    None),
        ("the last of two",          vec![("traceparent", Some(old)), ("traceparent", Some(new))],    Some(new_id)),
        ("even if it is malformed",  vec![("traceparent", Some(old)), ("traceparent", Some(b"x"))],   None),
        ("a null is no value",       vec![("traceparent", Some(old)), ("traceparent", None)],         Some(old_id)),
        ("a megabyte beside it",     vec![("traceparent", Some(old)), ("baggage", Some(&megabyte))],  Some(old_id)),
        ("a megabyte in its place",  vec![("traceparent", Some(&megabyte))],                          None),
    ];
    let (broker, otel) = (Broker::new(), Otel::new());
    let producer: BaseProducer = broker.config().create().unwrap();
    let consumer = broker.consumer(otel.consumer());
    for (name, headers, want) in table {
        send(&producer, &headers);
        let message = poll(&consumer).unwrap();
        let sender = message.context().span().span_context().span_id();
        let want = want.map_or(SpanId::INVALID, |id| SpanId::from_hex(id).unwrap());
        assert_eq!(sender, want, "{name}");
        // Whatever it is, it can be processed.
        assert_eq!(message.process_sync(|_| Ok::<_, ()>(())), Ok(()), "{name}");
    }
    let mut headers = flood;
    headers.push(("traceparent", Some(old)));
    send(&producer, &headers);
    let message = poll(&consumer).unwrap();
    assert!(message.context().span().span_context().is_valid());
}

#[test]
fn lists_come_from_all_their_headers() {
    let (broker, otel) = (Broker::new(), Otel::new());
    let producer: BaseProducer = broker.config().create().unwrap();
    let headers = vec![
        ("tracestate", Some(&b"a=1"[..])),
        ("traceparent", Some(OLD.as_bytes())),
        ("tracestate", Some(b"b=2")),
    ];
    send(&producer, &headers);
    let consumer = broker.consumer(otel.consumer());
    let message = poll(&consumer).unwrap();
    let state = message
        .context()
        .span()
        .span_context()
        .trace_state()
        .header();
    assert_eq!(state, "a=1,b=2");
    let extractor = HeaderExtractor::from_message(&message);
    assert_eq!(
        extractor.keys(),
        ["tracestate", "traceparent", "tracestate"]
    );
    assert_eq!(extractor.get_all("tracestate"), Some(vec!["a=1", "b=2"]));
}
