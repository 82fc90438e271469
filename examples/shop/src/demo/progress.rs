//! The bar that moves while the shop works; there is none where nobody would see it.

use indicatif::{ProgressBar, ProgressStyle};

use super::REQUESTS;
use crate::cli::DemoArgs;
use crate::services;

/// One step for each service started and for each request answered.
pub(super) fn bar(args: &DemoArgs) -> ProgressBar {
    let requests = match (args.requests, args.serve) {
        (Some(requests), _) => requests,
        (None, true) => 0,
        (None, false) => REQUESTS,
    };
    let bar = ProgressBar::new(u64::from(requests) + services::NAMES.len() as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} {msg}") {
        bar.set_style(style);
    }
    bar
}
