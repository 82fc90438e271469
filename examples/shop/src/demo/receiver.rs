//! The embedded OTLP receiver: gRPC, on a free port of the loopback interface.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

use super::otlp;
use super::spans_file::SpansFile;
use super::store::Store;
use crate::error::{Explain, Result};

/// Receives spans until it is dropped.
#[derive(Debug)]
pub(super) struct Receiver {
    address: SocketAddr,
    ingest: Ingest,
    server: JoinHandle<()>,
}

#[derive(Clone, Debug)]
struct Ingest {
    store: Arc<Store>,
    file: Option<Arc<SpansFile>>,
    refused: Arc<AtomicUsize>,
}

impl Receiver {
    /// Starts to receive; `file` is where `--spans` wants the export requests written.
    pub(super) async fn start(file: Option<&Path>) -> Result<Self> {
        let file = file.map(SpansFile::create).transpose()?.map(Arc::new);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .explain(|| "the OTLP receiver finds no free port".to_owned())?;
        let address = listener.local_addr()?;
        let ingest = Ingest {
            store: Arc::default(),
            file,
            refused: Arc::default(),
        };
        let service = TraceServiceServer::new(ingest.clone());
        let server = tokio::spawn(async move {
            let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
            let served = Server::builder()
                .add_service(service)
                .serve_with_incoming(incoming)
                .await;
            if let Err(error) = served {
                eprintln!("shop: the OTLP receiver ended: {error}");
            }
        });
        Ok(Self {
            address,
            ingest,
            server,
        })
    }

    /// What to give services as `OTEL_EXPORTER_OTLP_ENDPOINT`.
    pub(super) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn store(&self) -> &Store {
        &self.ingest.store
    }

    /// What went wrong with what was received.
    pub(super) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let refused = self.ingest.refused.load(Ordering::Relaxed);
        if refused > 0 {
            problems.push(format!("{refused} spans came without valid ids"));
        }
        let lost = self.store().lost();
        if lost > 0 {
            problems.push(format!("{lost} spans did not fit into memory"));
        }
        problems.extend(self.ingest.file.as_ref().and_then(|file| file.problem()));
        problems
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}

#[tonic::async_trait]
impl TraceService for Ingest {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let request = request.into_inner();
        if let Some(file) = &self.file {
            file.write(&request);
        }
        let (spans, refused) = otlp::spans(&request);
        self.store.add(spans);
        let partial_success = (refused > 0).then(|| {
            self.refused.fetch_add(refused, Ordering::Relaxed);
            ExportTracePartialSuccess {
                rejected_spans: i64::try_from(refused).unwrap_or(i64::MAX),
                error_message: "spans without valid ids".to_owned(),
            }
        });
        Ok(Response::new(ExportTraceServiceResponse {
            partial_success,
        }))
    }
}
