//! When a call ends, over HTTP/2.

use axum::body::Body;
use http::{Method, Request, Response, Version};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};

use super::ends::app;
use super::{connect, serve};
use crate::support::{Watched, read};

async fn client(watched: &Watched) -> SendRequest<Body> {
    let address = serve(app(watched)).await;
    let io = TokioIo::new(connect(address).await);
    let (client, connection) = http2::handshake(TokioExecutor::new(), io)
        .await
        .expect("HTTP/2");
    tokio::spawn(connection);
    client
}

async fn send(
    client: &mut SendRequest<Body>,
    method: Method,
    path: &str,
) -> hyper::Result<Response<Incoming>> {
    let request = Request::builder()
        .method(method)
        .uri(format!("http://shop.example:81{path}"))
        .version(Version::HTTP_2)
        .body(Body::empty())
        .unwrap();
    client.ready().await.expect("ready");
    client.send_request(request).await
}

#[tokio::test]
async fn a_response_that_is_read_to_its_end_completes_its_call() {
    #[rustfmt::skip]
    let table = [
        // request                 error.type    is it an error
        (Method::GET,  "/full",     None,        false),
        (Method::GET,  "/empty",    None,        false),
        (Method::GET,  "/chunked",  None,        false),
        (Method::GET,  "/length",   None,        false),
        (Method::GET,  "/trailers", None,        false),
        (Method::GET,  "/nothing",  None,        false),
        (Method::HEAD, "/chunked",  None,        false),
        (Method::GET,  "/broken",   Some("500"), true),
    ];
    for (method, path, error_type, is_error) in table {
        let watched = Watched::new();
        let mut client = client(&watched).await;
        let response = send(&mut client, method.clone(), path)
            .await
            .expect("an answer");
        assert!(read(response.into_body()).await, "{method} {path}");
        let (span, call) = watched.only().await;
        assert_eq!(call.outcome.error_type(), error_type, "{method} {path}");
        assert_eq!(span.is_error(), is_error, "{method} {path}");
        assert_eq!(
            span.attribute("network.protocol.version"),
            Some(&"2".into())
        );
        assert_eq!(
            span.attribute("server.address"),
            Some(&"shop.example".into())
        );
        assert_eq!(span.attribute("server.port"), Some(&81.into()));
    }
}

#[tokio::test]
async fn a_stream_that_is_reset_cancels_its_call_alone() {
    let watched = Watched::new();
    let mut client = client(&watched).await;
    let response = send(&mut client, Method::GET, "/endless")
        .await
        .expect("an answer");
    let mut body = response.into_body();
    assert!(body.frame().await.is_some());
    drop(body);
    assert_eq!(watched.ends().await, (Some("cancelled".to_owned()), false));

    let response = send(&mut client, Method::GET, "/full")
        .await
        .expect("the connection goes on");
    assert!(read(response.into_body()).await);
}

#[tokio::test]
async fn a_panic_resets_its_stream() {
    let watched = Watched::new();
    let mut client = client(&watched).await;
    assert!(send(&mut client, Method::GET, "/panic").await.is_err());
    assert_eq!(watched.ends().await, (Some("panic".to_owned()), true));
}
