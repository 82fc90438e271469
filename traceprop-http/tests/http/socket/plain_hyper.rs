//! The layer over hyper alone, without a framework: the route is a function's.

use std::convert::Infallible;
use std::net::SocketAddr;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tower::Layer;
use traceprop_http::{RequestHead, ServerLayer};

use super::{exchange, request};
use crate::support::Watched;

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (status, text) = match (request.method(), request.uri().path()) {
        (&Method::GET, path) if path.starts_with("/orders/") => (StatusCode::OK, "one order"),
        _ => (StatusCode::NOT_FOUND, "nothing"),
    };
    let body = Full::new(Bytes::from_static(text.as_bytes()));
    Ok(Response::builder().status(status).body(body).unwrap())
}

fn route(head: &RequestHead<'_>) -> Option<std::sync::Arc<str>> {
    let is_order = head.uri.path().strip_prefix("/orders/").is_some();
    is_order.then(|| "/orders/{id}".into())
}

/// Serves one connection after the other; who accepts them says who the peer is.
async fn serve(layer: ServerLayer) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        loop {
            let (socket, peer) = listener.accept().await.expect("a connection");
            let layer = layer.clone().peer(move |_| Some(peer));
            let service = TowerToHyperService::new(layer.layer(tower::service_fn(answer)));
            let connection = http1::Builder::new().serve_connection(TokioIo::new(socket), service);
            tokio::spawn(connection);
        }
    });
    address
}

#[tokio::test]
async fn a_route_function_names_the_call() {
    for (path, name, status) in [("/orders/7", "GET /orders/{id}", 200), ("/x", "GET", 404)] {
        let watched = Watched::new();
        let address = serve(watched.layer().route(route)).await;
        let text = exchange(address, &request("GET", path)).await;
        assert!(text.starts_with(&format!("HTTP/1.1 {status} ")), "{text}");
        let (span, call) = watched.only().await;
        assert_eq!(
            (span.name.as_ref(), call.outcome.error_type()),
            (name, None)
        );
        assert_eq!(
            span.attribute("http.response.status_code"),
            Some(&status.into())
        );
        assert_eq!(span.attribute("client.address"), Some(&"127.0.0.1".into()));
    }
}
