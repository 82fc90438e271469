//! Many requests over real sockets, one in ten of which goes away at a random point: each starts one
//! span and ends it, the gauge comes back to zero, and memory does not grow.
//!
//! A binary of its own, since it looks at the whole process's memory. `SOAK_REQUESTS` says how many;
//! `.ci/long soak` has 200,000.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use axum::serve::ListenerExt;
use futures_util::stream;
use opentelemetry::Context;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, Span, SpanData, SpanProcessor};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use traceprop_core::call::{CurrentCall, Finished, Outcome, Recorder, Started};
use traceprop_http::{ServerLayer, TraceResponse};
use tracing_subscriber::layer::SubscriberExt;

/// What a run without `SOAK_REQUESTS` sends.
const REQUESTS: usize = 4_000;

/// How much the process may grow after the first quarter of the run. A leak of one span a request
/// would be a hundred times as much in the long run.
const GROWTH: u64 = 8 << 20;

#[derive(Clone, Debug, Default)]
struct Count(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    spans_started: AtomicUsize,
    spans_ended: AtomicUsize,
    calls: AtomicUsize,
    in_flight: AtomicI64,
    cancelled: AtomicUsize,
}

impl SpanProcessor for Count {
    fn on_start(&self, _span: &mut Span, _cx: &Context) {
        self.0.spans_started.fetch_add(1, Ordering::Relaxed);
    }

    fn on_end(&self, _span: SpanData) {
        self.0.spans_ended.fetch_add(1, Ordering::Relaxed);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }
}

impl Recorder for Count {
    fn started(&self, _call: &Started<'_>) {
        self.0.calls.fetch_add(1, Ordering::Relaxed);
        self.0.in_flight.fetch_add(1, Ordering::Relaxed);
    }

