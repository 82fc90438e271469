//! Warnings about the configuration: a `tracing` event where the feature `call` brings `tracing` in.

use std::fmt;

/// Warns once about a setting, under the target `traceprop`.
#[cfg(feature = "call")]
pub(crate) fn warn(message: fmt::Arguments<'_>) {
    tracing::warn!(target: "traceprop", "{message}");
}

/// Does nothing: without the feature `call` there is nothing to warn through.
#[cfg(not(feature = "call"))]
pub(crate) fn warn(_message: fmt::Arguments<'_>) {}
