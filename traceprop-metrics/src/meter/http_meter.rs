//! What a user may set of the metrics of HTTP exchanges.

use prometheus::Registry;
use traceprop_core::call::Wanted;

use super::settings::{Settings, check_buckets, setters};
use super::{MeterError, PrometheusRecorder};

/// The bounds for the sizes of bodies, in bytes; the conventions advise none.
const SIZES: [f64; 9] = [
    0.0, 256.0, 1024.0, 4096.0, 16384.0, 65536.0, 262144.0, 1048576.0, 16777216.0,
];

/// The metrics of HTTP exchanges, with settings; see the [module](crate::meter) for what they are.
///
/// ```
/// use prometheus::Registry;
/// use traceprop_core::call::{Call, HttpFacts, Options, Outcome, Scope};
/// use traceprop_metrics::{HttpMeter, OpenMetricsEncoder};
///
/// let registry = Registry::new();
/// let recorder = HttpMeter::new().client_active_requests().register(&registry)?;
///
/// // What an adapter does, when it was given the recorder:
/// let options = Options::new("my-adapter", Scope::Off).recorder(recorder.into());
/// let facts = HttpFacts { method: "GET", scheme: "https", ..HttpFacts::default() };
/// let call = Call::client("GET").facts(facts.into()).start(&options);
/// let body = OpenMetricsEncoder::new().encode(&registry)?;
/// assert!(body.contains("\nhttp_client_active_requests{http_request_method=\"GET\""));
/// call.finish(Outcome::Completed);
/// # Ok::<(), prometheus::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a meter counts once it is registered"]
pub struct HttpMeter {
    pub(super) settings: Settings,
    pub(super) size_buckets: Option<Vec<f64>>,
    pub(super) client_active: bool,
    pub(super) server_address: bool,
    pub(super) protocol_name: bool,
    pub(super) url_scheme: bool,
    pub(super) url_template: bool,
}

impl HttpMeter {
    /// The conventions' defaults: durations of both sides, and the server's active requests.
    pub fn new() -> Self {
        Self::default()
    }

    setters!(settings);

    /// Adds histograms of the sizes of requests' and responses' bodies, on both sides.
    ///
    /// The bounds are 0, 256, 1 KiB, 4 KiB, 16 KiB, 64 KiB, 256 KiB, 1 MiB and 16 MiB; the conventions
    /// advise none. Default: there are no such metrics, and adapters do not count bytes.
    pub fn body_sizes(self) -> Self {
        self.body_size_buckets(SIZES)
    }

    /// [`body_sizes`](Self::body_sizes) with upper bounds of your own, in bytes, ascending.
    pub fn body_size_buckets(mut self, bounds: impl Into<Vec<f64>>) -> Self {
        self.size_buckets = Some(bounds.into());
        self
    }

    /// Adds the gauge `http_client_active_requests`. Default: it is the server's alone.
    pub fn client_active_requests(mut self) -> Self {
        self.client_active = true;
        self
    }

    /// Adds `server_address` and `server_port` on the server's side. Default: off.
    ///
    /// **The caller chooses them**, with the `Host` header. Switch it on only where something in front
    /// of the service lets known hosts through alone.
    pub fn server_address(mut self) -> Self {
        self.server_address = true;
        self
    }

    /// Adds `network_protocol_name`, which is always `http`. Default: off.
    pub fn network_protocol_name(mut self) -> Self {
        self.protocol_name = true;
        self
    }

    /// Adds `url_scheme` on the client's side. Default: off.
    pub fn url_scheme(mut self) -> Self {
        self.url_scheme = true;
        self
    }

    /// Adds `url_template` on the client's side, where the adapter was told it. Default: off.
    ///
    /// The gauge does not have it: a template may be learnt after the request has started.
    pub fn url_template(mut self) -> Self {
        self.url_template = true;
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
        self.check()?;
        PrometheusRecorder::of_http(&self)
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
        self.check()?;
        super::OtelRecorder::of_http(meter, &self)
    }

    fn check(&self) -> Result<(), MeterError> {
        self.size_buckets.as_deref().map_or(Ok(()), check_buckets)
    }

    pub(super) fn wanted(&self) -> Wanted {
        Wanted {
            body_sizes: self.size_buckets.is_some(),
            server_address: self.server_address,
            url_template: self.url_template,
        }
    }
}
