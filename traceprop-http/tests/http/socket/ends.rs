//! When a call ends, over HTTP/1.1.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use futures_util::{StreamExt, stream};
use http::StatusCode;
use http::header::CONTENT_LENGTH;
use http_body::Frame;
use http_body_util::StreamBody;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{connect, exchange, request, serve};
use crate::support::Watched;

type Chunk = Result<Bytes, std::io::Error>;

fn chunks(count: usize) -> impl futures_util::Stream<Item = Chunk> + Send + 'static {
    stream::iter((0..count).map(|_| Ok(Bytes::from_static(b"0123456789"))))
}

fn failing() -> impl futures_util::Stream<Item = Chunk> + Send + 'static {
    chunks(1).chain(stream::iter([Err(std::io::Error::other("the disk"))]))
}

/// Goes on until it is dropped.
fn endless() -> impl futures_util::Stream<Item = Chunk> + Send + 'static {
    stream::unfold((), |()| async {
        tokio::time::sleep(Duration::from_millis(2)).await;
        Some((Ok(Bytes::from_static(b"more")), ()))
    })
}

fn of_length(
    length: usize,
    stream: impl futures_util::Stream<Item = Chunk> + Send + 'static,
) -> Response {
    let body = Body::from_stream(stream);
    Response::builder()
        .header(CONTENT_LENGTH, length)
        .body(body)
        .unwrap()
}

fn with_trailers() -> Response {
    let mut trailers = http::HeaderMap::new();
    trailers.insert("x-sum", http::HeaderValue::from_static("7"));
    let frames = [
        Ok::<_, Infallible>(Frame::data(Bytes::from_static(b"abc"))),
        Ok(Frame::trailers(trailers)),
    ];
    let body = StreamBody::new(stream::iter(frames));
    Response::builder()
        .header("trailer", "x-sum")
        .body(Body::new(body))
        .unwrap()
}

pub(super) async fn handler(Path(what): Path<String>) -> Response {
    match what.as_str() {
        "full" => "a whole body".into_response(),
        "empty" => ().into_response(),
        "chunked" => Body::from_stream(chunks(5)).into_response(),
        "length" => of_length(50, chunks(5)),
        "short" => of_length(51, chunks(5)),
        "trailers" => with_trailers(),
        "nothing" => StatusCode::NO_CONTENT.into_response(),
        "unchanged" => StatusCode::NOT_MODIFIED.into_response(),
        "missing" => (StatusCode::NOT_FOUND, "no such thing").into_response(),
        "broken" => (StatusCode::INTERNAL_SERVER_ERROR, "sorry").into_response(),
        "broken-empty" => StatusCode::BAD_GATEWAY.into_response(),
        "failing" => Body::from_stream(failing()).into_response(),
        "endless" => Body::from_stream(endless()).into_response(),
        "never" => std::future::pending().await,
        "panic" => panic!("a bug in a handler"),
        other => panic!("no such case: {other}"),
    }
}

pub(super) fn app(watched: &Watched) -> Router {
    Router::new()
        .route("/{what}", any(handler))
        .layer(watched.layer())
}

