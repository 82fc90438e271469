//! Work inside a call, which ends when the work does.

use std::error::Error;
use std::sync::OnceLock;

use super::report::ErrorReport;
use crate::call::{Call, Options, Outcome, Scope};

/// The settings of spans that are made by no adapter: what is set up for the process.
pub(super) fn options() -> &'static Options {
    static SHARED: OnceLock<Options> = OnceLock::new();
    SHARED.get_or_init(|| Options::new("traceprop_core", Scope::Off))
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
