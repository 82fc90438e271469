//! A server on a socket, which can be killed with all of its connections.

use std::net::SocketAddr;

use http::Request;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tonic::body::Body;
use tonic::transport::server::{Router, TcpIncoming};
use tower::{Layer, Service};

/// Killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    runtime: Option<Runtime>,
}

impl Running {
    /// Serves on a port of its own, in a runtime of its own.
    pub(crate) fn start<L, B>(router: Router<L>) -> Self
    where
        L: Layer<tonic::service::Routes> + Clone + Send + 'static,
        L::Service: Service<Request<Body>, Response = http::Response<B>> + Clone + Send + 'static,
        <L::Service as Service<Request<Body>>>::Future: Send,
        <L::Service as Service<Request<Body>>>::Error:
            Into<Box<dyn std::error::Error + Send + Sync>> + Send,
        B: http_body::Body<Data = bytes::Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        listener.set_nonblocking(true).unwrap();
        let listener = {
            let _inside = runtime.enter();
            TcpListener::from_std(listener).unwrap()
        };
        runtime.spawn(router.serve_with_incoming(TcpIncoming::from(listener)));
        Self {
            address,
            runtime: Some(runtime),
        }
    }

    /// Ends everything at once.
    pub(crate) fn kill(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}
