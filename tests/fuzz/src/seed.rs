//! Writes `corpus/<target>/<vector>` for each of the conformance vectors.
#![forbid(unsafe_code)]

use std::{error::Error, fs, path::Path};

use serde_json::Value;
use traceprop_fuzz::{END, IS};

/// The vectors' formats, and the targets that start from them.
const TARGETS: [(&str, &[&str]); 5] = [
    ("w3c", &["traceparent", "tracestate", "composite"]),
    ("baggage", &["baggage", "composite"]),
    ("b3", &["b3", "composite"]),
    ("b3multi", &["b3", "composite"]),
    ("jaeger", &["jaeger", "jaeger_baggage", "composite"]),
];

fn main() -> Result<(), Box<dyn Error>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = fs::read(here.join("../../traceprop-core/tests/data/propagation.json"))?;
    let file: Value = serde_json::from_slice(&file)?;
    let mut written = 0;
    for vector in list(&file, "vectors") {
        let format = vector["format"].as_str().unwrap_or_default();
        let targets = TARGETS.iter().find(|(known, _)| *known == format);
        for headers in [list(vector, "headers"), list(vector, "expect_headers")] {
            for target in targets.map_or(&[][..], |found| found.1) {
                let name = format!(
                    "{}-{}",
                    vector["id"].as_str().unwrap_or_default(),
                    headers.len()
                );
                written += write(here, target, &name, &seed(headers))?;
            }
        }
    }
    for vector in list(&file, "config_vectors") {
        let names = vector["env"].as_str().unwrap_or_default();
        let id = vector["id"].as_str().unwrap_or_default();
        written += write(here, "names", id, names.as_bytes())?;
    }
    println!("{written} seeds");
    Ok(())
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

fn seed(headers: &[Value]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for header in headers {
        let part = |at: usize| header[at].as_str().unwrap_or_default().as_bytes();
        bytes.extend([part(0), &[IS], part(1), &[END]].concat());
    }
    bytes
}

fn write(here: &Path, target: &str, name: &str, bytes: &[u8]) -> Result<usize, Box<dyn Error>> {
    if bytes.is_empty() {
        return Ok(0);
    }
    let folder = here.join("corpus").join(target);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(name), bytes)?;
    Ok(1)
}
