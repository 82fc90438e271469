//! Where OTLP goes and how: endpoint, protocol, timeout.
//!
//! [OTLP exporter](https://opentelemetry.io/docs/specs/otel/protocol/exporter/). Headers and
//! compression are read from their variables by the exporter itself.

use std::fmt;
use std::time::Duration;

use opentelemetry_otlp::{SpanExporter, WithExportConfig};

use super::InitError;
use super::endpoint::Endpoint;
use super::env::Env;

const TRACES_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const TRACES_PROTOCOL: &str = "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL";
const PROTOCOL: &str = "OTEL_EXPORTER_OTLP_PROTOCOL";
const TRACES_TIMEOUT: &str = "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT";
const TIMEOUT: &str = "OTEL_EXPORTER_OTLP_TIMEOUT";
const PATH: &str = "/v1/traces";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protocol {
    Grpc,
    HttpProtobuf,
}

/// Where spans go, and how.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Target {
    protocol: Protocol,
    endpoint: Endpoint,
    timeout: Option<Duration>,
}

/// The endpoint of the code, else of the variables; a local collector's where there is neither, if
/// it is `wanted` nevertheless, and else nothing.
pub(super) fn resolve(
    of_code: Option<String>,
    wanted: bool,
    env: &mut Env,
) -> Result<Option<Target>, InitError> {
    let of_env = env.first([TRACES_ENDPOINT, ENDPOINT]);
    let (origin, url) = match (of_code, of_env) {
        (Some(url), of_env) => {
            if let Some((name, _)) = of_env {
                env.ignored(name, "the code sets an endpoint");
            }
            ("the builder", Some(url))
        }
        (None, Some((name, url))) => (name, Some(url)),
        (None, None) if wanted => ("the builder", None),
        (None, None) => return Ok(None),
    };
    let named = protocol(env);
    let (protocol, endpoint) = match url {
        None if named == Some(Protocol::Grpc) => (Protocol::Grpc, "http://localhost:4317".into()),
        None => (Protocol::HttpProtobuf, "http://localhost:4318".into()),
        Some(url) => (named.unwrap_or(Protocol::HttpProtobuf), url),
    };
    let endpoint = Endpoint::parse(&endpoint).map_err(|why| InitError::Endpoint { origin, why })?;
    let protocol = match endpoint.port() {
        Some(4317) if named.is_none() => Protocol::Grpc,
        _ => protocol,
    };
    let endpoint = if protocol == Protocol::HttpProtobuf && origin != TRACES_ENDPOINT {
        endpoint.join(PATH)
    } else {
        endpoint
    };
    let timeout = env.millis(TRACES_TIMEOUT).or_else(|| env.millis(TIMEOUT));
    Ok(Some(Target {
        protocol,
        endpoint,
        timeout,
    }))
}

/// The protocol that a variable names.
fn protocol(env: &mut Env) -> Option<Protocol> {
    let (name, value) = env.first([TRACES_PROTOCOL, PROTOCOL])?;
    match value.to_ascii_lowercase().as_str() {
        "grpc" => Some(Protocol::Grpc),
        "http/protobuf" => Some(Protocol::HttpProtobuf),
        _ => {
            env.ignored(
                name,
                "it is neither grpc nor http/protobuf; the port decides",
            );
            None
        }
    }
}

