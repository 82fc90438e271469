//! grpc-python with OpenTelemetry's instrumentation, calling us and called by us: one trace each way.

use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use opentelemetry::trace::SpanKind;
use tonic::Code;
use tonic::transport::{Endpoint, Server};
use tower::Layer;
use traceprop_core::tree::Span;

use crate::kinds::{Do, Kind, Kinds, call};
use crate::running::Running;
use crate::support::{Watched, status};

const PACKAGES: [&str; 3] = [
    "grpcio==1.85.1",
    "opentelemetry-sdk==1.45.2",
    "opentelemetry-instrumentation-grpc==0.66b2",
];

const SCRIPT: &str = include_str!("peer.py");

const SOON: Duration = Duration::from_secs(20);

/// A span of theirs.
#[derive(Debug)]
struct Theirs {
    kind: String,
    trace_id: String,
    span_id: String,
    parent: String,
    code: String,
}

fn read(line: &str) -> Theirs {
    let mut words = line.split(' ').map(str::to_owned);
    let mut next = || words.next().expect("five words");
    Theirs {
        kind: next(),
        trace_id: next(),
        span_id: next(),
        parent: next(),
        code: next(),
    }
}

/// Where the packages are, having fetched them at the first run; none without a network.
fn fetch() -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("grpc-python-1.85.1");
    let done = target.join("fetched");
    if !done.exists() {
        let pip = Command::new("python3")
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
            ])
            .args(["--retries", "0", "--timeout", "10", "--target"])
            .arg(&target)
            .args(PACKAGES)
            .output();
        if !pip.is_ok_and(|pip| pip.status.success()) {
            // Not `eprintln`, which the harness keeps to itself while a test passes.
            let _ = writeln!(
                io::stderr(),
                "SKIPPED: no python3 with {PACKAGES:?}, and no pip that can fetch them"
            );
            return None;
        }
        std::fs::write(done, "").unwrap();
    }
    Some(target)
}

fn python(packages: &Path, args: &[&str]) -> Command {
    let mut python = Command::new("python3");
    python
        .args(["-c", SCRIPT])
        .args(args)
        .env("PYTHONPATH", packages)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    python
}

fn ours(watched: &Watched, kind: &SpanKind) -> Vec<Span> {
    let mut spans = watched.otel.wait_for(3, SOON);
    spans.retain(|span| span.kind == *kind);
    assert_eq!(spans.len(), 3);
    spans
}

/// What both sides must say of the three calls.
const STATUSES: [(&str, &str); 3] = [("OK", "0"), ("OK", "0"), ("NOT_FOUND", "5")];

fn theirs_calls_ours(packages: &Path) {
    let watched = Watched::new();
    let server = Running::start(Server::builder().layer(watched.server()).add_service(Kinds));
    let address = server.address.to_string();
    let output = python(packages, &["call", &address]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let output = String::from_utf8(output.stdout).unwrap();
    let callers: Vec<Theirs> = output.lines().map(read).collect();
    assert_eq!(callers.len(), 3, "{callers:?}");
    let spans = ours(&watched, &SpanKind::Server);
    for (caller, (word, number)) in callers.iter().zip(STATUSES) {
        assert_eq!((&*caller.kind, &*caller.code), ("CLIENT", number));
        let mut children = spans.iter().filter(|span| {
            span.parent_span_id.map(|id| id.to_string()).as_deref() == Some(&caller.span_id)
        });
        let child = children.next().expect("ours is its child");
        assert_eq!(child.trace_id.to_string(), caller.trace_id);
        assert_eq!(status(child).0, word);
    }
}

async fn ours_calls_theirs(packages: &Path) {
    let mut python = python(packages, &["serve"]).spawn().unwrap();
    let mut lines = BufReader::new(python.stdout.take().unwrap()).lines();
    let port = lines.next().expect("a port").unwrap();

    let watched = Watched::new();
    let endpoint = Endpoint::from_shared(format!("http://127.0.0.1:{port}")).unwrap();
    let channel = watched.client().layer(endpoint.connect().await.unwrap());
    let told = [
        call(channel.clone(), Kind::Unary, Do::Answer).await,
        call(channel.clone(), Kind::ServerStreaming, Do::Answer).await,
        call(channel, Kind::ServerStreaming, Do::Fail(Code::NotFound)).await,
    ];
    let codes = told.map(|told| told.map_or_else(|status| status.code(), |_| Code::Ok));
    assert_eq!(codes, [Code::Ok, Code::Ok, Code::NotFound]);
    let callers = ours(&watched, &SpanKind::Client);

    drop(python.stdin.take());
    let served: Vec<Theirs> = lines.map(|line| read(&line.unwrap())).collect();
    assert!(python.wait().unwrap().success());
    assert_eq!(served.len(), 3, "{served:?}");
    for (caller, (word, number)) in callers.iter().zip(STATUSES) {
        assert_eq!(status(caller).0, word);
        let mut children = served
            .iter()
            .filter(|span| span.parent == caller.span_id.to_string());
        let child = children.next().expect("theirs is its child");
        assert_eq!(child.trace_id, caller.trace_id.to_string());
        assert_eq!((&*child.kind, &*child.code), ("SERVER", number));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_trace_with_python_each_way() {
    let Some(packages) = fetch() else {
        return;
    };
    theirs_calls_ours(&packages);
    ours_calls_theirs(&packages).await;
}
