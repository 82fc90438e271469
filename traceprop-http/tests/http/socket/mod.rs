//! The server layer over real sockets, with axum and with plain hyper.

mod attributes;
mod browsers;
mod ends;
mod http2;
mod plain_hyper;
mod streams;
mod websocket;

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use traceprop_core::testing::RecordedCall;
use traceprop_core::tree::Span;

use crate::support::Watched;

/// Long enough for a slow machine; nothing waits for it unless it fails.
pub(super) const SOON: Duration = Duration::from_secs(10);

/// Serves the router on a port of its own, and tells each request its peer.
pub(super) async fn serve(app: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

pub(super) async fn connect(address: SocketAddr) -> TcpStream {
    TcpStream::connect(address).await.expect("a connection")
}

/// Sends a request as it stands, and reads until the server closes the connection.
pub(super) async fn exchange(address: SocketAddr, request: &str) -> String {
    let mut socket = connect(address).await;
    let sent = socket.write_all(request.as_bytes()).await;
    sent.expect("sent");
    let mut answer = Vec::new();
    let _ = socket.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// A request for `path` on a connection that closes after it.
pub(super) fn request(method: &str, path: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nhost: shop.example:81\r\nconnection: close\r\n\r\n")
}

impl Watched {
    /// Waits for the only call; gives its span and what the recorder was told.
    pub(super) async fn only(&self) -> (Span, RecordedCall) {
        let (otel, calls) = (self.otel.clone(), self.calls.clone());
        let waiting =
            tokio::task::spawn_blocking(move || (otel.wait_for(1, SOON), calls.wait_for(1, SOON)));
        let (mut spans, mut calls) = waiting.await.expect("waited");
        // Whatever would be one too many has time to come.
        tokio::time::sleep(Duration::from_millis(5)).await;
        assert_eq!(self.otel.spans().len(), 1, "one span");
        self.calls.assert_idle();
        let (span, call) = (spans.remove(0), calls.remove(0));
        assert_eq!(call.duration, span.duration(), "from the same instants");
        (span, call)
    }

    /// How the only call ended: `None` where it completed, else its `error.type`; and whether that is
    /// an error.
    pub(super) async fn ends(&self) -> (Option<String>, bool) {
        let (span, call) = self.only().await;
        let error_type = call.outcome.error_type().map(str::to_owned);
        let on_span = span.attribute("error.type").map(ToString::to_string);
        assert_eq!(error_type, on_span, "the span and the metrics agree");
        (error_type, span.is_error())
    }
}
