//! The service processes: started one after the other, ended in the same order, never left behind.

use std::net::SocketAddr;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use crate::error::{Explain, Result};
use crate::services;

/// How long a service may take to listen.
const START: Duration = Duration::from_secs(30);
/// How long a service may take to drain and flush.
const END: Duration = Duration::from_secs(15);

/// The services that run. Dropping them kills them.
#[derive(Debug, Default)]
pub(super) struct Children(Vec<Running>);

/// Where a service that has started listens, if it does.
#[derive(Debug, Default)]
pub(super) struct Started {
    pub(super) address: Option<SocketAddr>,
    pub(super) metrics: Option<SocketAddr>,
}

#[derive(Debug)]
struct Running {
    service: &'static str,
    child: Child,
    /// Closes when this process ends, however it ends; the service ends with it.
    _lifeline: Option<ChildStdin>,
}

impl Children {
    /// Starts one service; returns where it listens once it does.
    ///
    /// `environment` is set or, where the value is `None`, removed.
    pub(super) async fn start(
        &mut self,
        service: &'static str,
        arguments: &[&str],
        environment: &[(&'static str, Option<String>)],
    ) -> Result<Started> {
        let program = std::env::current_exe().explain(|| "cannot find this program".to_owned())?;
        let mut command = Command::new(program);
        command
            .args(["run", "--supervised", "--metrics=127.0.0.1:0", service])
            .args(arguments)
            // Whatever name the environment has for one service: there are five.
            .env("OTEL_SERVICE_NAME", service)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            // A terminal's Ctrl-C is for this process, which ends the others in order.
            .process_group(0);
        for (name, value) in environment {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let mut child = command
            .spawn()
            .explain(|| format!("cannot start {service}"))?;
        let lifeline = child.stdin.take();
        let output = child.stdout.take().map(|out| BufReader::new(out).lines());
        self.0.push(Running {
            service,
            child,
            _lifeline: lifeline,
        });
        let Some(mut output) = output else {
            return Err(format!("{service} has no output").into());
        };
        let started = match timeout(START, ready(service, &mut output)).await {
            Ok(Some(started)) => started?,
            Ok(None) => return Err(self.failed_to_start(service).await),
            Err(_) => {
                return Err(format!("{service} was not ready within {START:?}").into());
            }
        };
        tokio::spawn(pass_on(service, output));
        Ok(started)
    }

    async fn failed_to_start(&mut self, service: &str) -> crate::error::Error {
        let Some(mut running) = self.0.pop() else {
            return format!("{service} did not start").into();
        };
        match timeout(END, running.child.wait()).await {
            Ok(Ok(status)) => format!("{service} did not start ({status})").into(),
            _ => format!("{service} did not start").into(),
        }
    }

    /// Waits until one of the services ends without having been told to.
    pub(super) async fn lost(&mut self) -> String {
        if self.0.is_empty() {
            return std::future::pending().await;
        }
        let ends = self.0.iter_mut().map(|running| {
            Box::pin(async {
                let how = describe(running.child.wait().await);
                format!("{} ended by itself ({how})", running.service)
            })
        });
        futures_util::future::select_all(ends).await.0
    }

    /// Ends the services by signal, callers before those they call; returns what went wrong.
    pub(super) async fn end(&mut self) -> Vec<String> {
        let mut wrong = Vec::new();
        // The last one started is the one nobody is called by.
        while let Some(mut running) = self.0.pop() {
            if let Some(problem) = running.end().await {
                wrong.push(problem);
            }
        }
        wrong
    }
}

impl Running {
    async fn end(&mut self) -> Option<String> {
        let service = self.service;
        // Without an id it was reaped already.
        if let Some(pid) = self
            .child
            .id()
            .and_then(|id| Pid::from_raw(id.cast_signed()))
            && let Err(error) = kill_process(pid, Signal::TERM)
        {
            return Some(format!("cannot end {service}: {error}"));
        }
        match timeout(END, self.child.wait()).await {
            Ok(Ok(status)) if status.success() => None,
            Ok(how) => Some(format!("{service} ended badly ({})", describe(how))),
            Err(_) => {
                let killed = self.child.kill().await;
                let how = killed.map_or_else(|error| error.to_string(), |()| "killed".to_owned());
                Some(format!("{service} did not end within {END:?} ({how})"))
            }
        }
    }
}

fn describe(end: std::io::Result<ExitStatus>) -> String {
    end.map_or_else(|error| error.to_string(), |status| status.to_string())
}

/// What a service says of itself until it is ready; `None` if it ended before that.
async fn ready(
    service: &str,
    output: &mut Lines<BufReader<ChildStdout>>,
) -> Option<Result<Started>> {
    let mut started = Started::default();
    while let Ok(Some(line)) = output.next_line().await {
        let (said, last) = match line.split_once(' ').unwrap_or((&line, "")) {
            (services::READY, address) => (parse(service, address), true),
            (services::METRICS, address) => (parse(service, address), false),
            _ => continue,
        };
        let address = match said {
            Ok(address) => address,
            Err(error) => return Some(Err(error)),
        };
        if last {
            started.address = address;
            return Some(Ok(started));
        }
        started.metrics = address;
    }
    None
}

/// The address that a service says it listens on; it may listen nowhere.
fn parse(service: &str, address: &str) -> Result<Option<SocketAddr>> {
    let address = Some(address.trim()).filter(|address| !address.is_empty());
    let parsed = address.map(str::parse).transpose();
    parsed.explain(|| format!("{service} says that it listens on {address:?}"))
}

/// Keeps the pipe empty; what a service has to say goes to where errors go.
async fn pass_on(service: &'static str, mut output: Lines<BufReader<ChildStdout>>) {
    while let Ok(Some(line)) = output.next_line().await {
        eprintln!("{service}: {line}");
    }
}
