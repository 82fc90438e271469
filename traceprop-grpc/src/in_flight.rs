//! A call whose response is awaited, on either side.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;
use traceprop_core::call::{Call, InCall};

use crate::ending::Ending;

pin_project! {
    /// Runs a response's future in its call; one that is dropped ends the call as gRPC has it.
    #[derive(Debug)]
    pub(crate) struct InFlight<F> {
        #[pin]
        inner: InCall<F>,
        ending: Option<Ending>,
    }

    impl<F> PinnedDrop for InFlight<F> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if let (Some(call), Some(ending)) = (this.inner.close(), this.ending.take()) {
                ending.dropped(call);
            }
        }
    }
}

/// A call whose response is there, and what must be known to end it.
pub(crate) type Awaited = (Call, Ending);

impl<F: Future> InFlight<F> {
    pub(crate) fn new(inner: F, call: Call, ending: Ending) -> Self {
        Self {
            inner: InCall::new(inner, call),
            ending: Some(ending),
        }
    }

    /// Runs the future of a call that a filter leaves untraced.
    pub(crate) fn untraced(inner: F) -> Self {
        Self {
            inner: InCall::without_call(inner),
            ending: None,
        }
    }

    /// The output with the call that it belongs to; there is none where it is not traced.
    pub(crate) fn poll(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<(F::Output, Option<Awaited>)> {
        let mut this = self.project();
        let output = ready!(this.inner.as_mut().poll(cx));
        let call = this.inner.take_call();
        Poll::Ready((output, call.zip(this.ending.take())))
    }
}
