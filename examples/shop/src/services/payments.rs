//! Charges cards over gRPC, by way of an external card gateway that is simulated.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::BoxStream;
use futures_util::{StreamExt, stream};
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};
use traceprop_core::call::Recorder;
use traceprop_core::span::in_span;
use traceprop_grpc::ServerLayer;

use super::pace::Pace;
use super::server;
use super::stop::Stop;
use crate::cli::{PaymentsArgs, Place};
use crate::error::Result;
use crate::generated::payments::payments_server::{Payments as PaymentsApi, PaymentsServer};
use crate::generated::payments::{Receipt, ReceiptsRequest, VerifyReply, VerifyRequest};

/// What the card gateway takes to answer.
const AUTHORIZATION: Duration = Duration::from_millis(15);
/// What it takes while the card's holder is asked.
const HOLDER: Duration = Duration::from_millis(1_500);
/// What printing a receipt takes.
const PRINTING: Duration = Duration::from_millis(2);

#[derive(Clone, Copy, Debug)]
struct Payments {
    pace: Pace,
}

pub(super) async fn run(args: PaymentsArgs, recorder: Arc<dyn Recorder>, stop: Stop) -> Result<()> {
    let listener = server::listen(args.listen).await?;
    server::announce(&listener)?;
    let payments = Payments {
        pace: Pace::new(args.slow.place),
    };
    let told = stop.clone();
    // Or small frames wait for acknowledgements.
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let serving = Server::builder()
        .layer(ServerLayer::new().recorder(recorder))
        .add_service(PaymentsServer::new(payments))
        .serve_with_incoming_shutdown(incoming, async move {
            told.wait().await;
        });
    server::until_drained(async move { Ok(serving.await?) }, stop).await
}

impl Payments {
    /// The call to the outside, in a span of its own.
    async fn authorize(self, card: &str) -> Result<String, Status> {
        self.pace.take(Place::Gateway).await;
        match card {
            "declined" => {
                tokio::time::sleep(AUTHORIZATION).await;
                return Err(Status::failed_precondition("the card was declined"));
            }
            "pending" => tokio::time::sleep(HOLDER).await,
            _ => tokio::time::sleep(AUTHORIZATION).await,
        }
        Ok("authorized".to_owned())
    }
}

#[tonic::async_trait]
impl PaymentsApi for Payments {
    async fn verify(
        &self,
        request: Request<VerifyRequest>,
    ) -> Result<Response<VerifyReply>, Status> {
        let order = request.into_inner();
        if order.amount <= 0 {
            return Err(Status::invalid_argument("the amount must be positive"));
        }
        self.pace.take(Place::Payments).await;
        let authorization = in_span("card gateway", self.authorize(&order.card)).await?;
        Ok(Response::new(VerifyReply { authorization }))
    }

    type ReceiptsStream = BoxStream<'static, Result<Receipt, Status>>;

    async fn receipts(
        &self,
        request: Request<ReceiptsRequest>,
    ) -> Result<Response<Self::ReceiptsStream>, Status> {
        let order_id = request.into_inner().order_id;
        let lines = ["charged to the card", "tax included", "thank you"];
        let receipts = stream::iter(lines).then(move |line| async move {
            tokio::time::sleep(PRINTING).await;
            Ok(Receipt {
                order_id,
                line: line.to_owned(),
            })
        });
        Ok(Response::new(receipts.boxed()))
    }
}
