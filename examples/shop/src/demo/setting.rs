//! What the services need around them: somewhere to send spans, and a Kafka broker.

use std::env;

use super::broker::Broker;
use super::receiver::Receiver;
use crate::cli::DemoArgs;
use crate::error::Result;

/// How often services send their spans, in milliseconds; the default of five seconds is long for
/// someone who waits.
const SCHEDULE_DELAY: &str = "200";

/// Variables that would lead the spans elsewhere, or drop some of them.
const MISLEADING: [&str; 12] = [
    "OTEL_EXPORTER_OTLP_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_COMPRESSION",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
    "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
    "OTEL_SDK_DISABLED",
    "OTEL_TRACES_EXPORTER",
    "OTEL_TRACES_SAMPLER",
    "OTEL_TRACES_SAMPLER_ARG",
];

/// The surroundings of the services; they go away with this value.
#[derive(Debug)]
pub(super) struct Setting {
    traces: Traces,
    kafka: Kafka,
}

#[derive(Debug)]
enum Traces {
    Here(Box<Receiver>),
    /// Where a variable says.
    Elsewhere {
        endpoint: String,
    },
}

#[derive(Debug)]
enum Kafka {
    Here(Broker),
    Elsewhere { bootstrap: String },
}

impl Setting {
    /// Starts what is embedded, unless the environment names something else.
    pub(super) async fn prepare(args: &DemoArgs) -> Result<Self> {
        let endpoint = [
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
            "OTEL_EXPORTER_OTLP_ENDPOINT",
        ]
        .into_iter()
        .find_map(|name| set(name).map(|value| (name, value)));
        let traces = match endpoint {
            None => Traces::Here(Box::new(Receiver::start(args.spans.as_deref()).await?)),
            Some((name, _)) if args.spans.is_some() => {
                let why = format!("--spans needs the embedded receiver: unset {name}");
                return Err(why.into());
            }
            Some((_, endpoint)) => Traces::Elsewhere { endpoint },
        };
        let bootstrap = args.kafka.clone().filter(|kafka| !kafka.is_empty());
        let kafka = match bootstrap {
            None => Kafka::Here(Broker::start()?),
            Some(bootstrap) => Kafka::Elsewhere { bootstrap },
        };
        Ok(Self { traces, kafka })
    }

    /// The embedded receiver, if spans are sent to it.
    pub(super) fn receiver(&self) -> Option<&Receiver> {
        match &self.traces {
            Traces::Here(receiver) => Some(receiver),
            Traces::Elsewhere { .. } => None,
        }
    }

    /// Where spans are sent instead of to the embedded receiver.
    pub(super) fn elsewhere(&self) -> Option<&str> {
        match &self.traces {
            Traces::Here(_) => None,
            Traces::Elsewhere { endpoint } => Some(endpoint),
        }
    }

    /// The broker's address.
    pub(super) fn bootstrap(&self) -> &str {
        match &self.kafka {
            Kafka::Here(broker) => broker.bootstrap(),
            Kafka::Elsewhere { bootstrap } => bootstrap,
        }
    }

    /// What to set in the services' environment, or to remove.
    pub(super) fn environment(&self) -> Vec<(&'static str, Option<String>)> {
        // Five waterfalls in one terminal are no waterfall.
        let mut environment = vec![("TRACEPROP_CONSOLE", None)];
        if set("RUST_LOG").is_none() {
            environment.push(("RUST_LOG", Some("warn".to_owned())));
        }
        if set("OTEL_BSP_SCHEDULE_DELAY").is_none() {
            environment.push(("OTEL_BSP_SCHEDULE_DELAY", Some(SCHEDULE_DELAY.to_owned())));
        }
        if let Traces::Here(receiver) = &self.traces {
            environment.extend(MISLEADING.map(|name| (name, None)));
            environment.push(("OTEL_EXPORTER_OTLP_ENDPOINT", Some(receiver.endpoint())));
            environment.push(("OTEL_EXPORTER_OTLP_PROTOCOL", Some("grpc".to_owned())));
        }
        environment
    }

    /// What went wrong with what was received.
    pub(super) fn problems(&self) -> Vec<String> {
        self.receiver().map(Receiver::problems).unwrap_or_default()
    }
}

/// A variable's value; an empty one is unset.
fn set(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.trim().is_empty())
}
