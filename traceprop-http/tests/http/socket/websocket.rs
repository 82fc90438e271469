//! Upgrades: the request's call ends at the response, and the session has a span of its own.

use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::any;
use futures_util::{SinkExt, StreamExt};
use opentelemetry::Context;
use opentelemetry::trace::{SpanKind, TraceContextExt};
use tokio_tungstenite::tungstenite;
use traceprop_core::testing::TestOtel;
use traceprop_http::Session;

use super::{SOON, serve};
use crate::support::Watched;

async fn chat(State(otel): State<TestOtel>, upgrade: WebSocketUpgrade) -> Response {
    let session = Session::new("chat").tracer(otel.tracer());
    upgrade.on_upgrade(|socket| session.run(echo(socket)))
}

async fn echo(mut socket: WebSocket) {
    while let Some(Ok(Message::Text(text))) = socket.recv().await {
        let span_id = Context::current().span().span_context().span_id();
        let answer = format!("{text} in {span_id}");
        socket.send(Message::text(answer)).await.expect("sent");
    }
}

#[tokio::test]
async fn the_call_ends_at_the_upgrade_and_the_session_is_linked() {
    let watched = Watched::new();
    let app = Router::new()
        .route("/chat", any(chat))
        .with_state(watched.otel.clone())
        .layer(watched.layer());
    let address = serve(app).await;
    let url = format!("ws://{address}/chat");
    let (mut socket, response) = tokio_tungstenite::connect_async(url)
        .await
        .expect("upgraded");
    assert_eq!(response.status(), 101);

    let (request, call) = watched.only().await;
    assert_eq!(
        (request.name.as_ref(), call.outcome.error_type()),
        ("GET /chat", None)
    );
    assert_eq!(
        request.attribute("http.response.status_code"),
        Some(&101.into())
    );
    assert!(!request.is_error());

    socket
        .send(tungstenite::Message::text("hello"))
        .await
        .expect("sent");
    let answer = socket.next().await.expect("an answer").expect("a message");
    socket.close(None).await.expect("closed");
    let otel = watched.otel.clone();
    let waiting = tokio::task::spawn_blocking(move || otel.wait_for(2, SOON));
    let session = waiting.await.expect("waited").remove(1);
    assert_eq!(
        (session.name.as_ref(), &session.kind),
        ("chat", &SpanKind::Internal)
    );
    assert_eq!(session.parent_span_id, None, "a trace of its own");
    assert_ne!(session.trace_id, request.trace_id);
    assert_eq!(session.links[0].span_context.span_id(), request.span_id);
    let inside = format!("hello in {}", session.span_id);
    assert_eq!(
        answer.to_text().expect("text"),
        inside,
        "the session runs in its span"
    );
    assert_eq!(watched.calls.started(), 1, "no metric counts it");
}
