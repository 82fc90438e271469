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
        ending: Ending,
    }

    impl<F> PinnedDrop for InFlight<F> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if let Some(call) = this.inner.close() {
                this.ending.dropped(call);
            }
        }
    }
}

/// A call whose response is there, and how it ends.
pub(crate) type Awaited = (Call, Ending);

impl<F: Future> InFlight<F> {
    pub(crate) fn new(inner: F, call: Call, ending: Ending) -> Self {
        Self {
            inner: InCall::new(inner, call),
            ending,
        }
    }

    /// The output with the call that it belongs to; the call is gone where it was given before.
    pub(crate) fn poll(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<(F::Output, Option<Awaited>)> {
        let mut this = self.project();
        let output = ready!(this.inner.as_mut().poll(cx));
        let call = this.inner.take_call();
        Poll::Ready((output, call.map(|call| (call, *this.ending))))
    }
}
