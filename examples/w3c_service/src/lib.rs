//! The service under test of the W3C trace-context harness: it is told by `POST /test` whom to call,
//! and calls them, one after the other.
//!
//! Nothing here knows of `traceparent` or `tracestate`: [`ServerLayer`] reads them, [`ClientLayer`]
//! writes them.
#![forbid(unsafe_code)]

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Request, StatusCode, Uri, header};
use axum::routing::post;
use axum::{Json, Router};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;
use serde_json::Value;
use tokio::time::timeout;
use tower::{Layer, ServiceExt};
use traceprop_http::{ClientLayer, ServerLayer, client};

/// How long one call may take: as long as the harness waits for all of them.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a call failed with: the answer's status, and its text.
type Failure = (StatusCode, String);

/// The client of all requests: it starts a span for each call, and writes its context.
type Calls = client::Client<Client<HttpConnector, Full<Bytes>>>;

/// One call to make.
#[derive(Debug, Deserialize)]
struct Call {
    url: String,
    /// Handed on as the body, as it is.
    arguments: Vec<Value>,
}

/// The service: its one route, traced by `server`, with calls that are traced by `client`.
///
/// ```
/// use traceprop_http::{ClientLayer, ServerLayer};
///
/// let app = w3c_service::app(ServerLayer::new(), &ClientLayer::new());
/// # let _: axum::Router = app;
/// ```
pub fn app(server: ServerLayer, client: &ClientLayer) -> Router {
    let calls = client.layer(Client::builder(TokioExecutor::new()).build_http());
    Router::new()
        .route("/test", post(test))
        .with_state(calls)
        .layer(server)
}

/// Makes the calls in their order. Each is over before the next one, and all are before the answer.
async fn test(State(calls): State<Calls>, Json(list): Json<Vec<Call>>) -> Result<(), Failure> {
    for call in list {
        make(&calls, call).await?;
    }
    Ok(())
}

async fn make(calls: &Calls, call: Call) -> Result<(), Failure> {
    let url: Uri = call
        .url
        .parse()
        .map_err(|error| (StatusCode::BAD_REQUEST, format!("no URL: {error}\n")))?;
    let request = Request::post(url)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Full::from(Value::from(call.arguments).to_string()))
        .map_err(|error| (StatusCode::BAD_REQUEST, format!("no request: {error}\n")))?;
    let answered = async {
        let response = calls.clone().oneshot(request).await?;
        // Read to its end, so that the connection is free again.
        Body::new(response.into_body()).collect().await?;
        Ok::<_, axum::BoxError>(())
    };
    match timeout(PATIENCE, answered).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err((StatusCode::BAD_GATEWAY, format!("{error}\n"))),
        Err(_) => Err((
            StatusCode::GATEWAY_TIMEOUT,
            format!("no answer in {PATIENCE:?}\n"),
        )),
    }
}
