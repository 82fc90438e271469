//! Someone else's collector and someone else's broker.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use prost::Message;
use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, Producer};
use traceprop_kafka::mock;

use crate::program::{alone, shop, text};

/// A collector for http/protobuf: the services that spans came from.
fn collector() -> (String, Arc<Mutex<BTreeSet<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
    let services = Arc::new(Mutex::new(BTreeSet::new()));
    let seen = services.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let seen = seen.clone();
            std::thread::spawn(move || answer(&stream, &seen));
        }
    });
    (endpoint, services)
}

/// Answers the requests of one connection.
fn answer(mut stream: &TcpStream, seen: &Mutex<BTreeSet<String>>) {
    let mut reader = BufReader::new(stream);
    while let Some(body) = request(&mut reader) {
        let request = ExportTraceServiceRequest::decode(&*body).expect("an export request");
        seen.lock().expect("no panic").extend(services(&request));
        let answer =
            b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n";
        stream.write_all(answer).expect("it reads");
    }
}

/// The body of the next request, or `None` at the end.
fn request(reader: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut length = 0;
    let mut lines = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        lines += 1;
        let line = line.trim_end().to_ascii_lowercase();
        assert!(lines > 1 || line.starts_with("post /v1/traces "), "{line}");
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length");
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(body)
}

fn services(request: &ExportTraceServiceRequest) -> Vec<String> {
    let resources = request
        .resource_spans
        .iter()
        .filter_map(|spans| spans.resource.as_ref());
    let attributes = resources.flat_map(|resource| &resource.attributes);
    let names = attributes.filter(|attribute| attribute.key == "service.name");
    let values = names.filter_map(|name| name.value.as_ref()?.value.as_ref());
    values
        .filter_map(|value| match value {
            Value::StringValue(name) => Some(name.clone()),
            _ => None,
        })
        .collect()
}

#[test]
fn spans_go_to_the_collector_and_orders_through_the_broker() {
    let _alone = alone();
    let (endpoint, services) = collector();
    let holder: BaseProducer = ClientConfig::new()
        .set("test.mock.num.brokers", "1")
        .create()
        .expect("a mock cluster");
    let broker = mock::no_rebalance_delay(holder.client()).expect("it was asked for");
    broker.create_topic("orders", 1, 1).expect("a topic");
    let ran = shop(&["--requests", "4"])
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
        .env("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
        .env("KAFKA_BOOTSTRAP", broker.bootstrap_servers())
        .output()
        .expect("the program starts");
    let output = text(&ran.stdout);
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    assert!(output.contains("sent elsewhere"), "{output}");
    let services = services.lock().expect("no panic");
    let services: Vec<&str> = services.iter().map(String::as_str).collect();
    assert_eq!(
        services,
        [
            "fulfilment",
            "gateway",
            "notifications",
            "orders",
            "payments"
        ]
    );
}
