//! Injection alone, for clients that no layer can be put around.

use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator;
use tonic::service::Interceptor;
use tonic::{Request, Status};
use traceprop_core::call::{Options, Scope};

use crate::carrier;

/// Writes the current context into the metadata of each call. It makes no span.
///
/// An interceptor sees neither the response nor its trailers, so it cannot say how a call went; where
/// there is a choice, take [`ClientLayer`](crate::ClientLayer). The propagator is what
/// `traceprop_core::Telemetry` installed, else what `OTEL_PROPAGATORS` names, else W3C trace context
/// and baggage.
///
/// ```
/// use tonic::transport::Endpoint;
/// use tonic_health::pb::health_client::HealthClient;
/// use traceprop_grpc::InjectingInterceptor;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let channel = Endpoint::from_static("http://payments.internal:50051").connect_lazy();
/// let client = HealthClient::with_interceptor(channel, InjectingInterceptor::new());
/// # let _ = client;
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct InjectingInterceptor {
    options: Options,
}

impl InjectingInterceptor {
    /// With the default propagator.
    pub fn new() -> Self {
        Self {
            options: Options::new("traceprop-grpc", Scope::Off),
        }
    }

    /// Sets the propagator that writes the metadata. Default: see the type.
    pub fn propagator(
        mut self,
        propagator: impl TextMapPropagator + Send + Sync + 'static,
    ) -> Self {
        self.options = self.options.propagator(propagator);
        self
    }
}

impl Default for InjectingInterceptor {
    fn default() -> Self {
        Self::new()
    }
}

impl Interceptor for InjectingInterceptor {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let headers = request.metadata_mut().as_mut();
        carrier::replace(&self.options, &Context::current(), headers);
        Ok(request)
    }
}
