//! Naming and labelling the running call late, from inside it.

use std::cell::RefCell;
use std::sync::Arc;

use opentelemetry::StringValue;

use super::labels::Labels;

thread_local! {
    /// What was learnt of the call that this thread polls now; `None` outside of one.
    static LEARNT: RefCell<Option<Learnt>> = const { RefCell::new(None) };
}

/// What is learnt of a call while it runs.
#[derive(Debug, Default)]
pub(super) struct Learnt {
    pub(super) route: Option<Arc<str>>,
    pub(super) labels: Labels,
}

/// The call that this thread polls now: of a server, or of a consumer.
///
/// Some frameworks match a route only after the adapter has seen the request. Code that runs inside
/// the match names the call through here, and any code labels it for the metrics: no lock, and nothing
/// in the request. It reaches the call only from the task and thread that poll it, so not from a task
/// that was spawned.
///
/// ```
/// use traceprop_core::call::CurrentCall;
///
/// // Outside of a call there is nothing to name.
/// assert!(!CurrentCall::set_route("/orders/{id}"));
/// assert!(!CurrentCall::set_label("plan", "free"));
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
        LEARNT.with_borrow_mut(|learnt| match learnt {
            Some(learnt) => {
                learnt.route = Some(route.into());
                true
            }
            None => false,
        })
    }

    /// Labels the running call for the metrics; see [`Labels`] for what a label may be. The recorder
    /// must have been built with the name.
    ///
    /// Returns whether it is set: a call was running here, and there was room.
    pub fn set_label(name: &'static str, value: impl Into<StringValue>) -> bool {
        LEARNT.with_borrow_mut(|learnt| match learnt {
            Some(learnt) => learnt.labels.set(name, value),
            None => false,
        })
    }
}

/// Collects what is learnt until it is dropped; an outer call's comes back then.
#[derive(Debug)]
pub(super) struct Learning {
    outer: Option<Learnt>,
}

impl Learning {
    pub(super) fn begin() -> Self {
        Self {
            outer: LEARNT.replace(Some(Learnt::default())),
        }
    }

    /// What was learnt since [`begin`](Self::begin).
    pub(super) fn end(&mut self) -> Learnt {
        LEARNT.replace(self.outer.take()).unwrap_or_default()
    }
}
