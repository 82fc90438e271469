//! The `tracing` span beside a call's OpenTelemetry span, for log lines and `Span::current()`.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use opentelemetry::Context;
use opentelemetry::trace::{SpanId, TraceContextExt, TraceId};
use tracing::field::display;

use super::adopt::{self, Expected};
use super::facts::Facts;
use crate::propagation::hex;

/// Whether a call opens a `tracing` span beside its OpenTelemetry span.
///
/// ```
/// use traceprop_core::call::{Options, Scope};
///
/// let quiet = Options::new("my-adapter", Scope::Linked).scope(Scope::Off);
/// # let _ = quiet;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scope {
    /// `tracing::Span::current()` is the call's span: log lines carry its trace id, `info!` becomes
    /// its event, `#[instrument]` functions its children. The default of servers and consumers.
    ///
    /// The scope has the target `traceprop` and the level ERROR. A filter that disables it takes the
    /// prefix of the log lines and the events, nothing else.
    Linked,
    /// The OpenTelemetry context is attached, nothing more. The default of clients and producers.
    Off,
}

/// The names of the fields that scopes have.
pub(super) const FIELDS: [&str; 5] = [TRACE_ID, "method", "route", "operation", "destination"];

/// The field that every scope has, and that one of the user's own may have.
pub(super) const TRACE_ID: &str = "trace_id";

/// A trace id as it is written on a line, without formatting the number.
pub(super) struct IdText([u8; 32]);

impl IdText {
    pub(super) fn of(trace_id: TraceId) -> Self {
        let mut text = [0; 32];
        hex::encode(&trace_id.to_bytes(), &mut text);
        Self(text)
    }
}

impl fmt::Display for IdText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.0).unwrap_or_default())
    }
}

/// The scope's `tracing` span: a few fields that a human wants on every log line.
pub(super) fn span(facts: &Facts, trace_id: TraceId) -> tracing::Span {
    let trace_id = display(IdText::of(trace_id));
    match facts {
        Facts::Http(http) => {
            let route = http.route.as_deref().map(display);
            tracing::error_span!(target: "traceprop", "http", trace_id, method = display(http.method), route)
        }
        Facts::Rpc(rpc) => {
            tracing::error_span!(target: "traceprop", "rpc", trace_id, method = display(&rpc.method))
        }
        Facts::Messaging(messaging) => {
            let destination = messaging.destination.as_deref().map(display);
            let operation = display(messaging.operation);
            tracing::error_span!(target: "traceprop", "messaging", trace_id, operation, destination)
        }
        Facts::Other => tracing::error_span!(target: "traceprop", "call", trace_id),
    }
}

/// The name of [`span`]'s span, by which an adopting tracer knows it.
pub(super) fn name(facts: &Facts) -> &'static str {
    match facts {
        Facts::Http(_) => "http",
        Facts::Rpc(_) => "rpc",
        Facts::Messaging(_) => "messaging",
        Facts::Other => "call",
    }
}

pub(super) fn current_span_id() -> SpanId {
    Context::map_current(|context| context.span().span_context().span_id())
}

const UNKNOWN: u8 = 0;
const SAFE: u8 = 1;
const FOREIGN: u8 = 2;

/// Whether the subscriber's tracing-opentelemetry layer adopts, as far as this process has seen.
static STATE: AtomicU8 = AtomicU8::new(UNKNOWN);

/// `false` where a tracing-opentelemetry layer without [`adopting`](super::adopting) would start a
/// second span for each call.
///
/// Once seen safe this is one load; it is looked at again only while it is not safe, since threads
/// may have subscribers of their own.
pub(super) fn is_safe(facts: &Facts) -> bool {
    if STATE.load(Ordering::Relaxed) == SAFE {
        return true;
    }
    match probe(facts) {
        Some(true) => {
            STATE.store(SAFE, Ordering::Relaxed);
            true
        }
        // Nothing listens, so nothing can be told yet.
        None => true,
        Some(false) => {
            found_foreign_layer();
            false
        }
    }
}

/// Notes that the subscriber has a tracing-opentelemetry layer that does not adopt.
pub(super) fn found_foreign_layer() {
    STATE.store(FOREIGN, Ordering::Relaxed);
    warn_of_foreign_layer();
}

/// Opens a scope under suppressed telemetry, where nobody's tracer records anything.
fn probe(facts: &Facts) -> Option<bool> {
    let suppressed = Context::new().with_telemetry_suppressed();
    let _attached = suppressed.clone().attach();
    let expected = Expected::Scope(name(facts));
    let (foreign, adopted) = adopt::offer(expected, suppressed, || {
        let span = span(facts, TraceId::INVALID);
        // A layer that does not adopt makes its own span here, an invalid but active one.
        (!span.is_disabled())
            .then(|| span.in_scope(|| Context::map_current(TraceContextExt::has_active_span)))
    });
    foreign.map(|foreign| adopted || !foreign)
}

fn warn_of_foreign_layer() {
    static WARNED: AtomicBool = AtomicBool::new(false);
    if !WARNED.swap(true, Ordering::Relaxed) {
        tracing::warn!(
            target: "traceprop",
            "the subscriber's tracing-opentelemetry layer does not adopt running calls, so calls open \
             no scope: give it `with_tracer(traceprop_core::adopting(tracer))`, or use \
             `traceprop_core::layer(tracer)`"
        );
    }
}

pub(super) fn warn_of_filter() {
    static WARNED: AtomicBool = AtomicBool::new(false);
    let nobody =
        || tracing::dispatcher::get_default(|d| d.is::<tracing::subscriber::NoSubscriber>());
    if !WARNED.load(Ordering::Relaxed) && !nobody() && !WARNED.swap(true, Ordering::Relaxed) {
        tracing::warn!(
            target: "traceprop",
            "the subscriber's filter disables the scopes of calls, so log lines carry no trace id and \
             become no events: add `traceprop=error` to the filter. Spans, propagation and metrics go on"
        );
    }
}
