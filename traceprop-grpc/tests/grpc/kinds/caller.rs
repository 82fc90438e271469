//! The caller, on tonic's own client side.

use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http::uri::PathAndQuery;
use tonic::body::Body;
use tonic::client::{Grpc, GrpcService};
use tonic::codec::CompressionEncoding;
use tonic::{Request, Status, Streaming};
use tonic_prost::ProstCodec;

use super::{Do, Kind};

/// One answer, or a stream of them that is read by whoever asked.
#[derive(Debug)]
pub(crate) enum Answer {
    One(String),
    Many(Box<Streaming<String>>),
}

impl Answer {
    /// Reads all that comes.
    pub(crate) async fn read(self) -> Result<Vec<String>, Status> {
        match self {
            Self::One(answer) => Ok(vec![answer]),
            Self::Many(mut answers) => {
                let mut all = Vec::new();
                while let Some(answer) = answers.message().await? {
                    all.push(answer);
                }
                Ok(all)
            }
        }
    }
}

/// Asks, and reads all that comes.
pub(crate) async fn call<T>(service: T, kind: Kind, todo: Do) -> Result<Vec<String>, Status>
where
    T: GrpcService<Body>,
    T::ResponseBody: http_body::Body<Data = Bytes> + Send + 'static,
    <T::ResponseBody as http_body::Body>::Error: Into<tonic::codegen::StdError>,
{
    open(service, kind, todo, None).await?.read().await
}

/// Asks, with a timeout of gRPC's own.
pub(crate) async fn open<T>(
    service: T,
    kind: Kind,
    todo: Do,
    timeout: Option<Duration>,
) -> Result<Answer, Status>
where
    T: GrpcService<Body>,
    T::ResponseBody: http_body::Body<Data = Bytes> + Send + 'static,
    <T::ResponseBody as http_body::Body>::Error: Into<tonic::codegen::StdError>,
{
    let mut grpc = Grpc::new(service)
        .accept_compressed(CompressionEncoding::Gzip)
        .send_compressed(CompressionEncoding::Gzip);
    let ready = grpc.ready().await;
    ready.map_err(|error| Status::from_error(error.into()))?;
    let codec = ProstCodec::<String, String>::default();
    let path = PathAndQuery::from_static(kind.path());
    let asked = "a".repeat(2_000);
    Ok(match kind {
        Kind::Unary => {
            let request = told(Request::new(asked), todo, timeout);
            Answer::One(grpc.unary(request, path, codec).await?.into_inner())
        }
        Kind::ClientStreaming => {
            let request = told(
                Request::new(stream::iter([asked.clone(), asked])),
                todo,
                timeout,
            );
            Answer::One(
                grpc.client_streaming(request, path, codec)
                    .await?
                    .into_inner(),
            )
        }
        Kind::ServerStreaming => {
            let request = told(Request::new(asked), todo, timeout);
            Answer::Many(Box::new(
                grpc.server_streaming(request, path, codec)
                    .await?
                    .into_inner(),
            ))
        }
        Kind::Bidirectional => {
            let request = told(
                Request::new(stream::iter([asked.clone(), asked])),
                todo,
                timeout,
            );
            Answer::Many(Box::new(
                grpc.streaming(request, path, codec).await?.into_inner(),
            ))
        }
    })
}

fn told<M>(mut request: Request<M>, todo: Do, timeout: Option<Duration>) -> Request<M> {
    let todo = todo.to_text().parse().expect("ASCII");
    request.metadata_mut().insert("do", todo);
    if let Some(timeout) = timeout {
        request.set_timeout(timeout);
    }
    request
}
