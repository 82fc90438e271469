//! How to draw a trace.

use std::io::{self, Write};

use super::drawing;
use crate::tree::Trace;

/// Draws a trace as a tree with bars.
///
/// ```
/// # use std::time::{Duration, SystemTime};
/// # use opentelemetry::trace::{SpanId, Status, TraceId};
/// use traceprop_core::console::Waterfall;
/// use traceprop_core::tree::{Span, Trace};
///
/// # let at = |ms| SystemTime::UNIX_EPOCH + Duration::from_millis(ms);
/// # let id = TraceId::from(1);
/// # let request = Span::new(id, SpanId::from(1), "orders", "GET /orders", at(0), at(100));
/// # let mut call = Span::new(id, SpanId::from(2), "orders", "POST", at(20), at(90));
/// # call.parent_span_id = Some(SpanId::from(1));
/// # call.status = Status::error("connection refused");
/// let trace = Trace::build(vec![request, call]);
/// let text = Waterfall::new().width(60).ascii(true).bars(false).render(&trace);
/// assert!(text.ends_with("\
/// GET /orders  orders    100ms
/// `- POST      orders     70ms  <- 70%
///       ! connection refused
/// "));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waterfall {
    pub(super) width: usize,
    pub(super) color: bool,
    pub(super) ascii: bool,
    pub(super) bars: bool,
    pub(super) max_spans: usize,
    pub(super) attributes: Vec<String>,
}

impl Default for Waterfall {
    fn default() -> Self {
        Self::new()
    }
}

impl Waterfall {
    /// The width where nothing else is known, in columns.
    pub const DEFAULT_WIDTH: usize = 100;
    /// The least width, in columns; below, nothing would be left for the bars.
    pub const MIN_WIDTH: usize = 60;
    /// The greatest width, in columns.
    pub const MAX_WIDTH: usize = 400;
    /// How many spans of a trace are drawn unless told otherwise.
    pub const MAX_SPANS: usize = 200;

    /// Draws 100 columns of Unicode with bars and without colours, of at most 200 spans.
    ///
    /// [`detect`](Self::detect) asks the environment instead.
    #[must_use]
    pub fn new() -> Self {
        Self {
            width: Self::DEFAULT_WIDTH,
            color: false,
            ascii: false,
            bars: true,
            max_spans: Self::MAX_SPANS,
            attributes: Vec::new(),
        }
    }

    /// Sets the width in columns, at least [`MIN_WIDTH`](Self::MIN_WIDTH) and at most
    /// [`MAX_WIDTH`](Self::MAX_WIDTH). Default: [`DEFAULT_WIDTH`](Self::DEFAULT_WIDTH).
    #[must_use]
    pub fn width(mut self, columns: usize) -> Self {
        self.width = columns.clamp(Self::MIN_WIDTH, Self::MAX_WIDTH);
        self
    }

    /// Whether to colour errors and the bottleneck, with ANSI sequences. Default: no.
    #[must_use]
    pub fn color(mut self, color: bool) -> Self {
        self.color = color;
        self
    }

    /// Whether to use ASCII alone; any other character is shown as `?`. Default: no.
    #[must_use]
    pub fn ascii(mut self, ascii: bool) -> Self {
        self.ascii = ascii;
        self
    }

    /// Whether to draw bars; without them, only the tree and its times are left. Default: yes.
    #[must_use]
    pub fn bars(mut self, bars: bool) -> Self {
        self.bars = bars;
        self
    }

    /// Sets how many spans of a trace are drawn, from the top; what is left out is counted. Default:
    /// [`MAX_SPANS`](Self::MAX_SPANS).
    #[must_use]
    pub fn max_spans(mut self, spans: usize) -> Self {
        self.max_spans = spans;
        self
    }

    /// Shows the attributes with these keys below the spans that have them. Default: none.
    #[must_use]
    pub fn attributes<K: Into<String>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        self.attributes = keys.into_iter().map(Into::into).collect();
        self
    }

    /// Draws a trace; each line ends with a line break.
    #[must_use]
    pub fn render(&self, trace: &Trace) -> String {
        drawing::draw(trace, self)
    }

    /// Draws a trace and writes it in one piece, so that no other line comes between.
    ///
    /// # Errors
    ///
    /// Returns the error of the writer.
    pub fn write_to(&self, trace: &Trace, mut out: impl Write) -> io::Result<()> {
        out.write_all(self.render(trace).as_bytes())?;
        out.flush()
    }
}

#[cfg(test)]
mod tests;
