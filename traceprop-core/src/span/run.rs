//! Work inside a call, which ends when the work does.

use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::sync::OnceLock;
use std::task::{Context as TaskContext, Poll};

use pin_project_lite::pin_project;

use super::report::ErrorReport;
use crate::call::{Call, InCall, Options, Outcome, Scope};

/// The settings of spans that are made by no adapter: what is set up for the process.
pub(super) fn options() -> &'static Options {
    static SHARED: OnceLock<Options> = OnceLock::new();
    SHARED.get_or_init(|| Options::new("traceprop_core", Scope::Off))
}

pin_project! {
    /// Like [`InCall::run`], but no larger than the future in it, however deep such futures nest: an
    /// `async fn` keeps room for its argument twice.
    pub(super) struct Run<F, J> {
        #[pin]
        inner: InCall<F>,
        judge: Option<J>,
    }
}

impl<F, J> Run<F, J> {
    /// Runs `future` in `call`; `judge` ends the call by the future's output.
    pub(super) fn new(future: F, call: Call, judge: J) -> Self {
        Self {
            inner: InCall::new(future, call),
            judge: Some(judge),
        }
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

/// Runs `work` in `call`; `judge` ends the call by what `work` gave.
pub(super) fn run_sync<R>(
    mut call: Call,
    work: impl FnOnce() -> R,
    judge: impl FnOnce(Call, &R),
) -> R {
    let output = {
        let _inside = call.enter();
        work()
    };
    judge(call, &output);
    output
}

/// Ends a call by its result.
pub(super) fn judge<T, E: Error>(call: Call, result: &Result<T, E>) {
    judge_with(call, result, |error| ErrorReport::new(error));
}

/// Ends a call by its result, whose error `describe` knows to report.
pub(super) fn judge_with<T, E, X>(
    call: Call,
    result: &Result<T, E>,
    describe: impl FnOnce(&E) -> ErrorReport<'_, X>,
) where
    X: Error + ?Sized,
{
    match result {
        Ok(_) => call.finish(Outcome::Completed),
        Err(error) => call.fail(&describe(error)),
    }
}
