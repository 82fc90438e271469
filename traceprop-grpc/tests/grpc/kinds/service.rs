//! The service, on tonic's own server side.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use http::HeaderMap;
use http_body::Frame;
use http_body_util::StreamBody;
use tonic::body::Body;
use tonic::codec::CompressionEncoding;
use tonic::server::{Grpc, NamedService};
use tonic::{Code, Request, Response, Status, Streaming};
use tonic_prost::ProstCodec;
use tower::{Service, service_fn};

use super::Do;

type Messages = Pin<Box<dyn Stream<Item = Result<String, Status>> + Send>>;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Kinds;

impl NamedService for Kinds {
    const NAME: &'static str = "test.Kinds";
}

impl Service<http::Request<Body>> for Kinds {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<http::Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let todo = request.headers().get("do").map_or(Do::Answer, |todo| {
            Do::of_text(todo.to_str().expect("a word"))
        });
        Box::pin(async move { Ok(answer(todo, request).await) })
    }
}

async fn answer(todo: Do, request: http::Request<Body>) -> http::Response<Body> {
    if let Some(raw) = raw(todo) {
        return raw;
    }
    let mut grpc = Grpc::new(ProstCodec::<String, String>::default())
        .accept_compressed(CompressionEncoding::Gzip)
        .send_compressed(CompressionEncoding::Gzip);
    match request.uri().path() {
        "/test.Kinds/Unary" => {
            let unary = service_fn(move |request: Request<String>| one(todo, request.into_inner()));
            grpc.unary(unary, request).await
        }
        "/test.Kinds/ClientStreaming" => {
            let join = service_fn(move |request: Request<Streaming<String>>| async move {
                if let Do::FailAtOnce(code) = todo {
                    return Err(Status::new(code, "at once"));
                }
                let mut asked = request.into_inner();
                let mut all = Vec::new();
                while let Some(message) = asked.message().await? {
                    all.push(message);
                }
                one(todo, all.join("+")).await
            });
            grpc.client_streaming(join, request).await
        }
        "/test.Kinds/ServerStreaming" => {
            let many = service_fn(move |request: Request<String>| async move {
                let asked = request.into_inner();
                many(todo, stream::iter([Ok(asked.clone()), Ok(asked)])).await
            });
            grpc.server_streaming(many, request).await
        }
        "/test.Kinds/Bidirectional" => {
            let echo = service_fn(move |request: Request<Streaming<String>>| {
                many(todo, request.into_inner())
            });
            grpc.streaming(echo, request).await
        }
        // As generated code answers.
        _ => {
            let mut response = http::Response::new(Body::default());
            let headers = response.headers_mut();
            headers.insert("grpc-status", i32::from(Code::Unimplemented).into());
            headers.insert(
                "content-type",
                http::HeaderValue::from_static("application/grpc"),
            );
            response
        }
    }
}

async fn one(todo: Do, asked: String) -> Result<Response<String>, Status> {
    match todo {
        Do::Answer => Ok(Response::new(asked)),
        Do::Fail(code) | Do::FailAtOnce(code) => Err(Status::new(code, "as told")),
        Do::Hang | Do::Stall => std::future::pending().await,
        Do::Panic => panic!("as told"),
        other => unreachable!("{other:?} is not for handlers"),
    }
}

async fn many(
    todo: Do,
    asked: impl Stream<Item = Result<String, Status>> + Send + 'static,
) -> Result<Response<Messages>, Status> {
    let answers: Messages = match todo {
        Do::Answer => Box::pin(asked),
        Do::Fail(code) => {
            let failure = stream::iter([Err(Status::new(code, "as told"))]);
            Box::pin(asked.take(1).chain(failure))
        }
        Do::FailAtOnce(code) => return Err(Status::new(code, "at once")),
        Do::Hang => std::future::pending().await,
        Do::Stall => Box::pin(asked.take(1).chain(stream::pending())),
        Do::Panic => panic!("as told"),
        other => unreachable!("{other:?} is not for handlers"),
    };
    Ok(Response::new(answers))
}

/// What no handler of tonic's can do.
fn raw(todo: Do) -> Option<http::Response<Body>> {
    let message = Ok(Frame::data(Bytes::from_static(&[0; 5])));
    let last = match todo {
        Do::FailAfterMessage(code) => {
            let mut trailers = HeaderMap::new();
            trailers.insert("grpc-status", i32::from(code).into());
            Some(Ok(Frame::trailers(trailers)))
        }
        Do::Reset => Some(Err(Status::data_loss("a disk is broken"))),
        Do::EndWithoutStatus => None,
        _ => return None,
    };
    let frames = stream::iter([message].into_iter().chain(last));
    let mut response = http::Response::new(Body::new(StreamBody::new(frames)));
    let grpc = http::HeaderValue::from_static("application/grpc");
    response.headers_mut().insert("content-type", grpc);
    Some(response)
}
