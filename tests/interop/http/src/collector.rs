//! A collector for the peer's spans: OTLP over HTTP, in memory.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::routing::post;
use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::{Span, span::SpanKind};
use prost::Message;
use tokio::net::TcpListener;

use crate::Fallible;

/// How long a peer may keep its spans to itself.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a peer says about one span of its own.
#[derive(Clone, Debug)]
pub(crate) struct Theirs {
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
    pub(crate) parent: Option<SpanId>,
    pub(crate) kind: SpanKind,
}

#[derive(Clone)]
pub(crate) struct Collector {
    address: SocketAddr,
    spans: Arc<Mutex<Vec<Theirs>>>,
}

impl Collector {
    pub(crate) async fn listen() -> Fallible<Self> {
        let socket = TcpListener::bind("127.0.0.1:0").await?;
        let this = Self {
            address: socket.local_addr()?,
            spans: Arc::default(),
        };
        let collector = this.clone();
        let receive = move |body: Bytes| async move { collector.receive(body) };
        let routes = Router::new().route("/v1/traces", post(receive));
        tokio::spawn(async move { axum::serve(socket, routes).await });
        Ok(this)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The spans of one trace, once there are so many of them.
    pub(crate) async fn spans(&self, trace_id: TraceId, count: usize) -> Fallible<Vec<Theirs>> {
        let mut spans = Vec::new();
        for _ in 0..PATIENCE.as_millis() / 20 {
            spans = self.all();
            spans.retain(|span| span.trace_id == trace_id);
            if spans.len() >= count {
                return Ok(spans);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let seen = spans.len();
        Err(format!("the peer sent {seen} of {count} spans of the trace {trace_id}").into())
    }

    pub(crate) fn all(&self) -> Vec<Theirs> {
        let spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
        spans.clone()
    }

    fn receive(&self, body: Bytes) -> StatusCode {
        let Ok(request) = ExportTraceServiceRequest::decode(body) else {
            return StatusCode::BAD_REQUEST;
        };
        let scopes = request
            .resource_spans
            .into_iter()
            .flat_map(|of| of.scope_spans);
        let spans = scopes.flat_map(|of| of.spans).filter_map(read);
        let mut all = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
        all.extend(spans);
        StatusCode::OK
    }
}

fn read(span: Span) -> Option<Theirs> {
    let id = |bytes: &[u8]| bytes.try_into().ok().map(SpanId::from_bytes);
    Some(Theirs {
        trace_id: TraceId::from_bytes(span.trace_id.as_slice().try_into().ok()?),
        span_id: id(&span.span_id)?,
        parent: id(&span.parent_span_id),
        kind: span.kind(),
    })
}
