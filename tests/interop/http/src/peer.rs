//! The peer's process.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::Fallible;

/// How long a peer may take until it listens: a virtual machine with an agent takes seconds.
const PATIENCE: Duration = Duration::from_secs(90);

/// The process, which is killed when this is dropped.
pub(crate) struct Peer {
    _process: Child,
    port: u16,
}

impl Peer {
    /// Starts it with its spans going to `collector`, and waits until it listens.
    pub(crate) async fn start(command: &[String], collector: SocketAddr) -> Fallible<Self> {
        let [program, arguments @ ..] = command else {
            return Err("there is no command for the peer".into());
        };
        let mut process = Command::new(program)
            .args(arguments)
            .envs(environment())
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{collector}"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let output = process.stdout.take().ok_or("the peer has no output")?;
        let mut lines = BufReader::new(output).lines();
        let port = tokio::time::timeout(PATIENCE, port(&mut lines));
        let port = port.await.map_err(|_| "the peer says no port")??;
        // Whatever else it says must not fill the pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self {
            _process: process,
            port,
        })
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }
}

fn environment() -> [(&'static str, &'static str); 7] {
    [
        ("OTEL_SERVICE_NAME", "peer"),
        ("OTEL_TRACES_EXPORTER", "otlp"),
        ("OTEL_METRICS_EXPORTER", "none"),
        ("OTEL_LOGS_EXPORTER", "none"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
        ("OTEL_BSP_SCHEDULE_DELAY", "50"),
        ("OTEL_PROPAGATORS", "tracecontext,baggage,b3,b3multi,jaeger"),
    ]
}

/// Reads until the line `port NUMBER`.
async fn port(lines: &mut Lines<BufReader<ChildStdout>>) -> Fallible<u16> {
    while let Some(line) = lines.next_line().await? {
        if let Some(port) = line.strip_prefix("port ") {
            return Ok(port.trim().parse()?);
        }
    }
    Err("the peer ended before it listened".into())
}
