//! What the tests of `Telemetry` share.
//!
//! `Telemetry`, the subscriber and the environment are one per process. So each test starts its own
//! binary again, for the one test, and that process is where its body runs.

#![allow(dead_code, reason = "each test binary uses a part of it")]
#![allow(clippy::unwrap_used, reason = "this is all tests")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::thread;

use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use traceprop_core::call::{Call, Options, Outcome, Scope};

const CHILD: &str = "TRACEPROP_TEST_CHILD";

/// Whether this process is the one that a test started for itself.
pub(crate) fn is_child() -> bool {
    std::env::var_os(CHILD).is_some()
}

/// Runs the test `name` of this binary in a process of its own, with these variables only.
pub(crate) fn run(name: &str, variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(std::env::current_exe().unwrap());
    for (key, _) in std::env::vars_os() {
        let key = key.to_string_lossy().into_owned();
        if [
            "OTEL_",
            "TRACEPROP_",
            "RUST_LOG",
            "http_proxy",
            "HTTP_PROXY",
        ]
        .iter()
        .any(|prefix| key.starts_with(prefix))
        {
            command.env_remove(key);
        }
    }
    command
        .args([name, "--exact", "--nocapture", "--test-threads=1"])
        .env(CHILD, "1")
        .envs(variables.iter().copied());
    command.output().unwrap()
}

/// The same, for a body that asserts everything itself; returns what it wrote to stderr.
pub(crate) fn passes(name: &str, variables: &[(&str, &str)]) -> String {
    let output = run(name, variables);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{name}: {stdout}\n{stderr}");
    assert!(stdout.contains("1 passed"), "{name} did not run: {stdout}");
    stderr
}

/// One call, as an adapter makes it.
pub(crate) fn call(name: &'static str) {
    let call = Call::server(name).start(&Options::new("test", Scope::Linked));
    call.finish(Outcome::Completed);
}

/// Keeps the spans it is given.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept(Arc<Mutex<Vec<SpanData>>>);

impl Kept {
    pub(crate) fn spans(&self) -> Vec<SpanData> {
        self.0.lock().unwrap().clone()
    }
}

impl SpanExporter for Kept {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().unwrap().extend(batch);
        Ok(())
    }
}

/// A collector for http/protobuf that says yes to everything, and keeps request lines.
pub(crate) fn http_collector() -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let requests = seen.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut reader = BufReader::new(stream.unwrap());
            let requests = requests.clone();
            thread::spawn(move || while answer(&mut reader, &requests).is_some() {});
        }
    });
    (address, seen)
}

fn answer(
    reader: &mut BufReader<std::net::TcpStream>,
    requests: &Mutex<Vec<String>>,
) -> Option<()> {
    let mut length = 0;
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    requests.lock().unwrap().push(line.trim().to_owned());
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let header = line.trim().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    reader.read_exact(&mut vec![0; length]).ok()?;
    let stream = reader.get_mut();
    stream
        .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        .ok()
}
