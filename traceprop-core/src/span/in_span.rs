//! An internal span around a piece of work.

use std::borrow::Cow;
use std::future::Future;

use opentelemetry::trace::SpanKind;

use super::run::{options, run_sync};
use crate::call::{Call, InCall, Outcome};

/// Runs `future` in an internal span named `name`, a child of the current context.
///
/// The span starts here, not at the first poll, so that `tokio::spawn(in_span(..))` belongs to the
/// caller's trace. It is the current span in every poll, and ends when the future is done; where the
/// future is dropped before, it has the `error.type` `cancelled`, and `panic` where it panics.
///
/// The tracer is what `Telemetry` installed, else `opentelemetry::global`. There is no `tracing` span:
/// use `#[instrument]` for one. Such functions inside `future` are children of this span. For
/// attributes at the start or another kind, use [`Call::of_kind`] with an
/// [`InCall`](crate::call::InCall).
///
/// ```
/// use traceprop_core::span::{ResultExt, in_span};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let price = in_span("price order", async { "17".parse::<u32>().record_err() }).await;
/// assert_eq!(price, Ok(17));
/// # }
/// ```
pub fn in_span<N, F>(name: N, future: F) -> impl Future<Output = F::Output>
where
    N: Into<Cow<'static, str>>,
    F: Future,
{
    InCall::new(future, start(name.into())).run(completed)
}

/// Runs `work` in an internal span named `name`, a child of the current context, on this thread.
///
/// It is [`in_span`] for code that does not await.
///
/// # Panics
///
/// Panics only if `work` does; the span then ends with the `error.type` `panic`.
///
/// ```
/// use traceprop_core::span::in_span_sync;
///
/// assert_eq!(in_span_sync("price order", || 6 * 7), 42);
/// ```
pub fn in_span_sync<R>(name: impl Into<Cow<'static, str>>, work: impl FnOnce() -> R) -> R {
    run_sync(start(name.into()), work, completed)
}

fn start(name: Cow<'static, str>) -> Call {
    Call::of_kind(SpanKind::Internal, name).start(options())
}

fn completed<R>(call: Call, _output: &R) {
    call.finish(Outcome::Completed);
}
