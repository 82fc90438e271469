//! Runs a future, a stream or a body inside its call.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};

use pin_project_lite::pin_project;

use super::Call;

pin_project! {
    /// Polls and drops what it holds inside the scope and the context of a [`Call`].
    ///
    /// Adapters keep the call in here from the request to the end of the body: [`poll_inside`] is
    /// every poll, [`take_call`] hands the call on, from the future to the body, or to its end. One
    /// that is dropped with its call drops the inner value inside the call first, and then the call,
    /// which ends as cancelled.
    ///
    /// [`poll_inside`]: Self::poll_inside
    /// [`take_call`]: Self::take_call
    ///
    /// ```
    /// use traceprop_core::call::{Call, InCall, Options, Outcome, Scope};
    ///
    /// # futures_executor(async {
    /// let options = Options::new("my-adapter", Scope::Linked);
    /// let call = Call::server("work").start(&options);
    /// let answer = InCall::new(async { 6 * 7 }, call);
    /// let answer = answer.run(|call, _| call.finish(Outcome::Completed)).await;
    /// assert_eq!(answer, 42);
    /// # });
    /// # fn futures_executor(f: impl Future<Output = ()>) {
    /// #     let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    /// #     assert!(std::pin::pin!(f).poll(&mut cx).is_ready());
    /// # }
    /// ```
    #[derive(Debug)]
    pub struct InCall<F> {
        #[pin]
        inner: Option<F>,
        call: Option<Call>,
    }

    impl<F> PinnedDrop for InCall<F> {
        fn drop(this: Pin<&mut Self>) {
            this.close();
        }
    }
}

impl<F> InCall<F> {
    /// Runs `inner` inside `call`.
    #[must_use]
    pub fn new(inner: F, call: Call) -> Self {
        Self {
            inner: Some(inner),
            call: Some(call),
        }
    }

    /// Runs `inner` outside of any call, for what a filter leaves untraced.
    #[must_use]
    pub fn without_call(inner: F) -> Self {
        Self {
            inner: Some(inner),
            call: None,
        }
    }

    /// Runs `poll` on the inner value inside the call; `None` once it was closed.
    pub fn poll_inside<R>(self: Pin<&mut Self>, poll: impl FnOnce(Pin<&mut F>) -> R) -> Option<R> {
        let this = self.project();
        let inner = this.inner.as_pin_mut()?;
        let _entered = this.call.as_mut().map(Call::enter);
        Some(poll(inner))
    }

    /// The inner value, outside of the call; `None` once it was closed.
    #[must_use]
    pub fn get_ref(&self) -> Option<&F> {
        self.inner.as_ref()
    }

    /// The call, unless it was taken.
    #[must_use]
    pub fn call_mut(self: Pin<&mut Self>) -> Option<&mut Call> {
        self.project().call.as_mut()
    }

    /// Takes the call out; what is left runs outside of it.
    #[must_use = "a call that is dropped ends as cancelled"]
    pub fn take_call(self: Pin<&mut Self>) -> Option<Call> {
        self.project().call.take()
    }

    /// Drops the inner value inside the call, and gives the call.
    ///
    /// An adapter whose protocol has a word for a cancelled call ends it with that.
    pub fn close(self: Pin<&mut Self>) -> Option<Call> {
        let mut this = self.project();
        {
            let _entered = this.call.as_mut().map(Call::enter);
            this.inner.set(None);
        }
        this.call.take()
    }
}

impl<F: Future> InCall<F> {
    /// Awaits the future; `judge` then ends the call by what it gave.
    pub fn run<J>(self, judge: J) -> Run<F, J>
    where
        J: FnOnce(Call, &F::Output),
    {
        Run {
            inner: self,
            judge: Some(judge),
        }
    }
}

impl<F: Future> Future for InCall<F> {
    type Output = F::Output;

    /// Polls inside the call. The call is still here when it is ready: take it, or it is cancelled.
    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<F::Output> {
        self.poll_inside(|inner| inner.poll(cx))
            .unwrap_or(Poll::Pending)
    }
}

pin_project! {
    /// The future that [`InCall::run`] makes.
    // Written out, since an `async fn` keeps room for its argument twice, at each level of nesting.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Run<F, J> {
        #[pin]
        inner: InCall<F>,
        judge: Option<J>,
    }
}

impl<F, J> Future for Run<F, J>
where
    F: Future,
    J: FnOnce(Call, &F::Output),
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let polled = this.inner.as_mut().poll(cx);
        if let Poll::Ready(output) = &polled
            && let Some(call) = this.inner.close()
            && let Some(judge) = this.judge.take()
        {
            judge(call, output);
        }
        polled
    }
}
