//! Naming the running call late, from inside it.

use std::cell::RefCell;
use std::sync::Arc;

thread_local! {
    /// What was learnt of the server call that this thread polls now; `None` outside of one.
    static LEARNT: RefCell<Option<Learnt>> = const { RefCell::new(None) };
}

/// What is learnt of a call while it runs.
#[derive(Debug, Default)]
pub(super) struct Learnt {
    pub(super) route: Option<Arc<str>>,
}

/// The server call that this thread polls now.
///
/// Some frameworks match a route only after the adapter has seen the request. Code that runs inside
/// the match names the call through here: no lock, and nothing in the request. It reaches the call
/// only from the task and thread that poll it, so not from a task that was spawned.
///
/// ```
/// use traceprop_core::call::CurrentCall;
///
/// // Outside of a call there is nothing to name.
/// assert!(!CurrentCall::set_route("/orders/{id}"));
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct CurrentCall;

impl CurrentCall {
    /// Sets the route of the running server call: its `http.route`, its span's name and the metrics'
    /// label. It must be a template (`/orders/{id}`), never the path.
    ///
    /// Returns whether a server call was running here.
    pub fn set_route(route: impl Into<Arc<str>>) -> bool {
        LEARNT.with_borrow_mut(|learnt| match learnt {
            Some(learnt) => {
                learnt.route = Some(route.into());
                true
            }
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
