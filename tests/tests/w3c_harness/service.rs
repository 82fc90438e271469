//! The service under test, and requests to it, byte by byte.

use std::fmt::Write;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use traceprop_core::testing::TestOtel;
use traceprop_http::ClientLayer;
use traceprop_tests::server_layer;

/// Starts the service, and returns its address.
pub(crate) async fn start(otel: &TestOtel) -> String {
    let app = w3c_service::app(
        server_layer(otel),
        &ClientLayer::new().tracer(otel.tracer()),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

/// Sends `POST /test` with these header lines as they are, and returns the answer's status line.
pub(crate) async fn post(address: &str, headers: &[(String, String)], body: &str) -> String {
    let mut request = format!(
        "POST /test HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        write!(request, "{name}: {value}\r\n").expect("a string takes all");
    }
    request.push_str("\r\n");
    request.push_str(body);
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .await
        .expect("an answer in text");
    answer.lines().next().unwrap_or_default().to_owned()
}
