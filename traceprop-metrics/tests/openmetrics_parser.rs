//! Another implementation reads what we write: the parser of Python's `prometheus-client`.
//!
//! Needs `python3`, and either the package or a `pip` that can fetch it; says so on standard error and
//! passes where there is neither.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use common::span;
use prometheus::{Counter, Gauge, Histogram, HistogramOpts, IntCounter, Opts, Registry};
use traceprop_metrics::{ExemplarCounterVec, ExemplarHistogramVec, OpenMetricsEncoder};

const PACKAGE: &str = "prometheus-client==0.25.0";

/// Prints one line for each family and exemplar, and fails where the body breaks a rule.
const SCRIPT: &str = r#"
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
for family in text_string_to_metric_families(sys.stdin.read()):
    print(family.type, family.name, repr(family.unit), len(family.samples))
    for sample in family.samples:
        if sample.exemplar:
            print("exemplar", sample.name, sample.exemplar.labels["trace_id"], sample.exemplar.value)
"#;

/// Where the package is, having fetched it at the first run; once, for the tests run side by side.
static FETCHED: LazyLock<Option<PathBuf>> = LazyLock::new(fetch);

fn fetch() -> Option<PathBuf> {
    Command::new("python3").arg("--version").output().ok()?;
    let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("prometheus-client-0.25.0");
    if !target.join("prometheus_client").is_dir() {
        let quiet = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ];
        let limits = ["--retries", "0", "--timeout", "10", "--no-deps", "--target"];
        let pip = Command::new("python3")
            .args(quiet)
            .args(limits)
            .arg(&target)
            .arg(PACKAGE)
            .output();
        if !pip.is_ok_and(|pip| pip.status.success()) {
            return None;
        }
    }
    Some(target)
}

/// What the parser makes of `body`; `None` if there is no parser.
fn parse(body: &str) -> Option<Result<String, String>> {
    let Some(package) = &*FETCHED else {
        // Not `eprintln`, which the harness keeps to itself while a test passes.
        let _ = writeln!(
            io::stderr(),
            "SKIPPED: no python3 with {PACKAGE}, and no pip that can fetch it"
        );
        return None;
    };
    let mut python = Command::new("python3")
        .args(["-c", SCRIPT])
        .env("PYTHONPATH", package)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    python
        .stdin
        .take()
        .unwrap()
        .write_all(body.as_bytes())
        .unwrap();
    let output = python.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Some(if output.status.success() {
        Ok(text(output.stdout))
    } else {
        Err(text(output.stderr))
    })
}

#[test]
fn a_body_of_everything_is_valid() {
    let registry = Registry::new();
    let opts = HistogramOpts::new("took_seconds", "Quotes \", \\ and\nlines.");
    let took = ExemplarHistogramVec::new(opts, &["route"]).unwrap();
    let sent = ExemplarCounterVec::new(Opts::new("sent_bytes_total", "S."), &["to"]).unwrap();
    registry.register(Box::new(took.clone())).unwrap();
    registry.register(Box::new(sent.clone())).unwrap();
    registry
        .register(Box::new(IntCounter::new("bare", "B.").unwrap()))
        .unwrap();
    registry
        .register(Box::new(Gauge::new("sent_bytes", "Clashes.").unwrap()))
        .unwrap();
    registry
        .register(Box::new(Counter::new("ours_total", "Clashes.").unwrap()))
        .unwrap();
    registry
        .register(Box::new(Gauge::new("ours_created", "Clashes.").unwrap()))
        .unwrap();
    let negative = HistogramOpts::new("degrees", "N.").buckets(vec![-1.0, 1e7]);
    registry
        .register(Box::new(Histogram::with_opts(negative).unwrap()))
        .unwrap();
    for (n, value) in [0.001, 0.3, 7.0, 1e9].into_iter().enumerate() {
        took.with_label_values(&["/a\"\\\n{x}"])
            .observe_with(value, &span(n as u64 + 1));
    }
    sent.with_label_values(&["é"]).inc_with(12.0, &span(9));

    let encoder = OpenMetricsEncoder::new().strict(true);
    let Some(parsed) = parse(&encoder.encode(&registry).unwrap()) else {
        return;
    };
    let parsed = parsed.unwrap();
    for line in [
        "histogram took_seconds 'seconds' 14",
        "exemplar took_seconds_bucket 00000000000000000000000000000001 0.001",
        "exemplar took_seconds_bucket 00000000000000000000000000000004 1000000000.0",
        "unknown bare '' 1",
        "gauge sent_bytes 'bytes' 1",
        "unknown sent_bytes_total '' 1",
        "unknown ours_total '' 1",
        "histogram degrees '' 3",
    ] {
        assert!(
            parsed.lines().any(|seen| seen == line),
            "{line} is not in\n{parsed}"
        );
    }
    assert_eq!(
        parsed
            .lines()
            .filter(|line| line.starts_with("exemplar"))
            .count(),
        4
    );
}

#[test]
fn the_parser_does_refuse_what_is_wrong() {
    let Some(parsed) = parse("# TYPE a counter\na 1\n# EOF\n") else {
        return;
    };
    let error = parsed.unwrap_err();
    assert!(error.contains("ValueError"), "{error}");
}
