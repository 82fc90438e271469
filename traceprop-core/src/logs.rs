//! Log lines that show which trace they belong to.
//!
//! A call's scope is a `tracing` span with the field `trace_id`, so the formatters print it in front
//! of every line of the call, as one of the spans that the line is in.

use std::io::IsTerminal;

use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::registry::LookupSpan;

/// How log lines are written to stderr.
///
/// ```
/// use traceprop_core::logs::Format;
///
/// assert_eq!(Format::default(), Format::Text);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// One line of text for an event, coloured on a terminal unless `NO_COLOR` is set:
    /// `... INFO http{trace_id=4bf92f35... method=GET route=/orders/{id}}: orders: loaded`.
    #[default]
    Text,
    /// One JSON object in a line for an event. The call's `trace_id` is in its entry in `spans`.
    Json,
    /// No log lines.
    Off,
}

/// A layer that writes log lines to stderr; `None` for [`Format::Off`].
///
/// It has no filter, so give it one, which should keep the ERROR spans of the target `traceprop`:
/// without them lines carry no trace id.
///
/// ```
/// use tracing_subscriber::layer::SubscriberExt;
/// use traceprop_core::logs::{Format, layer};
///
/// let subscriber = tracing_subscriber::registry().with(layer(Format::Json));
/// # let _ = subscriber;
/// ```
#[must_use]
pub fn layer<S>(format: Format) -> Option<Box<dyn Layer<S> + Send + Sync>>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    match format {
        Format::Text => Some(lines.with_ansi(is_colourful()).boxed()),
        Format::Json => Some(lines.with_ansi(false).json().boxed()),
        Format::Off => None,
    }
}

/// See <https://no-color.org>: any value but an empty one.
fn is_colourful() -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    !refused && std::io::stderr().is_terminal()
}
