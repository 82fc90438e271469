//! Metrics of HTTP exchanges: <https://opentelemetry.io/docs/specs/semconv/http/http-metrics/>.

use opentelemetry::trace::SpanKind;
use traceprop_core::call::{Finished, HttpFacts, Outcome};
use traceprop_core::semconv as key;

use super::MeterError;
use super::backend::Backend;
use super::http_meter::HttpMeter;
use super::metric::{self, Label, Maker, Metric, Row};
use super::metrics::side;
use super::spec::Spec;
use super::value::{Digits, Value};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HttpLabel {
    Method,
    Scheme,
    Route,
    Template,
    Status,
    ProtocolName,
    ProtocolVersion,
    ErrorType,
    ServerAddress,
    ServerPort,
}
use HttpLabel::{
    ErrorType, Method, ProtocolName, ProtocolVersion, Route, Scheme, ServerAddress, ServerPort,
    Status, Template,
};

impl Label for HttpLabel {
    fn key(self) -> &'static str {
        match self {
            Method => key::HTTP_REQUEST_METHOD,
            Scheme => key::URL_SCHEME,
            Route => key::HTTP_ROUTE,
            Template => key::URL_TEMPLATE,
            Status => key::HTTP_RESPONSE_STATUS_CODE,
            ProtocolName => key::NETWORK_PROTOCOL_NAME,
            ProtocolVersion => key::NETWORK_PROTOCOL_VERSION,
            ErrorType => key::ERROR_TYPE,
            ServerAddress => key::SERVER_ADDRESS,
            ServerPort => key::SERVER_PORT,
        }
    }
}

/// One exchange.
struct Exchange<'a> {
    facts: &'a HttpFacts,
    error_type: Option<&'a str>,
    status: Digits,
    port: Digits,
}

impl<'a> Exchange<'a> {
    fn new(facts: &'a HttpFacts, error_type: Option<&'a str>) -> Self {
        Self {
            facts,
            error_type,
            status: Digits::of(facts.status),
            port: Digits::of(facts.server_port),
        }
    }
}

impl Row<HttpLabel> for Exchange<'_> {
    fn value(&self, label: HttpLabel) -> Value<'_> {
        match label {
            Method => Value::Static(self.facts.method),
            Scheme => Value::Static(self.facts.scheme),
            Route => Value::shared(self.facts.route.as_ref()),
            Template => Value::shared(self.facts.url_template.as_ref()),
            Status => Value::Number(&self.status),
            // The adapters speak nothing else.
            ProtocolName => Value::Static("http"),
            ProtocolVersion => Value::fixed(self.facts.protocol_version),
            ErrorType => Value::text(self.error_type),
            ServerAddress => Value::shared(self.facts.server_address.as_ref()),
            ServerPort => Value::Number(&self.port),
        }
    }
}

/// The metrics of both sides.
#[derive(Debug)]
pub(super) struct HttpMetrics<B: Backend> {
    server: Side<B>,
    client: Side<B>,
}

/// The metrics of one side.
#[derive(Debug)]
pub(super) struct Side<B: Backend> {
    pub(super) duration: Metric<B::Histogram, HttpLabel>,
    pub(super) active: Option<Metric<B::Level, HttpLabel>>,
    pub(super) sizes: Option<Sizes<B>>,
}

/// Bytes of the bodies.
#[derive(Debug)]
pub(super) struct Sizes<B: Backend> {
    pub(super) request: Metric<B::Histogram, HttpLabel>,
    pub(super) response: Metric<B::Histogram, HttpLabel>,
}

impl<B: Backend> HttpMetrics<B> {
    pub(super) fn new(backend: &B, meter: &HttpMeter) -> Result<Self, MeterError> {
        let maker = Maker::new(backend, &meter.settings);
        Ok(Self {
            server: Side::of_server(&maker, meter)?,
            client: Side::of_client(&maker, meter)?,
        })
    }

    pub(super) fn started(&self, kind: &SpanKind, facts: &HttpFacts) {
        if let Some(active) = self.side(kind).and_then(|side| side.active.as_ref()) {
            metric::shift::<B, _>(active, 1, &Exchange::new(facts, None));
        }
    }

