//! gRPC clients, whose status comes with the trailers.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::FutureExt;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Full};
use opentelemetry::trace::{SpanKind, Status};
use tonic_tracing_opentelemetry::middleware::client::OtelGrpcLayer;
use tower::{Layer, Service};
use tower_otel::trace::GrpcLayer;
use traceprop_grpc::ClientLayer;
use tracing::Level;

use crate::table::Library::{Ours, TonicTracing, TowerOtel};
use crate::table::Row;
use crate::world::World;

/// `NOT_FOUND`.
const CODE: HeaderValue = HeaderValue::from_static("5");

/// Where the status stands.
#[derive(Clone, Copy)]
enum Place {
    Trailers,
    Headers,
}

pub fn rows() -> Vec<Row> {
    vec![Row::new(
        "a gRPC call that ends with `NOT_FOUND` is no error on the client's span",
        [
            (
                Ours,
                is_no_error(|world| ClientLayer::new().tracer(world.tracer())),
            ),
            (TonicTracing, is_no_error(|_| OtelGrpcLayer)),
            (TowerOtel, is_no_error(|_| GrpcLayer::client(Level::INFO))),
        ],
    )]
}

#[derive(Default)]
pub struct Message {
    trailers: Option<HeaderMap>,
}

impl Body for Message {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(
            self.trailers
                .take()
                .map(|trailers| Ok(Frame::trailers(trailers))),
        )
    }
}

#[derive(Clone)]
pub struct Inner(Place);

impl<B> Service<Request<B>> for Inner {
    type Response = Response<Message>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<B>) -> Self::Future {
        let mut response = Response::new(Message::default());
        match self.0 {
            Place::Headers => drop(response.headers_mut().insert("grpc-status", CODE)),
            Place::Trailers => {
                let trailers =
                    HeaderMap::from_iter([("grpc-status".parse().expect("a name"), CODE)]);
                response.body_mut().trailers = Some(trailers);
            }
        }
        std::future::ready(Ok(response))
    }
}

/// Whether the status is missed in either place.
fn is_no_error<L, B>(layer: impl Fn(&World) -> L) -> bool
where
    L: Layer<Inner>,
    L::Service: Service<Request<Full<Bytes>>, Response = Response<B>>,
    B: Body,
{
    let misses = |place| {
        let world = World::new();
        let mut client = layer(&world).layer(Inner(place));
        let request = Request::post("http://payments.internal:50051/payments.Payments/Verify")
            .header("content-type", "application/grpc")
            .body(Full::default())
            .expect("a request");
        world.run(|| {
            let response = client.call(request).now_or_never()?.ok()?;
            response
                .into_body()
                .collect()
                .now_or_never()?
                .ok()
                .map(drop)
        });
        let spans = world.spans();
        let span = spans.iter().find(|span| span.span_kind == SpanKind::Client);
        !span.is_some_and(|span| matches!(span.status, Status::Error { .. }))
    };
    misses(Place::Headers) || misses(Place::Trailers)
}
