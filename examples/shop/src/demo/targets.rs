//! The file of `--targets`: where the metrics are, as Prometheus's `file_sd_configs` reads it.

use std::path::Path;

use serde::Serialize;

use super::open::Shop;
use crate::error::{Explain, Result};

/// One service; Prometheus would call all five by the name of the scrape job otherwise.
#[derive(Debug, Serialize)]
struct Group<'a> {
    targets: [String; 1],
    labels: Labels<'a>,
}

#[derive(Debug, Serialize)]
struct Labels<'a> {
    job: &'a str,
}

/// Writes the file at once: who watches it never sees half of it.
pub(super) fn write(path: &Path, shop: &Shop) -> Result<()> {
    let groups: Vec<_> = shop
        .metrics
        .iter()
        .map(|&(job, address)| Group {
            targets: [address.to_string()],
            labels: Labels { job },
        })
        .collect();
    let text = serde_json::to_vec_pretty(&groups)?;
    let wrong = || format!("cannot write the file of --targets, {}", path.display());
    // Beside it, since a file is renamed within one file system only.
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    std::fs::write(&part, text).explain(wrong)?;
    std::fs::rename(&part, path).explain(wrong)
}