impl Target {
    /// Builds the exporter. Its http client is a blocking one, made and used on plain threads only.
    pub(super) fn exporter(&self) -> Result<SpanExporter, InitError> {
        let url = self.endpoint.url().to_owned();
        let timeout = self
            .timeout
            .unwrap_or(opentelemetry_otlp::OTEL_EXPORTER_OTLP_TIMEOUT_DEFAULT);
        let built = match self.protocol {
            Protocol::Grpc => {
                if tokio::runtime::Handle::try_current().is_err() {
                    return Err(InitError::NoRuntime);
                }
                let exporter = SpanExporter::builder().with_tonic();
                exporter.with_endpoint(url).with_timeout(timeout).build()
            }
            Protocol::HttpProtobuf => {
                let exporter = SpanExporter::builder().with_http();
                exporter
                    .with_protocol(opentelemetry_otlp::Protocol::HttpBinary)
                    .with_endpoint(url)
                    .with_timeout(timeout)
                    .build()
            }
        };
        built.map_err(|error| {
            // Some of these errors repeat the URL, with what is secret in it.
            let printed = self.endpoint.to_string();
            InitError::Exporter(error.to_string().replace(self.endpoint.url(), &printed))
        })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protocol = match self.protocol {
            Protocol::Grpc => "grpc",
            Protocol::HttpProtobuf => "http/protobuf",
        };
        write!(f, "{protocol} to {}", self.endpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const G: &str = ENDPOINT;
    const T: &str = TRACES_ENDPOINT;
    const P: &str = PROTOCOL;
    const TP: &str = TRACES_PROTOCOL;

    fn printed(of_code: Option<&str>, variables: &[(&'static str, &'static str)]) -> String {
        let target = resolve(of_code.map(str::to_owned), false, &mut Env::of(variables));
        match target {
            Ok(Some(target)) => target.to_string(),
            Ok(None) => "nothing".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn variables_table() {
        #[rustfmt::skip]
        let table: [(&[(&'static str, &'static str)], &str); 12] = [
            (&[],                                                     "nothing"),
            (&[(P, "grpc")],                                          "nothing"),
            (&[(G, "http://c:4317")],                                 "grpc to http://c:4317"),
            (&[(G, "http://c:4318")],                                 "http/protobuf to http://c:4318/v1/traces"),
            (&[(G, "http://c:9999")],                                 "http/protobuf to http://c:9999/v1/traces"),
            (&[(T, "http://c:4318/x")],                               "http/protobuf to http://c:4318/x"),
            (&[(T, "http://c:1/x"), (G, "http://d:4317")],            "http/protobuf to http://c:1/x"),
            (&[(G, "http://c:4317"), (P, "http/protobuf")],           "http/protobuf to http://c:4317/v1/traces"),
            (&[(G, "http://c:4318"), (P, "GRPC")],                    "grpc to http://c:4318"),
            (&[(G, "http://c:1"), (P, "http/protobuf"), (TP, "grpc")], "grpc to http://c:1"),
            (&[(G, "http://c:4317"), (P, "http/json")],               "grpc to http://c:4317"),
            (&[(G, "http://u:p@c:4317?k=v")],                         "grpc to http://c:4317"),
        ];
        for (variables, want) in table {
            assert_eq!(printed(None, variables), want, "{variables:?}");
        }
    }

    #[test]
    fn the_code_wins() {
        let variables = [(G, "http://d:4318")];
        assert_eq!(
            printed(Some("http://c:4317"), &variables),
            "grpc to http://c:4317"
        );
        assert_eq!(
            printed(Some("http://c:8080"), &[(P, "grpc")]),
            "grpc to http://c:8080"
        );
        assert_eq!(
            printed(Some("http://c:8080"), &[]),
            "http/protobuf to http://c:8080/v1/traces"
        );
    }

    #[test]
    fn a_local_collector_if_one_is_wanted() {
        let local = |variables: &[(&'static str, &'static str)]| {
            let target = resolve(None, true, &mut Env::of(variables));
            target.unwrap().unwrap().to_string()
        };
        assert_eq!(
            local(&[]),
            "http/protobuf to http://localhost:4318/v1/traces"
        );
        assert_eq!(local(&[(P, "grpc")]), "grpc to http://localhost:4317");
    }

    #[test]
    fn a_bad_endpoint_is_an_error_without_it() {
        let error = printed(None, &[(G, "https://user:secret@c:4317")]);
        assert!(error.contains(G) && error.contains("TLS"), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }

    #[test]
    fn timeouts_are_milliseconds() {
        let variables = [(G, "http://c:1"), (TIMEOUT, "250")];
        let target = resolve(None, false, &mut Env::of(&variables));
        assert_eq!(
            target.unwrap().unwrap().timeout,
            Some(Duration::from_millis(250))
        );
    }

    #[test]
    fn grpc_without_a_runtime_is_a_clear_error() {
        let target = resolve(None, true, &mut Env::of(&[(P, "grpc")]));
        let error = target.unwrap().unwrap().exporter().unwrap_err();
        assert_eq!(error, InitError::NoRuntime);
    }
}
