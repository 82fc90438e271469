//! The lock-free parts of traceprop-metrics, through every interleaving of a model checker.
//!
//! [loom] runs a model again and again, with each order of its threads' steps and each value that the
//! memory model lets a load see. The very source files are built here on loom's atomics; copies with one
//! thing broken in each show that the models would notice. On a third set of atomics the work is counted.
//!
//! [loom]: https://docs.rs/loom

#![forbid(unsafe_code)]
#![allow(
    clippy::duplicate_mod,
    reason = "the same files, each time on other atomics"
)]

mod counted;
mod loomed;
mod shards;
mod slot;
mod work;

use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;
use std::time::Instant;

/// How often the scheduler may take the processor from a thread that could go on.
const PREEMPTIONS: usize = 4;

fn check(model: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(PREEMPTIONS);
    builder.check(model);
}

/// Whether a model finds nothing wrong.
fn holds(model: impl Fn() + Send + Sync + 'static) -> bool {
    panic::catch_unwind(AssertUnwindSafe(|| check(model))).is_ok()
}

fn main() -> ExitCode {
    let began = Instant::now();
    let whole = slot::models!(seqlock);
    let mut wrong: Vec<&str> = Vec::new();
    let mut expect = |name, holds: bool| {
        if !holds {
            wrong.push(name);
        }
    };
    expect("one writer", holds(whole.one_writer));
    expect("two writers", holds(whole.two_writers));
    expect("shards", holds(shards::model!(shards)));
    expect("work", panic::catch_unwind(work::is_counted).is_ok());

    // A model that finds what is broken says so, at length.
    panic::set_hook(Box::new(|_| {}));
    macro_rules! found {
        ($($module:ident)*) => {$({
            let broken = slot::models!($module);
            let both = holds(broken.one_writer) && holds(broken.two_writers);
            expect(stringify!($module), !both);
        })*};
    }
    found! {
        writer_fence_gone writer_fence_release_only reader_fence_gone reader_fence_acquire_only
        published_relaxed first_look_relaxed
    }
    expect("counted_relaxed", !holds(shards::model!(counted_relaxed)));
    let _ = panic::take_hook();

    if wrong.is_empty() {
        println!(
            "models: 4 hold, 7 broken copies are noticed, {:.1?}",
            began.elapsed()
        );
        ExitCode::SUCCESS
    } else {
        println!("models: not as they should be: {}", wrong.join(", "));
        ExitCode::FAILURE
    }
}