    fn finished(&self, call: &Finished<'_>) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
        if *call.outcome == Outcome::Cancelled {
            self.0.cancelled.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Answers in every form that there is, after waiting a little.
async fn handler(Path((form, id)): Path<(usize, usize)>) -> Response {
    tracing::info!("inside");
    CurrentCall::set_label("plan", "free");
    // Those who leave have something to leave.
    if id % 10 == 9 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let chunks = stream::unfold(0, |n| async move {
        tokio::task::yield_now().await;
        (n < 4).then_some((
            Ok::<_, std::io::Error>(Bytes::from_static(b"0123456789")),
            n + 1,
        ))
    });
    match form % 5 {
        0 => "a whole body".into_response(),
        1 => Body::from_stream(chunks).into_response(),
        2 => ([("content-length", "40")], Body::from_stream(chunks)).into_response(),
        3 => http::StatusCode::NO_CONTENT.into_response(),
        _ => (http::StatusCode::INTERNAL_SERVER_ERROR, "sorry").into_response(),
    }
}

/// A random number, always the same ones.
fn random(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

/// Sends one request after the other on a connection, and a new one after each that goes away.
async fn client(address: SocketAddr, requests: std::ops::Range<usize>) {
    let mut state = 0x9e37_79b9_7f4a_7c15 ^ (requests.start as u64 + 1);
    let mut socket = TcpStream::connect(address).await.expect("a connection");
    let mut buffer = vec![0; 4096];
    for id in requests {
        let form = random(&mut state) % 5;
        let request = format!("GET /{form}/{id} HTTP/1.1\r\nhost: soak\r\n\r\n");
        if id % 10 == 9 {
            leave(&mut socket, &request, &mut state, &mut buffer).await;
            socket = TcpStream::connect(address).await.expect("a connection");
            continue;
        }
        socket.write_all(request.as_bytes()).await.expect("sent");
        whole_answer(&mut socket, &mut buffer).await;
    }
}

/// Goes away while the request is sent, while it is worked on, or while the answer comes.
async fn leave(socket: &mut TcpStream, request: &str, state: &mut u64, buffer: &mut [u8]) {
    let random = random(state);
    let bytes = request.as_bytes();
    let cut = if random.is_multiple_of(4) {
        random as usize / 4 % bytes.len()
    } else {
        bytes.len()
    };
    socket.write_all(&bytes[..cut]).await.expect("sent");
    match random >> 32 & 3 {
        0 => {}
        1 => tokio::task::yield_now().await,
        2 => tokio::time::sleep(Duration::from_micros(random >> 40 & 255)).await,
        _ if cut < bytes.len() => {}
        _ => {
            let _ = socket.read(&mut buffer[..1]).await;
        }
    }
}

/// Reads one answer to its end: by its length, its chunks, or its having no body.
async fn whole_answer(socket: &mut TcpStream, buffer: &mut [u8]) {
    let mut length = 0;
    loop {
        let read = socket.read(&mut buffer[length..]).await.expect("an answer");
        assert!(read > 0, "the server went away");
        length += read;
        let text = std::str::from_utf8(&buffer[..length]).expect("text");
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let promised = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map(|length| length.parse::<usize>().expect("a number"));
        let done = match promised {
            Some(promised) => body.len() >= promised,
            None if head.starts_with("HTTP/1.1 204") => true,
            None => body.ends_with("0\r\n\r\n"),
        };
        if done {
            return;
        }
    }
}

/// The memory of this process that is in use, in bytes, where the system tells.
fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib << 10)
}

async fn settled(count: &Counts) {
    for _ in 0..1_000 {
        let ended = count.spans_ended.load(Ordering::Relaxed);
        if count.in_flight.load(Ordering::Relaxed) == 0
            && ended == count.spans_started.load(Ordering::Relaxed)
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_request_ends_and_nothing_grows() {
    const CLIENTS: usize = 8;
    let requests = std::env::var("SOAK_REQUESTS").ok();
    let requests = requests.map_or(REQUESTS, |it| {
        it.parse().expect("SOAK_REQUESTS is a number")
    });

    let count = Count::default();
    let provider = SdkTracerProvider::builder()
        .with_span_processor(count.clone())
        .build();
    let tracer = provider.tracer("soak");
    let subscriber = tracing_subscriber::registry().with(traceprop_core::layer(tracer.clone()));
    tracing::subscriber::set_global_default(subscriber).expect("the only subscriber");
    let layer = ServerLayer::new()
        .tracer(tracer)
        .recorder(Arc::new(count.clone()) as Arc<dyn Recorder>)
        .record_body_sizes(true)
        .trace_response(TraceResponse::ServerTiming);
    let app = Router::new()
        .route("/{form}/{id}", any(handler))
        .layer(layer);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    // Chunks would wait for acknowledgements of those before, 40 ms each.
    let listener = listener.tap_io(|socket| socket.set_nodelay(true).expect("a socket"));
    tokio::spawn(async move { axum::serve(listener, app).await });

    let mut after_first = None;
    for quarter in 0..4 {
        let each = requests / 4 / CLIENTS;
        let clients: Vec<_> = (0..CLIENTS)
            .map(|n| {
                let first = (quarter * CLIENTS + n) * each;
                tokio::spawn(client(address, first..first + each))
            })
            .collect();
        for client in clients {
            client.await.expect("a client");
        }
        settled(&count.0).await;
        if quarter == 0 {
            after_first = memory();
        }
    }

    let of = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
    let (started, ended) = (of(&count.0.spans_started), of(&count.0.spans_ended));
    let (calls, cancelled) = (of(&count.0.calls), of(&count.0.cancelled));
    let in_flight = count.0.in_flight.load(Ordering::Relaxed);
    assert_eq!(
        (started, in_flight),
        (ended, 0),
        "each span that started has ended, once"
    );
    assert_eq!(started, calls, "one span a call");
    let sent = requests / 4 / CLIENTS * CLIENTS * 4;
    // Some left before there was a whole request.
    assert!(
        calls >= sent / 10 * 9 && calls <= sent,
        "{calls} calls of {sent} requests"
    );
    assert!(
        cancelled > 0 && cancelled <= sent / 10,
        "{cancelled} cancelled"
    );
    let growth = after_first
        .zip(memory())
        .map(|(before, after)| after.saturating_sub(before));
    assert!(
        growth.is_none_or(|growth| growth <= GROWTH),
        "grew by {growth:?} bytes"
    );
    let (kib, mark) = (
        growth.unwrap_or(0) >> 10,
        if growth.is_some() { "" } else { " (unknown)" },
    );
    println!("soak: {calls} calls, {cancelled} cancelled, {ended} spans, grew by {kib} KiB{mark}");
}
