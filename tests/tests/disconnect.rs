//! A client that goes away in the middle of a body, over a real socket.
//!
//! A binary of its own, since the subscriber is the whole process's: hyper polls on tasks of its own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::get;
use futures_util::stream;
use prometheus::Registry;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use traceprop_core::call::Recorder;
use traceprop_core::testing::TestOtel;
use traceprop_metrics::PrometheusRecorder;
use traceprop_tests::{adopting_subscriber, server_layer};

fn in_flight(registry: &Registry) -> f64 {
    // As text, which reads the same under both models of the `prometheus` crate.
    let text = prometheus::TextEncoder::new().encode_to_string(&registry.gather());
    let text = text.expect("a body");
    let lines = text.lines();
    let gauges = lines.filter(|line| line.starts_with("http_server_active_requests{"));
    gauges
        .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
        .sum()
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..500 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("not within five seconds: {what}");
}

#[tokio::test]
async fn a_client_that_goes_away_ends_the_span_once_as_cancelled() {
    let otel = TestOtel::new("orders");
    tracing::subscriber::set_global_default(adopting_subscriber(&otel)).expect("the only one");
    let registry = Registry::new();
    let recorder = PrometheusRecorder::register(&registry).expect("fresh names");
    let endless = || {
        let chunks = stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(5)).await;
            Some((
                Ok::<_, std::convert::Infallible>(Bytes::from_static(b"more")),
                (),
            ))
        });
        async { Body::from_stream(chunks) }
    };
    let layer = server_layer(&otel).recorder(Arc::new(recorder) as Arc<dyn Recorder>);
    let app = Router::new().route("/feed", get(endless)).layer(layer);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, app).await });

    let mut client = TcpStream::connect(address).await.expect("a connection");
    client
        .write_all(b"GET /feed HTTP/1.1\r\nhost: shop\r\n\r\n")
        .await
        .expect("sent");
    let mut read = [0; 256];
    assert!(client.read(&mut read).await.expect("some of the body") > 0);
    until("in flight", || in_flight(&registry) == 1.0).await;
    assert!(otel.spans().is_empty(), "the body goes on");
    drop(client);

    until("ended", || !otel.spans().is_empty()).await;
    until("the gauge is back", || in_flight(&registry) == 0.0).await;
    let spans = otel.spans();
    assert_eq!(spans.len(), 1);
    assert_eq!(spans[0].attribute("error.type"), Some(&"cancelled".into()));
    assert!(!spans[0].is_error(), "it is no failure of the server");
    assert_eq!(
        spans[0].attribute("http.response.status_code"),
        Some(&200_i64.into())
    );
}
