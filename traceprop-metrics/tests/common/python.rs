//! The parser of Python's `prometheus-client`, in a process of its own.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

const PACKAGE: &str = "prometheus-client==0.25.0";

/// Reads bodies after their lengths, prints one line for each family, exemplar, help and label, and fails
/// with the body that breaks a rule.
const SCRIPT: &str = r#"
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
encoded = lambda text: text.encode().hex() or "-"
source = sys.stdin.buffer
while length := source.readline():
    body = source.read(int(length)).decode()
    try:
        families = list(text_string_to_metric_families(body))
    except Exception:
        sys.stderr.write(body)
        raise
    for family in families:
        print(family.type, family.name, repr(family.unit), len(family.samples))
        print("help", family.name, encoded(family.documentation))
        for sample in family.samples:
            for value in sample.labels.values():
                print("label", sample.name, encoded(value), sample.value)
            if sample.exemplar:
                print("exemplar", sample.name, next(iter(sample.exemplar.labels.values())), sample.exemplar.value)
"#;

/// What the parser found, line by line.
#[derive(Debug)]
pub(crate) struct Parsed(Vec<String>);

impl Parsed {
    /// Whether there is a line that is, or starts with, these words.
    pub(crate) fn has(&self, words: &str) -> bool {
        let longer = format!("{words} ");
        self.0
            .iter()
            .any(|line| line == words || line.starts_with(&longer))
    }

    pub(crate) fn exemplars(&self) -> usize {
        self.0
            .iter()
            .filter(|line| line.starts_with("exemplar "))
            .count()
    }
}

/// As the script prints text from outside.
pub(crate) fn hex(text: &str) -> String {
    if text.is_empty() {
        return "-".to_owned();
    }
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

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

/// What the parser makes of `body`, which must be valid; `None` if there is no parser.
pub(crate) fn parse(body: &str) -> Option<Parsed> {
    parse_all(&[body.to_owned()]).map(|parsed| parsed.unwrap())
}

/// What the parser makes of `bodies`; `None` if there is no parser.
pub(crate) fn parse_all(bodies: &[String]) -> Option<Result<Parsed, String>> {
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
    let mut input = python.stdin.take().unwrap();
    let bodies = bodies.to_vec();
    // On a thread of its own: the script prints before it has read everything.
    let writer = std::thread::spawn(move || {
        for body in bodies {
            // A script that has failed reads no more; its own words say why.
            let _ = write!(input, "{}\n{body}", body.len());
        }
    });
    let output = python.wait_with_output().unwrap();
    writer.join().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Some(if output.status.success() {
        Ok(Parsed(
            text(output.stdout).lines().map(str::to_owned).collect(),
        ))
    } else {
        Err(text(output.stderr))
    })
}
