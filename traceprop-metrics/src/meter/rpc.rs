//! Metrics of remote procedure calls: <https://opentelemetry.io/docs/specs/semconv/rpc/rpc-metrics/>.

use prometheus::Registry;
use traceprop_core::call::{Finished, RpcFacts, Wanted};
use traceprop_core::semconv as key;

use super::backend::Backend;
use super::metric::{self, Label, Maker, Metric, Row};
use super::metrics::side;
use super::settings::{Settings, setters};
use super::spec::Spec;
use super::value::{Digits, Value};
use super::{MeterError, PrometheusRecorder};

/// The metrics of gRPC calls, with settings; see the [module](crate::meter) for what they are.
///
/// ```
/// use prometheus::Registry;
/// use traceprop_metrics::RpcMeter;
///
/// let registry = Registry::new();
/// let recorder = RpcMeter::new().buckets([0.001, 0.01, 0.1, 1.0]).register(&registry)?;
/// // Give it to `traceprop_grpc::ServerLayer::recorder`.
/// # let _ = recorder;
/// # Ok::<(), traceprop_metrics::MeterError>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a meter counts once it is registered"]
pub struct RpcMeter {
    settings: Settings,
    server_address: bool,
}

impl RpcMeter {
    /// The conventions' defaults: the durations of calls, on both sides.
    pub fn new() -> Self {
        Self::default()
    }

    setters!(settings);

    /// Adds `server_address` and `server_port` on the server's side. Default: off.
    ///
    /// **The caller chooses them**, with the `:authority` of its request.
    pub fn server_address(mut self) -> Self {
        self.server_address = true;
        self
    }

    /// Makes the metrics, and registers all of them or none.
    ///
    /// # Errors
    ///
    /// If a label or the buckets cannot be, or `registry` holds a metric of one of the names already.
    pub fn register(self, registry: &Registry) -> Result<PrometheusRecorder, MeterError> {
        self.build()?.registered(registry)
    }

    /// Makes the metrics; the recorder is their collector, too, to be registered.
    ///
    /// # Errors
    ///
    /// If a label or the buckets cannot be.
    pub fn build(self) -> Result<PrometheusRecorder, MeterError> {
        PrometheusRecorder::of_rpc(&self)
    }

    /// Makes the metrics with an OpenTelemetry `Meter`, by the conventions' own names.
    ///
    /// # Errors
    ///
    /// If a label or the buckets cannot be.
    #[cfg(feature = "otel")]
    pub fn build_otel(
        self,
        meter: &opentelemetry::metrics::Meter,
    ) -> Result<super::OtelRecorder, MeterError> {
        super::OtelRecorder::of_rpc(meter, &self)
    }

    pub(super) fn wanted(&self) -> Wanted {
        Wanted {
            server_address: self.server_address,
            ..Wanted::default()
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) enum RpcLabel {
    System,
    Method,
    Status,
    ErrorType,
    ServerAddress,
    ServerPort,
}
use RpcLabel::{ErrorType, Method, ServerAddress, ServerPort, Status, System};

impl Label for RpcLabel {
    fn key(self) -> &'static str {
        match self {
            System => key::RPC_SYSTEM_NAME,
            Method => key::RPC_METHOD,
            Status => key::RPC_RESPONSE_STATUS_CODE,
            ErrorType => key::ERROR_TYPE,
            ServerAddress => key::SERVER_ADDRESS,
            ServerPort => key::SERVER_PORT,
        }
    }
}

/// One call.
struct Procedure<'a> {
    facts: &'a RpcFacts,
    error_type: Option<&'a str>,
    port: Digits,
}

impl Row<RpcLabel> for Procedure<'_> {
    fn value(&self, label: RpcLabel) -> Value<'_> {
        match label {
            System => Value::Static(self.facts.system),
            Method => Value::Text(&self.facts.method),
            Status => Value::fixed(self.facts.status),
            ErrorType => Value::text(self.error_type),
            ServerAddress => Value::shared(self.facts.server_address.as_ref()),
            ServerPort => Value::Number(&self.port),
        }
    }
}

/// The metrics of both sides.
#[derive(Debug)]
pub(super) struct RpcMetrics<B: Backend> {
    pub(super) server: Metric<B::Histogram, RpcLabel>,
    pub(super) client: Metric<B::Histogram, RpcLabel>,
}

impl<B: Backend> RpcMetrics<B> {
    pub(super) fn new(backend: &B, meter: &RpcMeter) -> Result<Self, MeterError> {
        let maker = Maker::new(backend, &meter.settings);
        let mut server = vec![System, Method, Status, ErrorType];
        let mut client = server.clone();
        client.extend([ServerAddress, ServerPort]);
        if meter.server_address {
            server.extend([ServerAddress, ServerPort]);
        }
        Ok(Self {
            server: maker.durations(SERVER_DURATION, server)?,
            client: maker.durations(CLIENT_DURATION, client)?,
        })
    }

    pub(super) fn finished(&self, call: &Finished<'_>, facts: &RpcFacts) {
        if let Some(duration) = side(call.kind, &self.server, &self.client) {
            let row = Procedure {
                facts,
                error_type: call.outcome.error_type(),
                port: Digits::of(facts.server_port),
            };
            metric::observe::<B, _>(duration, call.duration.as_secs_f64(), &row, call);
        }
    }
}

const SERVER_DURATION: Spec = Spec {
    name: "rpc.server.call.duration",
    unit: "s",
    help: "Duration of an incoming remote procedure call.",
};
const CLIENT_DURATION: Spec = Spec {
    name: "rpc.client.call.duration",
    unit: "s",
    help: "Duration of an outgoing remote procedure call.",
};
