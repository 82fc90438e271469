//! Draws the traces of this process as they end.

mod builder;
#[cfg(test)]
mod tests;

use std::{
    cell::Cell,
    fmt,
    io::Write,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use opentelemetry::{Context, trace::Span as _};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{Span as SdkSpan, SpanData, SpanProcessor},
};

pub use self::builder::ConsoleBuilder;
use super::{
    Waterfall, detail,
    pending::{Block, Pending},
};
use crate::tree::{self, Span, Trace};

/// A [`SpanProcessor`] that draws each trace of this process when none of its spans is open any more.
///
/// A span that runs on after its request has been answered is waited for, so that the picture is
/// whole; a trace whose root ended five seconds ago is drawn with what there is. Work that begins
/// later, such as the consumer of a message that this process sent to itself, is drawn on its own.
///
/// A tool for development: drawing and writing happen where the last span ends, as with a log line.
/// Spans that are not sampled are not drawn. Clones share what they collect, and each keeps the
/// service of the provider it is given to, so that one picture can show several providers.
///
/// With two processors registered the SDK clones each span; a processor that stands before others can
/// call [`started`](Self::started) and [`ended`](Self::ended) instead, which copy what is drawn alone.
///
/// ```
/// use opentelemetry::trace::{Tracer, TracerProvider};
/// use opentelemetry_sdk::trace::SdkTracerProvider;
/// use traceprop_core::console::ConsoleProcessor;
///
/// let provider = SdkTracerProvider::builder()
///     .with_span_processor(ConsoleProcessor::builder().writer(std::io::sink()).build())
///     .build();
/// provider.tracer("shop").in_span("checkout", |_| {});
/// ```
#[derive(Clone, Debug)]
pub struct ConsoleProcessor {
    service: Arc<str>,
    shared: Arc<Shared>,
}

struct Shared {
    style: Waterfall,
    min_duration: Duration,
    pending: Mutex<Pending>,
    // A lock of its own: whatever the writer does, the spans of other traces do not wait for it.
    writer: Mutex<Box<dyn Write + Send>>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("style", &self.style)
            .finish_non_exhaustive()
    }
}

impl ConsoleProcessor {
    /// How many traces may be open at once unless told otherwise.
    pub const MAX_TRACES: usize = 128;
    /// How many spans of a trace are kept unless told otherwise.
    pub const MAX_SPANS: usize = 1_000;
    /// How long after its local root a trace may have open spans before it is drawn without them.
    pub const LINGER: Duration = Duration::from_secs(5);

    /// A processor with other settings than the defaults.
    #[must_use]
    pub fn builder() -> ConsoleBuilder {
        ConsoleBuilder::new()
    }

    /// Counts a span that has started.
    pub fn started(&self, span: &SdkSpan) {
        let context = span.span_context();
        if context.is_sampled() && !WRITING.get() {
            self.pending().start(context.trace_id());
        }
    }

    /// Takes a span that has ended, and draws its trace if it was the last one open. The span of a call
    /// that was ignored is left out.
    pub fn ended(&self, data: &SpanData) {
        if !data.span_context.is_sampled() || WRITING.get() {
            return;
        }
        if tree::is_ignored(data) {
            let ready = self.pending().forget(data.span_context.trace_id());
            self.draw(ready.into_iter().collect());
            return;
        }
        let style = &self.shared.style;
        let keep = |key: &str| detail::looks_at(key) || style.attributes.iter().any(|k| k == key);
        let span = Span::sketch(data, &self.service, keep, detail::LINKS + 1);
        let ready = self.pending().end(span, Instant::now());
        self.draw(ready);
    }

    /// Draws a trace from elsewhere, in one piece with the others.
    pub fn print(&self, trace: &Trace) {
        self.write(&self.shared.style.render(trace));
    }

    /// How many traces have been dropped because too many were open at once.
    #[must_use]
    pub fn dropped_traces(&self) -> u64 {
        self.pending().dropped()
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        // Nothing panics while the lock is held; were it so, the counts would still be sound.
        self.shared
            .pending
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn draw(&self, blocks: Vec<Block>) {
        for Block {
            spans,
            left_out,
            open,
        } in blocks
        {
            let trace = Trace::build(spans);
            if trace.duration() < self.shared.min_duration {
                continue;
            }
            let mut text = self.shared.style.render(&trace);
            if left_out > 0 {
                text.push_str(&format!("{left_out} spans left out\n"));
            }
            if open > 0 {
                text.push_str(&format!("{open} still open\n"));
            }
            self.write(&text);
        }
    }

    fn write(&self, text: &str) {
        let _writing = Writing::begin();
        let mut writer = self
            .shared
            .writer
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // There is nowhere to report that the terminal has gone away.
        let _ = writer
            .write_all(text.as_bytes())
            .and_then(|()| writer.flush());
    }
}

thread_local! {
    static WRITING: Cell<bool> = const { Cell::new(false) };
}

/// Set while this thread writes: a writer whose own spans came back here would wait for itself.
///
/// Not by suppressing telemetry in the `Context`: a span can end while that is borrowed.
struct Writing;

impl Writing {
    fn begin() -> Self {
        WRITING.set(true);
        Self
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        WRITING.set(false);
    }
}

impl SpanProcessor for ConsoleProcessor {
    fn on_start(&self, span: &mut SdkSpan, _cx: &Context) {
        self.started(span);
    }

    fn on_end(&self, data: SpanData) {
        self.ended(&data);
    }

    /// Draws all that has ended, also of traces that have not.
    fn force_flush(&self) -> OTelSdkResult {
        let left = self.pending().flush();
        self.draw(left);
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        self.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.service = tree::service_name(resource);
    }
}
