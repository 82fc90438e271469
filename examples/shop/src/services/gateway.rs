//! The entrance: HTTP in through the tower layer, HTTP out through the reqwest middleware.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, RequestBuilder};
use traceprop_core::call::Recorder;
use traceprop_core::span::SpanExt;
use traceprop_http::ServerLayer;
use traceprop_http::reqwest::TraceMiddleware;

use super::server;
use super::stop::Stop;
use crate::cli::GatewayArgs;
use crate::error::Result;
use crate::messages::{NewOrder, TRACE_ID_HEADER};

const TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Clone, Debug)]
struct Gateway {
    client: ClientWithMiddleware,
    orders: String,
}

pub(super) async fn run(args: GatewayArgs, recorder: Arc<dyn Recorder>, stop: Stop) -> Result<()> {
    let listener = server::listen(args.listen).await?;
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(TIMEOUT)
        .build()?;
    let gateway = Gateway {
        client: ClientBuilder::new(client)
            .with(TraceMiddleware::new().recorder(recorder.clone()))
            .build(),
        orders: format!("http://{}/orders", args.orders),
    };
    let app = Router::new()
        .route("/orders", post(place))
        .route("/orders/{id}", get(look))
        .layer(ServerLayer::new().recorder(recorder))
        .with_state(gateway);
    server::serve_http(listener, app, stop).await
}

async fn place(
    State(gateway): State<Gateway>,
    axum::Json(order): axum::Json<NewOrder>,
) -> Response {
    tracing::info!(
        item = order.item,
        quantity = order.quantity,
        "an order came in"
    );
    relay(gateway.client.post(&gateway.orders).json(&order)).await
}

async fn look(State(gateway): State<Gateway>, Path(id): Path<i64>) -> Response {
    relay(gateway.client.get(format!("{}/{id}", gateway.orders))).await
}

/// Passes the answer of orders on, and tells the client which trace this is.
async fn relay(request: RequestBuilder) -> Response {
    let mut response = match answer(request).await {
        Ok(response) => response,
        Err(error) => {
            Context::current().record_error(&error);
            (StatusCode::BAD_GATEWAY, "orders did not answer").into_response()
        }
    };
    let trace_id = Context::map_current(|context| context.span().span_context().trace_id());
    if let Ok(value) = HeaderValue::try_from(trace_id.to_string()) {
        response.headers_mut().insert(TRACE_ID_HEADER, value);
    }
    response
}

async fn answer(request: RequestBuilder) -> Result<Response, reqwest_middleware::Error> {
    let answer = request.send().await?;
    let status = answer.status();
    let content_type = answer.headers().get(header::CONTENT_TYPE).cloned();
    let mut response = (status, answer.bytes().await?).into_response();
    if let Some(content_type) = content_type {
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, content_type);
    }
    Ok(response)
}
