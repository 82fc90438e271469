//! The file of `--spans`: OTLP-JSON, one export request a line, as the collector's file exporter
//! writes it.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;

use crate::error::{Explain, Result};

/// Takes export requests, one a line.
#[derive(Debug)]
pub(super) struct SpansFile {
    path: PathBuf,
    written: Mutex<Written>,
}

#[derive(Debug)]
struct Written {
    file: BufWriter<File>,
    /// The first thing that went wrong; nothing is written after it.
    failed: Option<String>,
}

impl SpansFile {
    pub(super) fn create(path: &Path) -> Result<Self> {
        let file = File::create(path)
            .explain(|| format!("cannot write the file of --spans, {}", path.display()))?;
        Ok(Self {
            path: path.to_owned(),
            written: Mutex::new(Written {
                file: BufWriter::new(file),
                failed: None,
            }),
        })
    }

    /// Writes one line; a failure is kept for [`problem`](Self::problem).
    pub(super) fn write(&self, request: &ExportTraceServiceRequest) {
        let line = serde_json::to_vec(request);
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if written.failed.is_some() {
            return;
        }
        let done = line.map_err(std::io::Error::other).and_then(|mut line| {
            line.push(b'\n');
            written.file.write_all(&line)?;
            // Who follows the file sees whole lines.
            written.file.flush()
        });
        written.failed = done.err().map(|error| error.to_string());
    }

    pub(super) fn problem(&self) -> Option<String> {
        let written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let failed = written.failed.as_ref()?;
        Some(format!(
            "cannot write the file of --spans, {}: {failed}",
            self.path.display()
        ))
    }
}
