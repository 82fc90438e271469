//! What a user does with each call.

use std::fmt;
use std::sync::Arc;

use traceprop_core::call::{Call, Outcome};

use crate::head::{RequestHead, ResponseHead};

type OnRequest = dyn Fn(&mut Call, &RequestHead<'_>) + Send + Sync;
type OnResponse = dyn Fn(&mut Call, Option<&ResponseHead<'_>>, &Outcome) + Send + Sync;

/// The hooks that are set.
#[derive(Clone, Default)]
pub(crate) struct Hooks {
    pub(crate) on_request: Option<Arc<OnRequest>>,
    pub(crate) on_response: Option<Arc<OnResponse>>,
}

impl Hooks {
    pub(crate) fn request(&self, call: &mut Call, head: &RequestHead<'_>) {
        if let Some(hook) = &self.on_request {
            hook(call, head);
        }
    }

    pub(crate) fn response(
        &self,
        call: &mut Call,
        head: Option<&ResponseHead<'_>>,
        outcome: &Outcome,
    ) {
        if let Some(hook) = &self.on_response {
            hook(call, head, outcome);
        }
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hooks")
    }
}
