//! Servers: what their spans say of a request.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use axum_tracing_opentelemetry::middleware::OtelAxumLayer;
use bytes::Bytes;
use futures_util::FutureExt;
use http::{Request, Response};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Full};
use opentelemetry::Context;
use opentelemetry::Value;
use opentelemetry::trace::{SpanKind, TraceContextExt};
use opentelemetry_instrumentation_tower::http::server::LayerBuilder;
use tower::{Layer, Service};
use tower_otel::trace::HttpLayer;
use traceprop_core::call::{CurrentCall, Scope};
use traceprop_core::propagation::from_names;
use traceprop_http::{ServerLayer, TrustedProxies};
use tracing::Level;

use crate::old;
use crate::table::Library::{AxumTracing, InstrumentationTower, Ours, ReqwestTracing, TowerOtel};
use crate::table::{Library, Row};
use crate::world::{NUMBERS, World};
use tracing_subscriber::filter::LevelFilter;

pub fn rows() -> Vec<Row> {
    vec![
        records_secrets(),
        numbers_are_text(),
        ends_at_the_head(),
        has_no_client(),
        calls_outside(),
    ]
}

/// How long the body takes.
const BODY: Duration = Duration::from_millis(30);

/// A body of one frame, whose end takes its time.
pub struct Slow(Option<Bytes>);

impl Body for Slow {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut TaskContext<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let frame = self.0.take();
        if frame.is_none() {
            std::thread::sleep(BODY);
        }
        Poll::Ready(frame.map(|bytes| Ok(Frame::data(bytes))))
    }
}

/// The handler. What its `call` sees before anything is polled, it answers with.
#[derive(Clone)]
pub struct Inner;

impl<B> Service<Request<B>> for Inner {
    type Response = Response<Slow>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut TaskContext<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<B>) -> Self::Future {
        CurrentCall::set_route("/orders/{id}");
        let span = Context::current().span().span_context().span_id();
        let response = Response::new(Slow(Some(span.to_string().into())));
        std::future::ready(Ok(response))
    }
}

pub fn request() -> Request<Full<Bytes>> {
    let request = Request::get("/orders/7")
        .header("host", "shop.example:8080")
        .header("authorization", "Bearer hush")
        .header("cookie", "session=hush")
        .header("x-forwarded-for", "192.0.2.7");
    request.body(Full::default()).expect("a request")
}

/// Sends a request through a layer, and reads the body to its end; gives the body.
fn through<L, B>(world: &World, layer: impl FnOnce() -> L) -> Bytes
where
    L: Layer<Inner>,
    L::Service: Service<Request<Full<Bytes>>, Response = Response<B>>,
    B: Body<Data = Bytes>,
{
    let read = world.run(|| {
        let mut service = layer().layer(Inner);
        let response = service.call(request()).now_or_never()?.ok()?;
        let body = response.into_body().collect().now_or_never()?.ok()?;
        Some(body.to_bytes())
    });
    read.flatten().unwrap_or_default()
}

pub fn ours(world: &World) -> ServerLayer {
    ServerLayer::new()
        .tracer(world.tracer())
        .propagator(from_names("tracecontext,baggage").expect("known names"))
        .scope(Scope::Off)
}

/// Asks the question of the spans of each server.
fn each(asks: impl Fn(&World, &Bytes) -> bool) -> [(Library, bool); 4] {
    let ask = |drive: &dyn Fn(&World) -> Bytes| {
        let world = World::new();
        let body = drive(&world);
        asks(&world, &body)
    };
    [
        (
            Ours,
            ask(&|world| {
                let layer = ours(world).trusted_proxies(TrustedProxies::x_forwarded(1));
                through(world, || layer)
            }),
        ),
        (
            InstrumentationTower,
            ask(&|world| {
                through(world, || {
                    LayerBuilder::builder().build().expect("its defaults")
                })
            }),
        ),
        (
            AxumTracing,
            ask(&|world| {
                through(world, || {
                    OtelAxumLayer::default().try_extract_client_ip(true)
                })
            }),
        ),
        (
            TowerOtel,
            ask(&|world| through(world, || HttpLayer::server(Level::INFO).trace_body())),
        ),
    ]
}

fn records_secrets() -> Row {
    Row::new(
        "a server's span holds the request's `authorization` and cookies",
        each(|world, _| world.holds("hush")),
    )
}

fn numbers_are_text() -> Row {
    let as_text = |world: &World| {
        let values = NUMBERS.into_iter().flat_map(|key| world.values(key));
        values
            .into_iter()
            .any(|value| matches!(value, Value::String(_)))
    };
    let mut found = each(|world, _| as_text(world)).to_vec();
    found.push((ReqwestTracing, old::send(&[], LevelFilter::TRACE).1));
    Row::new("ports or status codes are recorded as text", found)
}

fn ends_at_the_head() -> Row {
    Row::new(
        "a server's span ends before its response's body does",
        each(|world, _| {
            let spans = world.spans();
            let span = spans.iter().find(|span| span.span_kind == SpanKind::Server);
            span.is_none_or(|span| {
                let duration = span.end_time.duration_since(span.start_time);
                duration.is_ok_and(|duration| duration < BODY)
            })
        }),
    )
}

fn has_no_client() -> Row {
    // The others cannot be asked.
    let asked = [Ours, AxumTracing];
    let found = each(|world, _| {
        let values = world.values("client.address");
        !values.iter().any(|value| value.to_string() == "192.0.2.7")
    });
    Row::new(
        "a server asked for it records no `client.address` behind a proxy",
        found
            .into_iter()
            .filter(|(library, _)| asked.contains(library)),
    )
}

fn calls_outside() -> Row {
    Row::new(
        "what a service does in `call`, before its future, is outside of the trace",
        each(|world, body| {
            let spans = world.spans();
            let span = spans.iter().find(|span| span.span_kind == SpanKind::Server);
            span.is_none_or(|span| span.span_context.span_id().to_string().as_bytes() != &body[..])
        }),
    )
}
