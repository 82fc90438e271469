//! What can be set in code, and the set-up itself.

use std::fmt;
use std::io::IsTerminal;
use std::sync::Arc;

use opentelemetry::KeyValue;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::{SdkTracerProvider, ShouldSample, SpanExporter, SpanProcessor};

use super::batch::{self, Queued};
use super::env::Env;
use super::exporters::{self, Exporters, OfCode};
use super::global::{self, Claim};
use super::processor::Processor;
use super::resource::{self, Service};
use super::summary::Summary;
use super::{InitError, Telemetry, sampler};
use crate::console::{ConsoleMode, ConsoleProcessor};
use crate::health::Health;
use crate::logs::Format;
use crate::propagation::{CompositePropagator, from_env};

/// Sets the process's telemetry up; [`Telemetry::builder`] makes one.
///
/// What is not set here comes from the environment, by the tables of the [module](super).
///
/// ```
/// use traceprop_core::Telemetry;
/// use traceprop_core::console::ConsoleMode;
/// use traceprop_core::opentelemetry::KeyValue;
///
/// # fn main() -> Result<(), traceprop_core::telemetry::InitError> {
/// let telemetry = Telemetry::builder("orders")
///     .version(env!("CARGO_PKG_VERSION"))
///     .resource(KeyValue::new("deployment.environment.name", "staging"))
///     .console(ConsoleMode::Off)
///     .init()?;
/// # drop(telemetry);
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is set up before `init`"]
pub struct Builder {
    service: Service,
    sampler: Option<Box<dyn ShouldSample>>,
    propagators: Vec<Box<dyn TextMapPropagator + Send + Sync>>,
    exporter: Option<Queued>,
    endpoint: Option<String>,
    console: Option<ConsoleMode>,
    processors: Vec<Box<dyn SpanProcessor>>,
    logs: Format,
    subscriber: bool,
}

impl Builder {
    pub(super) fn new(name: Option<String>) -> Self {
        Self {
            service: Service {
                name,
                ..Service::default()
            },
            sampler: None,
            propagators: Vec::new(),
            exporter: None,
            endpoint: None,
            console: None,
            processors: Vec::new(),
            logs: Format::default(),
            subscriber: true,
        }
    }

