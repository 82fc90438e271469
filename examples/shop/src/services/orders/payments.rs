//! The client of the payments service: gRPC through the tower layer.

use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt;
use tonic::Code;
use tonic::transport::{Channel, Endpoint};
use tower::Layer;
use traceprop_core::call::Recorder;
use traceprop_grpc::ClientLayer;

use crate::error::{Explain, Result};
use crate::generated::payments::payments_client::PaymentsClient;
use crate::generated::payments::{ReceiptsRequest, VerifyRequest};

const TIMEOUT: Duration = Duration::from_secs(10);

type Traced = <ClientLayer as Layer<Channel>>::Service;

#[derive(Clone, Debug)]
pub(super) struct Payments(PaymentsClient<Traced>);

/// What payments said.
#[derive(Debug)]
pub(super) enum Verdict {
    Paid,
    Declined,
    /// The request was not one that can be paid, and why.
    Refused(String),
}

impl Payments {
    /// A client of the service at `address`, which need not be there yet.
    pub(super) fn new(address: &str, recorder: Arc<dyn Recorder>) -> Result<Self> {
        let wrong = || format!("{address:?}, set by --payments or SHOP_PAYMENTS, is no HOST:PORT");
        let (host, port) = address.rsplit_once(':').ok_or_else(wrong)?;
        let port: u16 = port.parse().explain(wrong)?;
        let channel = Endpoint::from_shared(format!("http://{address}"))
            .explain(wrong)?
            .timeout(TIMEOUT)
            .connect_lazy();
        let traced = ClientLayer::new()
            .server(host.to_owned(), port)
            .recorder(recorder)
            .layer(channel);
        Ok(Self(PaymentsClient::new(traced)))
    }

    /// Has the card charged.
    pub(super) async fn verify(&self, order_id: i64, amount: i64, card: &str) -> Result<Verdict> {
        let request = VerifyRequest {
            order_id,
            amount,
            card: card.to_owned(),
        };
        match self.0.clone().verify(request).await {
            Ok(_) => Ok(Verdict::Paid),
            Err(status) if status.code() == Code::FailedPrecondition => Ok(Verdict::Declined),
            Err(status) if status.code() == Code::InvalidArgument => {
                Ok(Verdict::Refused(status.message().to_owned()))
            }
            Err(status) => Err(status).explain(|| "payments did not verify".to_owned()),
        }
    }

    /// The lines of all receipts, as the service streams them.
    pub(super) async fn receipts(&self, order_id: i64) -> Result<Vec<String>> {
        let streamed = self.0.clone().receipts(ReceiptsRequest { order_id }).await;
        let receipts = streamed
            .explain(|| "payments gave no receipts".to_owned())?
            .into_inner();
        receipts
            .map_ok(|receipt| receipt.line)
            .try_collect()
            .await
            .explain(|| "payments broke off the receipts".to_owned())
    }
}