#[tokio::test]
async fn a_response_that_is_read_to_its_end_completes_its_call() {
    #[rustfmt::skip]
    let table = [
        // request                error.type    is it an error
        ("GET",  "/full",         None,         false),
        ("GET",  "/empty",        None,         false),
        ("GET",  "/chunked",      None,         false),
        ("GET",  "/length",       None,         false),
        ("GET",  "/trailers",     None,         false),
        ("GET",  "/nothing",      None,         false),
        ("GET",  "/unchanged",    None,         false),
        ("GET",  "/missing",      None,         false),
        ("POST", "/full",         None,         false),
        ("HEAD", "/full",         None,         false),
        ("HEAD", "/chunked",      None,         false),
        ("HEAD", "/length",       None,         false),
        ("GET",  "/broken",       Some("500"),  true),
        ("HEAD", "/broken",       Some("500"),  true),
        ("GET",  "/broken-empty", Some("502"),  true),
    ];
    for (method, path, error_type, is_error) in table {
        let watched = Watched::new();
        let address = serve(app(&watched)).await;
        let answer = exchange(address, &request(method, path)).await;
        assert!(answer.starts_with("HTTP/1.1 "), "{method} {path}: {answer}");
        let ends = watched.ends().await;
        assert_eq!(
            ends,
            (error_type.map(str::to_owned), is_error),
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn a_body_that_fails_fails_its_call() {
    for path in ["/failing", "/short"] {
        let watched = Watched::new();
        let address = serve(app(&watched)).await;
        exchange(address, &request("GET", path)).await;
        let (error_type, is_error) = watched.ends().await;
        match path {
            "/failing" => assert!(error_type.unwrap().ends_with("Error") && is_error),
            // The stream ends by itself, and well: that it is too short is for hyper to say.
            _ => assert_eq!((error_type, is_error), (None, false)),
        }
    }
}

#[tokio::test]
async fn a_client_that_goes_away_cancels_its_call() {
    for (path, reads_first) in [("/endless", true), ("/never", false)] {
        let watched = Watched::new();
        let address = serve(app(&watched)).await;
        let mut socket = connect(address).await;
        socket
            .write_all(request("GET", path).as_bytes())
            .await
            .expect("sent");
        let mut some = [0; 256];
        if reads_first {
            assert!(socket.read(&mut some).await.expect("an answer") > 0);
        } else {
            while watched.calls.started() == 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
        assert_eq!(watched.calls.in_flight(), 1, "{path}");
        drop(socket);
        let cancelled = Some("cancelled".to_owned());
        assert_eq!(watched.ends().await, (cancelled, false), "{path}");
    }
}

#[tokio::test]
async fn a_panic_is_recorded_and_goes_on() {
    let watched = Watched::new();
    let address = serve(app(&watched)).await;
    let answer = exchange(address, &request("GET", "/panic")).await;
    assert_eq!(answer, "", "the connection is lost, as without the layer");
    assert_eq!(watched.ends().await, (Some("panic".to_owned()), true));
}

#[tokio::test]
async fn a_panic_that_is_caught_outside_is_recorded_and_one_caught_inside_is_a_response() {
    use tower_http::catch_panic::CatchPanicLayer;
    for (outside, error_type) in [(true, "panic"), (false, "500")] {
        let watched = Watched::new();
        let app = Router::new().route("/{what}", any(handler));
        let app = match outside {
            true => app.layer(watched.layer()).layer(CatchPanicLayer::new()),
            false => app.layer(CatchPanicLayer::new()).layer(watched.layer()),
        };
        let address = serve(app).await;
        let answer = exchange(address, &request("GET", "/panic")).await;
        assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
        let (ended, is_error) = watched.ends().await;
        assert_eq!((ended.as_deref(), is_error), (Some(error_type), true));
    }
}

#[tokio::test]
async fn an_interim_response_is_not_the_end() {
    let watched = Watched::new();
    let echo = |body: Bytes| async move { body };
    let app = Router::new()
        .route("/echo", any(echo))
        .layer(watched.layer());
    let address = serve(app).await;
    let mut socket = connect(address).await;
    let head = "POST /echo HTTP/1.1\r\nhost: shop\r\nexpect: 100-continue\r\ncontent-length: 3\r\nconnection: close\r\n\r\n";
    socket.write_all(head.as_bytes()).await.expect("sent");
    let mut some = [0; 256];
    let length = socket.read(&mut some).await.expect("an answer");
    assert!(some[..length].starts_with(b"HTTP/1.1 100 "));
    assert!(watched.otel.spans().is_empty());
    socket.write_all(b"abc").await.expect("sent");
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.ends_with("abc"), "{answer}");
    let (span, _) = watched.only().await;
    assert_eq!(
        span.attribute("http.response.status_code"),
        Some(&200.into())
    );
}

#[tokio::test]
async fn calls_on_one_connection_are_calls_of_their_own() {
    let watched = Watched::new();
    let address = serve(app(&watched)).await;
    let first = "GET /length HTTP/1.1\r\nhost: shop\r\n\r\n";
    let pipelined = [first, first, &request("GET", "/chunked")].concat();
    let answer = exchange(address, &pipelined).await;
    assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), 3, "{answer}");
    let calls = watched.calls.clone();
    let calls = tokio::task::spawn_blocking(move || calls.wait_for(3, super::SOON));
    for call in calls.await.expect("waited") {
        assert_eq!(call.outcome.error_type(), None);
    }
    watched.calls.assert_idle();
}
