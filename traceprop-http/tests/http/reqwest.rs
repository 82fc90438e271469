//! The middleware, over a real socket.

use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use traceprop_http::reqwest::TraceMiddleware;

use crate::support::Watched;

fn client(watched: &Watched) -> ClientWithMiddleware {
    let middleware = TraceMiddleware::new()
        .tracer(watched.otel.tracer())
        .recorder(watched.recorder());
    let client = reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client");
    ClientBuilder::new(client).with(middleware).build()
}

/// Answers one request with `response`; gives the head that arrived.
async fn serve(response: &'static str) -> (u16, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let head = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.expect("a connection");
        let mut head = vec![0; 4096];
        let length = socket.read(&mut head).await.expect("a request");
        socket
            .write_all(response.as_bytes())
            .await
            .expect("answered");
        String::from_utf8_lossy(&head[..length]).into_owned()
    });
    (port, head)
}

#[tokio::test]
async fn the_context_leaves_with_the_request() {
    let watched = Watched::new();
    let (port, head) = serve("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n").await;
    let url = format!("http://user:pass@127.0.0.1:{port}/orders?token=secret");
    let sent = client(&watched)
        .get(url)
        .header("traceparent", "stale")
        .send()
        .await;
    assert_eq!(sent.expect("an answer").status(), 404);

    let span = watched.otel.spans().remove(0);
    let traceparent = format!("traceparent: 00-{}-{}-03\r\n", span.trace_id, span.span_id);
    let head = head.await.expect("served");
    assert!(
        head.contains(&traceparent) && !head.contains("stale"),
        "{head}"
    );
    assert_eq!(watched.ended().as_deref(), Some("404"));
    let url = format!("http://127.0.0.1:{port}/orders");
    assert_eq!(span.attribute("url.full"), Some(&url.into()));
    assert_eq!(span.attribute("server.port"), Some(&i64::from(port).into()));
}

#[tokio::test]
async fn a_refused_connection_is_named_by_its_kind() {
    let watched = Watched::new();
    let (port, head) = serve("").await;
    head.abort();
    let _ = head.await;
    let sent = client(&watched)
        .get(format!("http://127.0.0.1:{port}/"))
        .send()
        .await;
    assert!(sent.is_err());
    assert_eq!(watched.ended().as_deref(), Some("connection"));
    assert!(watched.otel.spans()[0].is_error());
}