    /// Sets `service.version`. Default: what `OTEL_RESOURCE_ATTRIBUTES` says, or none.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.service.version = Some(version.into());
        self
    }

    /// Adds an attribute of the resource, which all spans share. It wins over one with the same key in
    /// `OTEL_RESOURCE_ATTRIBUTES`, `service.name` apart.
    pub fn resource(mut self, attribute: KeyValue) -> Self {
        self.service.attributes.push(attribute);
        self
    }

    /// Sets the sampler. Default: the one of `OTEL_TRACES_SAMPLER`, or `parentbased_always_on`.
    pub fn sampler(mut self, sampler: impl ShouldSample + 'static) -> Self {
        self.sampler = Some(Box::new(sampler));
        self
    }

    /// Adds a propagator after those added before. Default: those of `OTEL_PROPAGATORS`, or W3C trace
    /// context and baggage; with one of the code's there are none but the code's.
    pub fn propagator(
        mut self,
        propagator: impl TextMapPropagator + Send + Sync + 'static,
    ) -> Self {
        self.propagators.push(Box::new(propagator));
        self
    }

    /// Sets the exporter, in the place of OTLP. It runs on a plain thread, behind the queue that
    /// `OTEL_BSP_*` describe, and gets sampled spans only.
    pub fn exporter(mut self, exporter: impl SpanExporter + 'static) -> Self {
        self.exporter = Some(batch::queued(exporter));
        self
    }

    /// Sets the OTLP endpoint, for example `http://localhost:4317`: port 4317 means gRPC and any other
    /// http/protobuf, which gets `/v1/traces` after it, unless `OTEL_EXPORTER_OTLP_PROTOCOL` says
    /// otherwise. Default: `OTEL_EXPORTER_OTLP_ENDPOINT`; without that there is no OTLP.
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint = Some(url.into());
        self
    }

    /// Sets what the terminal shows of finished traces. Default: `TRACEPROP_CONSOLE`; without that the
    /// waterfall, if stderr is a terminal and nothing else takes spans.
    pub fn console(mut self, mode: ConsoleMode) -> Self {
        self.console = Some(mode);
        self
    }

    /// Adds a span processor. It sees every recorded span, sampled or not, and may block nobody.
    ///
    /// It runs inside the one processor that is registered, since the SDK clones each span for every
    /// other one. So does this: with a processor here a span is cloned once.
    pub fn span_processor(mut self, processor: impl SpanProcessor + 'static) -> Self {
        self.processors.push(Box::new(processor));
        self
    }

    /// Sets how log lines look. Default: [`Format::Text`].
    pub fn logs(mut self, format: Format) -> Self {
        self.logs = format;
        self
    }

    /// Leaves the global `tracing` subscriber alone: there are no log lines, and no spans from
    /// `#[instrument]` unless [`Telemetry::layer`] is part of a subscriber of yours.
    pub fn no_subscriber(mut self) -> Self {
        self.subscriber = false;
        self
    }

    /// Sets everything up: provider, exporter, propagators, log lines, and the globals.
    ///
    /// # Errors
    ///
    /// Returns an error, and leaves the process as it was, if it is set up already or has a global
    /// subscriber, or if there is no way to the OTLP endpoint that is asked for. A collector that
    /// does not answer is no error. Variables that make no sense are no errors either: each is logged
    /// and ignored.
    pub fn init(mut self) -> Result<Telemetry, InitError> {
        let claim = Claim::stake()?;
        let mut env = Env::of_process();
        let disabled = env.is_true("OTEL_SDK_DISABLED");
        let (exporters, exporter) = if disabled {
            (Exporters::none(), None)
        } else {
            self.exporters(&mut env)?
        };
        let resource = resource::resolve(self.service, &mut env);
        let sampler = sampler::resolve(self.sampler, &mut env);
        let mut summary = Summary {
            service: resource::name_of(&resource),
            sampler: format!("{sampler:?}"),
            exporter: exporters.describe(exporter.is_some()),
            console: exporters.console,
            propagators: String::new(),
            disabled,
        };

        let (config, queue) = batch::config(&mut env);
        let counters = Arc::new(Health::new(queue as u64));
        let batch = exporter.map(|queued| queued(config, counters.clone()));
        let console = console(exporters.console);
        let processor = Processor::new(self.processors, console, batch, counters.clone());
        let provider = SdkTracerProvider::builder()
            .with_resource(resource.clone())
            .with_sampler(sampler)
            .with_span_processor(processor)
            .build();
        if disabled {
            // A provider that was shut down gives spans that do nothing: their parents go on.
            let _ = provider.shutdown();
        }
        let tracer = provider.tracer(summary.service.clone());
        if self.subscriber {
            global::subscribe((!disabled).then_some(&tracer), self.logs, &mut env)?;
        }

        // From here on there is a log to warn in, and nothing that fails.
        let propagator = if self.propagators.is_empty() {
            from_env()
        } else {
            CompositePropagator::new(self.propagators)
        };
        summary.propagators = propagator.fields().collect::<Vec<_>>().join(",");
        claim.install(&provider, propagator);
        summary.log(env.into_notices());
        Ok(Telemetry::new(
            provider, tracer, resource, counters, disabled,
        ))
    }

    /// Chooses where spans go, and builds what takes them there.
    fn exporters(&mut self, env: &mut Env) -> Result<(Exporters, Option<Queued>), InitError> {
        let of_code = OfCode {
            exporter: self.exporter.is_some(),
            endpoint: self.endpoint.take(),
            console: self.console,
        };
        let exporters = exporters::resolve(of_code, std::io::stderr().is_terminal(), env)?;
        let exporter = match (self.exporter.take(), &exporters.otlp) {
            (None, Some(target)) => Some(batch::queued(target.exporter()?)),
            (exporter, _) => exporter,
        };
        Ok((exporters, exporter))
    }
}

fn console(mode: ConsoleMode) -> Option<ConsoleProcessor> {
    let waterfall = mode.waterfall()?;
    Some(ConsoleProcessor::builder().waterfall(waterfall).build())
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("service", &self.service)
            .field("sampler", &self.sampler)
            .field("console", &self.console)
            .field("logs", &self.logs)
            .finish_non_exhaustive()
    }
}
