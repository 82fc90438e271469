//! Settings of the processor.

use std::{
    fmt,
    io::Write,
    sync::{Arc, Mutex},
    time::Duration,
};

use super::{ConsoleProcessor, Shared};
use crate::console::{
    Waterfall,
    pending::{Limits, Pending},
};

/// Settings of a [`ConsoleProcessor`].
///
/// ```
/// use std::time::Duration;
/// use traceprop_core::console::{ConsoleProcessor, Waterfall};
///
/// let console = ConsoleProcessor::builder()
///     .waterfall(Waterfall::detect().attributes(["http.route"]))
///     .min_duration(Duration::from_millis(100))
///     .build();
/// assert_eq!(console.dropped_traces(), 0);
/// ```
pub struct ConsoleBuilder {
    style: Waterfall,
    min_duration: Duration,
    limits: Limits,
    writer: Box<dyn Write + Send>,
}

impl fmt::Debug for ConsoleBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsoleBuilder")
            .field("style", &self.style)
            .finish_non_exhaustive()
    }
}

impl ConsoleBuilder {
    pub(super) fn new() -> Self {
        Self {
            style: Waterfall::detect(),
            min_duration: Duration::ZERO,
            limits: Limits {
                traces: ConsoleProcessor::MAX_TRACES,
                spans: ConsoleProcessor::MAX_SPANS,
                linger: ConsoleProcessor::LINGER,
            },
            writer: Box::new(std::io::stderr()),
        }
    }

    /// Sets how to draw. Default: [`Waterfall::detect`].
    #[must_use]
    pub fn waterfall(mut self, style: Waterfall) -> Self {
        self.style = style;
        self
    }

    /// Sets where to write. Default: standard error. Each trace is one write, followed by a flush;
    /// errors of the writer are ignored, and spans that it makes itself are not drawn.
    #[must_use]
    pub fn writer(mut self, writer: impl Write + Send + 'static) -> Self {
        self.writer = Box::new(writer);
        self
    }

    /// Draws only traces that took at least this long in this process. Default: all.
    #[must_use]
    pub fn min_duration(mut self, duration: Duration) -> Self {
        self.min_duration = duration;
        self
    }

    /// Sets how many traces may be open at once, at least one. Default:
    /// [`ConsoleProcessor::MAX_TRACES`]. Beyond, the oldest is dropped and
    /// [counted](ConsoleProcessor::dropped_traces).
    #[must_use]
    pub fn max_traces(mut self, traces: usize) -> Self {
        self.limits.traces = traces.max(1);
        self
    }

    /// Sets how many spans of a trace are kept, at least one. Default:
    /// [`ConsoleProcessor::MAX_SPANS`]. Beyond, spans are left out, and the picture says how many; a
    /// local root is kept in any case.
    #[must_use]
    pub fn max_spans(mut self, spans: usize) -> Self {
        self.limits.spans = spans.max(1);
        self
    }

    /// The processor.
    #[must_use]
    pub fn build(self) -> ConsoleProcessor {
        let shared = Shared {
            style: self.style,
            min_duration: self.min_duration,
            pending: Mutex::new(Pending::new(self.limits)),
            writer: Mutex::new(self.writer),
        };
        ConsoleProcessor {
            service: "unknown_service".into(),
            shared: Arc::new(shared),
        }
    }
}
