//! What a user does with each call.

use std::fmt;
use std::sync::Arc;

use tonic::Code;
use traceprop_core::call::Call;

use crate::head::RequestHead;

type OnRequest = dyn Fn(&mut Call, &RequestHead<'_>) + Send + Sync;
type OnEnd = dyn Fn(&mut Call, Code) + Send + Sync;

/// Run when a call has started.
#[derive(Clone)]
pub(crate) struct RequestHook(Arc<OnRequest>);

impl RequestHook {
    pub(crate) fn new(hook: impl Fn(&mut Call, &RequestHead<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(hook))
    }

    pub(crate) fn run(&self, call: &mut Call, head: &RequestHead<'_>) {
        (self.0)(call, head);
    }
}

/// Run when a call's status is known.
#[derive(Clone)]
pub(crate) struct EndHook(Arc<OnEnd>);

impl EndHook {
    pub(crate) fn new(hook: impl Fn(&mut Call, Code) + Send + Sync + 'static) -> Self {
        Self(Arc::new(hook))
    }

    pub(crate) fn run(&self, call: &mut Call, code: Code) {
        (self.0)(call, code);
    }
}

impl fmt::Debug for RequestHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RequestHook")
    }
}

impl fmt::Debug for EndHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EndHook")
    }
}
