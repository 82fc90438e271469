//! Clients: what leaves with a request.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::FutureExt;
use http::{HeaderMap, Request, Response};
use http_body_util::Full;
use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TraceContextExt;
use opentelemetry_http::HeaderInjector;
use reqwest_middleware::ClientBuilder;
use tower::{Layer, Service};
use tower_otel::trace::HttpLayer;
use traceprop_core::propagation::from_names;
use traceprop_http::reqwest::TraceMiddleware;
use traceprop_http::{ClientLayer, HeaderExtractor};
use tracing::Level;
use tracing_subscriber::filter::LevelFilter;

use crate::old;
use crate::table::Library::{self, OpenTelemetry, Ours, ReqwestTracing, TowerOtel};
use crate::table::Row;
use crate::world::{World, propagator};

const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// A property of baggage that decodes to a line feed.
const HOSTILE: &str = "a=b;p=one%0Atwo";

pub fn rows() -> Vec<Row> {
    vec![
        panics(),
        loses_baggage(),
        is_disabled(),
        is_of_another_version(),
    ]
}

/// The headers that reach a server behind a layer; `None` where the client panics.
fn through<L>(world: &World, caller: &Context, layer: L) -> Option<HeaderMap>
where
    L: Layer<Inner>,
    L::Service: Service<Request<Full<Bytes>>>,
{
    let seen = Arc::new(Mutex::new(HeaderMap::new()));
    let mut client = layer.layer(Inner(Arc::clone(&seen)));
    let request = Request::get("http://orders.internal:8080/orders/7");
    let request = request.body(Full::default()).expect("a request");
    world.run(|| {
        let _guard = caller.clone().attach();
        drop(client.call(request).now_or_never());
    })?;
    let headers = seen.lock().expect("not poisoned").clone();
    Some(headers)
}

/// The server.
#[derive(Clone)]
struct Inner(Arc<Mutex<HeaderMap>>);

impl Service<Request<Full<Bytes>>> for Inner {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(
        &mut self,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), Infallible>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Full<Bytes>>) -> Self::Future {
        *self.0.lock().expect("not poisoned") = request.headers().clone();
        std::future::ready(Ok(Response::new(Full::default())))
    }
}

fn ours(world: &World) -> ClientLayer {
    let propagator = from_names("tracecontext,baggage").expect("known names");
    ClientLayer::new()
        .tracer(world.tracer())
        .propagator(propagator)
}

/// The context that came in with a hostile `baggage`, as the propagator reads it.
fn hostile(propagator: &dyn TextMapPropagator) -> Context {
    let mut headers = HeaderMap::new();
    headers.insert("traceparent", TRACEPARENT.parse().expect("a value"));
    headers.insert("baggage", HOSTILE.parse().expect("a value"));
    propagator.extract_with_context(&Context::new(), &HeaderExtractor::new(&headers))
}

/// What leaves ours through reqwest, after the hostile header came in.
fn ours_through_reqwest(world: &World) -> Option<HeaderMap> {
    let propagator = || from_names("tracecontext,baggage").expect("known names");
    let answer = old::Answer::default();
    let layer = TraceMiddleware::new()
        .tracer(world.tracer())
        .propagator(propagator());
    world.run(|| {
        let _guard = hostile(&propagator()).attach();
        let client = ClientBuilder::new(reqwest::Client::new())
            .with(layer)
            .with(answer.clone())
            .build();
        let sent = client.get("http://orders.internal:8080/orders/7").send();
        drop(sent.now_or_never());
    })?;
    let headers = answer.0.lock().expect("not poisoned").clone();
    Some(headers)
}

fn has_baggage(headers: &Option<HeaderMap>) -> bool {
    let baggage = headers.as_ref().and_then(|headers| headers.get("baggage"));
    baggage.is_some_and(|value| value.to_str().is_ok_and(|value| value.starts_with("a=b")))
}

fn panics() -> Row {
    let world = World::new();
    let inbound = [("traceparent", TRACEPARENT), ("baggage", HOSTILE)];
    let theirs = |layer| through(&world, &hostile(&propagator()), layer).is_none();
    Row::new(
        "a stranger's `baggage` panics the client that passes it on",
        [
            (Ours, ours_through_reqwest(&world).is_none()),
            (
                ReqwestTracing,
                old::send(&inbound, LevelFilter::TRACE).0.is_none(),
            ),
            (TowerOtel, theirs(HttpLayer::client(Level::INFO))),
        ],
    )
}

fn loses_baggage() -> Row {
    let world = World::new();
    let inbound = [("traceparent", TRACEPARENT), ("baggage", HOSTILE)];
    let theirs = through(
        &world,
        &hostile(&propagator()),
        HttpLayer::client(Level::INFO),
    );
    let mut headers = HeaderMap::new();
    propagator().inject_context(&hostile(&propagator()), &mut HeaderInjector(&mut headers));
    Row::new(
        "one bad property in a `baggage` that came in, and no baggage leaves",
        [
            (Ours, !has_baggage(&ours_through_reqwest(&world))),
            (OpenTelemetry, !has_baggage(&Some(headers))),
            (
                ReqwestTracing,
                !has_baggage(&old::send(&inbound, LevelFilter::TRACE).0),
            ),
            (TowerOtel, !has_baggage(&theirs)),
        ],
    )
}

/// Whether the context left, with the trace of the caller.
fn is_lost(headers: Option<HeaderMap>, caller: &Context) -> bool {
    let trace_id = caller.span().span_context().trace_id().to_string();
    let value = headers.and_then(|headers| headers.get("traceparent").cloned());
    value.is_none_or(|value| !value.to_str().is_ok_and(|value| value.contains(&trace_id)))
}

fn is_disabled() -> Row {
    let theirs = || {
        let world = World::with_level(LevelFilter::WARN);
        let caller = world.caller();
        is_lost(
            through(&world, &caller, HttpLayer::client(Level::INFO)),
            &caller,
        )
    };
    let ours = || {
        let world = World::with_level(LevelFilter::WARN);
        let caller = world.caller();
        is_lost(through(&world, &caller, ours(&world)), &caller)
    };
    let inbound = [("traceparent", TRACEPARENT)];
    let old = old::send(&inbound, LevelFilter::WARN).0;
    let old = old.is_none_or(|headers| !headers.contains_key("traceparent"));
    Row::new(
        "`RUST_LOG=warn`, and no trace context leaves the client",
        [(Ours, ours()), (ReqwestTracing, old), (TowerOtel, theirs())],
    )
}

/// The application is on the current OpenTelemetry: its context is of that version.
fn is_of_another_version() -> Row {
    let world = World::new();
    let caller = world.caller();
    let _guard = caller.clone().attach();
    let old = old::send(&[], LevelFilter::TRACE).0;
    let theirs = through(&world, &caller, HttpLayer::client(Level::INFO));
    let ours = through(&world, &caller, ours(&world));
    let found: [(Library, bool); 3] = [
        (Ours, is_lost(ours, &caller)),
        (ReqwestTracing, is_lost(old, &caller)),
        (TowerOtel, is_lost(theirs, &caller)),
    ];
    Row::new(
        "with OpenTelemetry 0.33 no trace context leaves the client",
        found,
    )
}
