//! Our service: a server layer, and a client with the middleware.

use std::collections::HashMap;
use std::net::SocketAddr;

use axum::Router;
use axum::extract::Query;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::TraceContextExt;
use opentelemetry_sdk::trace::Sampler;
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use tokio::net::TcpListener;
use traceprop_core::testing::TestOtel;
use traceprop_http::ServerLayer;
use traceprop_http::reqwest::TraceMiddleware;

use crate::Fallible;
use crate::format::Format;

/// The service, which speaks one format only.
pub(crate) struct Ours {
    pub(crate) otel: TestOtel,
    pub(crate) client: ClientWithMiddleware,
    address: SocketAddr,
}

impl Ours {
    pub(crate) async fn listen(format: &Format) -> Fallible<Self> {
        let sampler = Sampler::ParentBased(Box::new(Sampler::AlwaysOn));
        let otel = TestOtel::with_builder("ours", |builder| builder.with_sampler(sampler));
        let middleware = TraceMiddleware::new()
            .tracer(otel.tracer())
            .propagator(format.propagator()?);
        let client = ClientBuilder::new(plain()?).with(middleware).build();
        let layer = ServerLayer::new()
            .tracer(otel.tracer())
            .propagator(format.propagator()?);
        let socket = TcpListener::bind("127.0.0.1:0").await?;
        let address = socket.local_addr()?;
        let through = client.clone();
        let routes = Router::new()
            .route("/leaf", get(leaf))
            .route("/chain", get(move |query| chain(through, query)))
            .layer(layer);
        tokio::spawn(async move { axum::serve(socket, routes).await });
        Ok(Self {
            otel,
            client,
            address,
        })
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

/// A client that traces nothing.
pub(crate) fn plain() -> Fallible<reqwest::Client> {
    Ok(reqwest::Client::builder().no_proxy().build()?)
}

/// Says what arrived: `trace-id sampled traceparents tenant vendor`.
async fn leaf(headers: HeaderMap) -> String {
    let context = Context::current();
    let span = context.span();
    let span_context = span.span_context();
    let tenant = context.baggage().get("tenant").map(ToString::to_string);
    format!(
        "{} {} {} {} {}",
        span_context.trace_id(),
        span_context.is_sampled(),
        headers.get_all("traceparent").iter().count(),
        tenant.unwrap_or_default(),
        span_context.trace_state().get("vendor").unwrap_or_default(),
    )
}

/// Calls the URL that it is given.
async fn chain(
    client: ClientWithMiddleware,
    Query(query): Query<HashMap<String, String>>,
) -> Result<String, StatusCode> {
    let url = query.get("url").ok_or(StatusCode::BAD_REQUEST)?;
    let response = client.get(url).send().await;
    let response = response.map_err(|_| StatusCode::BAD_GATEWAY)?;
    response.text().await.map_err(|_| StatusCode::BAD_GATEWAY)
}
