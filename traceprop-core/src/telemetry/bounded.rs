//! Blocking work with a deadline, off the caller's thread.
//!
//! Flushing blocks, and on a current-thread runtime the exporter may need the very thread that would
//! wait for it.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use opentelemetry::Context;
use tokio::sync::oneshot;

/// Runs `work` on a thread of its own and waits for it as long as `deadline`. `None` where that was
/// too short, or where the system gave no thread; the work may yet go on.
pub(super) fn within<T: Send + 'static>(
    deadline: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (sender, receiver) = mpsc::channel();
    spawn(move || {
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        // Nobody listens any more once the time is up.
        let _ = sender.send(work());
    })?;
    receiver.recv_timeout(deadline).ok()
}

/// [`within`], for async code; it needs no runtime.
pub(super) async fn within_async<T: Send + 'static>(
    deadline: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (sender, receiver) = oneshot::channel();
    spawn(move || {
        let _ = sender.send(within(deadline, work));
    })?;
    receiver.await.ok().flatten()
}

fn spawn(work: impl FnOnce() + Send + 'static) -> Option<()> {
    let thread = thread::Builder::new().name("traceprop-flush".to_owned());
    thread.spawn(work).ok().map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_ends_with_the_work_or_at_the_deadline() {
        assert_eq!(within(Duration::from_secs(60), || 1), Some(1));
        let stuck = || thread::sleep(Duration::from_secs(60));
        assert_eq!(within(Duration::from_millis(10), stuck), None);
    }
}
