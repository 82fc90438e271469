//! The line that says what is in force, and the warnings about what is not.

use crate::console::ConsoleMode;

/// What is in force. No header, no key, and no user part of a URL is in here.
#[derive(Debug)]
pub(super) struct Summary {
    pub(super) service: String,
    pub(super) sampler: String,
    pub(super) exporter: String,
    pub(super) console: ConsoleMode,
    /// The headers that are written.
    pub(super) propagators: String,
    pub(super) disabled: bool,
}

impl Summary {
    pub(super) fn log(&self, notices: Vec<String>) {
        for notice in notices {
            tracing::warn!(target: "traceprop", "{notice}");
        }
        let Self {
            service,
            sampler,
            exporter,
            console,
            propagators,
            disabled,
        } = self;
        if *disabled {
            tracing::info!(
                target: "traceprop",
                service,
                propagators,
                "OTEL_SDK_DISABLED is set: no spans, contexts are passed on"
            );
            return;
        }
        tracing::info!(
            target: "traceprop",
            service,
            sampler,
            exporter,
            ?console,
            propagators,
            "tracing is set up"
        );
    }
}