    pub(super) fn finished(&self, call: &Finished<'_>, facts: &HttpFacts) {
        let Some(side) = self.side(call.kind) else {
            return;
        };
        let row = Exchange::new(facts, call.outcome.error_type());
        if let Some(active) = &side.active {
            metric::shift::<B, _>(active, -1, &row);
        }
        if *call.outcome == Outcome::Ignored {
            return;
        }
        metric::observe::<B, _>(&side.duration, call.duration.as_secs_f64(), &row, call);
        let Some(sizes) = &side.sizes else {
            return;
        };
        if let Some(bytes) = facts.request_body_size {
            metric::observe::<B, _>(&sizes.request, bytes as f64, &row, call);
        }
        if let Some(bytes) = facts.response_body_size {
            metric::observe::<B, _>(&sizes.response, bytes as f64, &row, call);
        }
    }

    pub(super) fn sides(&self) -> [&Side<B>; 2] {
        [&self.server, &self.client]
    }

    fn side(&self, kind: &SpanKind) -> Option<&Side<B>> {
        side(kind, &self.server, &self.client)
    }
}

impl<B: Backend> Side<B> {
    fn of_server(maker: &Maker<'_, B>, meter: &HttpMeter) -> Result<Self, MeterError> {
        let mut labels = vec![Method, Scheme, Route, Status, ProtocolVersion, ErrorType];
        let mut active = vec![Method, Scheme];
        if meter.server_address {
            labels.extend([ServerAddress, ServerPort]);
            active.extend([ServerAddress, ServerPort]);
        }
        if meter.protocol_name {
            labels.push(ProtocolName);
        }
        Ok(Self {
            duration: maker.durations(SERVER_DURATION, labels.clone())?,
            active: Some(maker.level(SERVER_ACTIVE, active)?),
            sizes: Sizes::new(maker, meter, [SERVER_REQUEST, SERVER_RESPONSE], &labels)?,
        })
    }

    fn of_client(maker: &Maker<'_, B>, meter: &HttpMeter) -> Result<Self, MeterError> {
        let mut labels = vec![
            Method,
            ServerAddress,
            ServerPort,
            Status,
            ProtocolVersion,
            ErrorType,
        ];
        let mut active = vec![Method, ServerAddress, ServerPort];
        if meter.url_scheme {
            labels.push(Scheme);
            active.push(Scheme);
        }
        if meter.url_template {
            labels.push(Template);
        }
        if meter.protocol_name {
            labels.push(ProtocolName);
        }
        let active = meter
            .client_active
            .then(|| maker.level(CLIENT_ACTIVE, active));
        Ok(Self {
            duration: maker.durations(CLIENT_DURATION, labels.clone())?,
            active: active.transpose()?,
            sizes: Sizes::new(maker, meter, [CLIENT_REQUEST, CLIENT_RESPONSE], &labels)?,
        })
    }
}

impl<B: Backend> Sizes<B> {
    fn new(
        maker: &Maker<'_, B>,
        meter: &HttpMeter,
        [request, response]: [Spec; 2],
        labels: &[HttpLabel],
    ) -> Result<Option<Self>, MeterError> {
        let Some(buckets) = &meter.size_buckets else {
            return Ok(None);
        };
        Ok(Some(Self {
            request: maker.histogram(request, labels.to_vec(), buckets)?,
            response: maker.histogram(response, labels.to_vec(), buckets)?,
        }))
    }
}

const SERVER_DURATION: Spec = Spec {
    name: "http.server.request.duration",
    unit: "s",
    help: "Duration of HTTP server requests.",
};
const SERVER_ACTIVE: Spec = Spec {
    name: "http.server.active_requests",
    unit: "{request}",
    help: "Number of active HTTP server requests.",
};
const SERVER_REQUEST: Spec = Spec {
    name: "http.server.request.body.size",
    unit: "By",
    help: "Size of HTTP server request bodies.",
};
const SERVER_RESPONSE: Spec = Spec {
    name: "http.server.response.body.size",
    unit: "By",
    help: "Size of HTTP server response bodies.",
};
const CLIENT_DURATION: Spec = Spec {
    name: "http.client.request.duration",
    unit: "s",
    help: "Duration of HTTP client requests.",
};
const CLIENT_ACTIVE: Spec = Spec {
    name: "http.client.active_requests",
    unit: "{request}",
    help: "Number of active HTTP requests.",
};
const CLIENT_REQUEST: Spec = Spec {
    name: "http.client.request.body.size",
    unit: "By",
    help: "Size of HTTP client request bodies.",
};
const CLIENT_RESPONSE: Spec = Spec {
    name: "http.client.response.body.size",
    unit: "By",
    help: "Size of HTTP client response bodies.",
};
