//! Server-sent events: a call lasts as long as its stream.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::get;
use futures_util::{Stream, StreamExt, stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{connect, exchange, request, serve};
use crate::support::Watched;

const GAP: Duration = Duration::from_millis(10);

fn events(count: usize) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::iter(0..count).then(|n| async move {
        tokio::time::sleep(GAP).await;
        Ok(Event::default().data(n.to_string()))
    })
}

fn app(watched: &Watched) -> Router {
    let sse = |count| Sse::new(events(count)).keep_alive(KeepAlive::default());
    Router::new()
        .route("/three", get(move || async move { sse(3) }))
        .route("/many", get(move || async move { sse(1_000_000) }))
        .layer(watched.layer())
}

#[tokio::test]
async fn a_call_lasts_until_the_last_event() {
    let watched = Watched::new();
    let address = serve(app(&watched)).await;
    let answer = exchange(address, &request("GET", "/three")).await;
    assert_eq!(answer.matches("data: ").count(), 3, "{answer}");
    let (span, call) = watched.only().await;
    assert_eq!(call.outcome.error_type(), None);
    assert!(span.duration() >= GAP * 3, "{:?}", span.duration());
}

#[tokio::test]
async fn a_reader_that_leaves_cancels_the_call() {
    let watched = Watched::new();
    let address = serve(app(&watched)).await;
    let mut socket = connect(address).await;
    socket
        .write_all(request("GET", "/many").as_bytes())
        .await
        .expect("sent");
    let mut text = String::new();
    while !text.contains("data: 1") {
        let mut some = [0; 256];
        let length = socket.read(&mut some).await.expect("an event");
        text.push_str(&String::from_utf8_lossy(&some[..length]));
    }
    drop(socket);
    assert_eq!(watched.ends().await, (Some("cancelled".to_owned()), false));
}
