//! Sending, and not being able to. Each test runs in a process of its own: there is one `Telemetry`.

#![allow(clippy::unwrap_used, reason = "this is all tests")]

mod support;

use std::net::TcpListener;
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use support::{call, http_collector, is_child, passes};
use traceprop_core::Telemetry;
use traceprop_core::telemetry::{FlushError, InitError, Stats};

const CALLS: u64 = 50;
const PROTOCOL: &str = "OTEL_EXPORTER_OTLP_PROTOCOL";

/// Makes calls; none of them may notice what becomes of its span.
fn calls() {
    let started = Instant::now();
    (0..CALLS).for_each(|_| call("call"));
    let took = started.elapsed();
    assert!(
        took < Duration::from_secs(1),
        "calls were held up: {took:?}"
    );
}

fn to(address: impl std::fmt::Display) -> Result<Telemetry, InitError> {
    Telemetry::builder("a")
        .endpoint(format!("http://{address}"))
        .init()
}

fn current_thread() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().unwrap()
}

fn multi_thread() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(1).enable_all().build().unwrap()
}

/// Sends over a working connection, flushes, and shuts down.
async fn send(address: impl std::fmt::Display) -> Stats {
    let telemetry = to(address).unwrap();
    calls();
    let flushed = telemetry.flush().await.unwrap();
    assert_eq!((flushed.exported, flushed.pending), (CALLS, 0));
    calls();
    telemetry.shutdown(Duration::from_secs(5)).await.unwrap()
}

#[derive(Debug)]
struct Collector;

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        _: tonic::Request<ExportTraceServiceRequest>,
    ) -> Result<tonic::Response<ExportTraceServiceResponse>, tonic::Status> {
        Ok(tonic::Response::new(ExportTraceServiceResponse::default()))
    }
}

/// A collector for gRPC on a thread and runtime of its own.
fn grpc_collector() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    std::thread::spawn(move || {
        let service = TraceServiceServer::new(Collector);
        let server = tonic::transport::Server::builder().add_service(service);
        current_thread().block_on(server.serve(address)).unwrap();
    });
    while std::net::TcpStream::connect(address).is_err() {
        std::thread::sleep(Duration::from_millis(5));
    }
    address
}

#[test]
fn http_from_every_kind_of_main() {
    let name = "http_from_every_kind_of_main";
    if !is_child() {
        for main in ["plain", "current", "multi"] {
            passes(name, &[("MAIN", main)]);
        }
        return;
    }
    let (address, requests) = http_collector();
    let stats = match std::env::var("MAIN").unwrap().as_str() {
        "plain" => {
            let telemetry = to(address).unwrap();
            calls();
            calls();
            telemetry.shutdown_blocking(Duration::from_secs(5)).unwrap()
        }
        "current" => current_thread().block_on(send(address)),
        _ => multi_thread().block_on(send(address)),
    };
    assert_eq!((stats.exported, stats.pending), (2 * CALLS, 0));
    let requests = requests.lock().unwrap();
    assert!(!requests.is_empty());
    assert!(
        requests
            .iter()
            .all(|line| line == "POST /v1/traces HTTP/1.1"),
        "{requests:?}"
    );
}

#[test]
fn grpc_from_every_kind_of_main() {
    let name = "grpc_from_every_kind_of_main";
    if !is_child() {
        for main in ["plain", "current", "multi"] {
            passes(name, &[("MAIN", main), (PROTOCOL, "grpc")]);
        }
        return;
    }
    let address = grpc_collector();
    let stats = match std::env::var("MAIN").unwrap().as_str() {
        "plain" => return assert_eq!(to(address).unwrap_err(), InitError::NoRuntime),
        "current" => current_thread().block_on(send(address)),
        _ => multi_thread().block_on(send(address)),
    };
    assert_eq!((stats.exported, stats.pending), (2 * CALLS, 0));
}

#[test]
fn nobody_listens() {
    let name = "nobody_listens";
    if !is_child() {
        for protocol in ["grpc", "http/protobuf"] {
            let stderr = passes(name, &[(PROTOCOL, protocol)]);
            // Said, and said once.
            let said = stderr.matches("spans are being lost").count();
            assert_eq!(said, 1, "{protocol}: {stderr}");
        }
        return;
    }
    current_thread().block_on(async {
        let telemetry = to("127.0.0.1:1").unwrap();
        calls();
        let error = telemetry.flush().await.unwrap_err();
        assert!(matches!(error, FlushError::Failed { .. }), "{error}");
        assert_eq!(error.stats().failed, CALLS);
        let health = telemetry.health();
        assert_eq!(health.counts().failed, CALLS);
        calls();
        let error = telemetry.shutdown(Duration::from_secs(10)).await;
        assert_eq!(error.unwrap_err().stats().failed, 2 * CALLS);
        // Whoever watches goes on after the end, though the SDK tells nobody of what comes then.
        calls();
        let counts = health.counts();
        assert_eq!((counts.failed, counts.lost()), (2 * CALLS, 2 * CALLS));
        assert_eq!((counts.queued, counts.sending), (0, 0));
    });
}

#[test]
fn somebody_listens_and_never_answers() {
    let name = "somebody_listens_and_never_answers";
    if !is_child() {
        for (protocol, way) in [
            ("grpc", "shutdown"),
            ("http/protobuf", "shutdown"),
            ("grpc", "drop"),
            ("http/protobuf", "drop"),
        ] {
            passes(name, &[(PROTOCOL, protocol), ("WAY", way)]);
        }
        return;
    }
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    current_thread().block_on(async {
        let telemetry = to(address).unwrap();
        calls();
        let started = Instant::now();
        let limit = if std::env::var("WAY").unwrap() == "drop" {
            drop(telemetry);
            Telemetry::DROP_DEADLINE
        } else {
            let deadline = Duration::from_millis(300);
            let error = telemetry.shutdown(deadline).await.unwrap_err();
            assert!(
                matches!(error, FlushError::DeadlineExceeded { .. }),
                "{error}"
            );
            assert_eq!(error.stats().pending, CALLS);
            deadline
        };
        let took = started.elapsed();
        assert!(took < limit + Duration::from_secs(1), "{took:?}");
        // What ends now is lost, and holds nobody up.
        calls();
    });
}

#[test]
fn exporting_makes_no_spans() {
    let name = "exporting_makes_no_spans";
    if !is_child() {
        let everything = ("TRACEPROP_SPAN_FILTER", "trace");
        passes(name, &[everything, (PROTOCOL, "grpc")]);
        passes(name, &[everything, (PROTOCOL, "http/protobuf")]);
        return;
    }
    let grpc = std::env::var(PROTOCOL).unwrap() == "grpc";
    let address = if grpc {
        grpc_collector()
    } else {
        http_collector().0
    };
    multi_thread().block_on(async {
        let telemetry = to(address).unwrap();
        calls();
        for _ in 0..5 {
            telemetry.flush().await.unwrap();
        }
        let stats = telemetry.shutdown(Duration::from_secs(5)).await.unwrap();
        assert_eq!(stats.exported, CALLS);
    });
}
