//! What code inside a call says of it: its route, its labels, how it went, that it does not count.

use std::borrow::Cow;
use std::cell::Cell;
use std::sync::Arc;

use opentelemetry::StringValue;

use super::labels::Labels;

thread_local! {
    static POLLED: Cell<Polled> = const { Cell::new(Polled::Nothing) };
}

/// What this thread polls now, and what was learnt of it. Nothing is allocated until there is
/// something to learn.
#[derive(Debug, Default)]
enum Polled {
    /// No call that this process handles.
    #[default]
    Nothing,
    Call(Option<Box<Learnt>>),
}

/// What is learnt of a call while it runs.
#[derive(Debug, Default)]
pub(super) struct Learnt {
    pub(super) route: Option<Arc<str>>,
    pub(super) labels: Labels,
    pub(super) failure: Option<Cow<'static, str>>,
    pub(super) ignored: bool,
}

/// The call that this thread polls now: of a server, or of a consumer.
///
/// Some frameworks match a route only after the adapter has seen the request. Code that runs inside
/// the match names the call through here, and any code labels it for the metrics, marks it as failed,
/// or has it ignored: no lock, and nothing in the request. It reaches the call only from the task and
/// thread that poll it, so not from a task that was spawned.
///
/// ```
/// use traceprop_core::call::CurrentCall;
///
/// // Outside of a call there is nothing to name.
/// assert!(!CurrentCall::set_route("/orders/{id}"));
/// assert!(!CurrentCall::set_label("plan", "free"));
/// assert!(!CurrentCall::set_error("out_of_stock"));
/// assert!(!CurrentCall::ignore());
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct CurrentCall;

impl CurrentCall {
    /// Sets the route of the running server call: its `http.route`, its span's name and the metrics'
    /// label. It must be a template (`/orders/{id}`), never the path.
    ///
    /// Returns whether a call was running here; a consumer's has no route, and goes on without one.
    pub fn set_route(route: impl Into<Arc<str>>) -> bool {
        learn(|learnt| learnt.route = Some(route.into())).is_some()
    }

    /// Labels the running call for the metrics; see [`Labels`] for what a label may be. The recorder
    /// must have been built with the name.
    ///
    /// Returns whether it is set: a call was running here, and there was room.
    pub fn set_label(name: &'static str, value: impl Into<StringValue>) -> bool {
        learn(|learnt| learnt.labels.set(name, value)).unwrap_or(false)
    }

    /// Marks the running call as failed, whatever its response says: `error.type` is `error_type` on
    /// the span and in the metrics, and the span's status is an error.
    ///
    /// It must be one of a few names, such as `out_of_stock`; never a message.
    ///
    /// Returns whether a call was running here.
    pub fn set_error(error_type: impl Into<Cow<'static, str>>) -> bool {
        learn(|learnt| learnt.failure = Some(error_type.into())).is_some()
    }

    /// Has the running call ignored: no metrics, and no span where the processors know of it, which
    /// those of `Telemetry` do. To others the span comes with the attribute `traceprop.ignored`. Spans
    /// made inside of the call are not ignored, and lose their parent.
    ///
    /// It is for what shows only while the call runs. What the request's head shows is better left to
    /// an adapter's filter, which costs nothing.
    ///
    /// Returns whether a call was running here.
    // Mostly called for what it does.
    #[allow(clippy::must_use_candidate)]
    pub fn ignore() -> bool {
        learn(|learnt| learnt.ignored = true).is_some()
    }
}

fn learn<R>(note: impl FnOnce(&mut Learnt) -> R) -> Option<R> {
    match POLLED.take() {
        Polled::Nothing => None,
        Polled::Call(learnt) => {
            let mut learnt = learnt.unwrap_or_default();
            let noted = note(&mut learnt);
            POLLED.set(Polled::Call(Some(learnt)));
            Some(noted)
        }
    }
}

/// Collects what is learnt until it is ended; an outer call's comes back then.
#[derive(Debug)]
pub(super) struct Learning {
    outer: Polled,
}

impl Learning {
    pub(super) fn begin() -> Self {
        Self {
            outer: POLLED.replace(Polled::Call(None)),
        }
    }

    /// What was learnt since [`begin`](Self::begin).
    pub(super) fn end(&mut self) -> Option<Box<Learnt>> {
        match POLLED.replace(std::mem::take(&mut self.outer)) {
            Polled::Nothing => None,
            Polled::Call(learnt) => learnt,
        }
    }
}
