//! When a service ends: on SIGTERM, on Ctrl-C, or with its parent.

use std::io::Read;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{oneshot, watch};

use crate::error::{Explain, Result};

/// Tells all who hold a clone that it is time to end.
#[derive(Clone, Debug)]
pub(crate) struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Listens for the signals; `supervised` also for the end of standard input, which the parent
    /// keeps open.
    pub(crate) fn on_signal(supervised: bool) -> Result<Self> {
        let mut terminate =
            signal(SignalKind::terminate()).explain(|| "cannot listen for SIGTERM".to_owned())?;
        let mut interrupt =
            signal(SignalKind::interrupt()).explain(|| "cannot listen for Ctrl-C".to_owned())?;
        let (tell, told) = watch::channel(false);
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
                () = end_of_input(), if supervised => {}
            }
            tell.send_replace(true);
        });
        Ok(Self(told))
    }

    /// Waits until it is time to end.
    pub(crate) async fn wait(&self) {
        // An error says that nobody is left to tell, which is the end as well.
        let _ = self.0.clone().wait_for(|ends| *ends).await;
    }

    pub(crate) fn is_set(&self) -> bool {
        *self.0.borrow()
    }
}

/// Waits until standard input ends.
async fn end_of_input() {
    let (tell, told) = oneshot::channel();
    // A plain thread: the runtime would wait for a blocking one when it shuts down.
    std::thread::spawn(move || {
        let mut ignored = [0; 64];
        while matches!(std::io::stdin().read(&mut ignored), Ok(read) if read > 0) {}
        // Nobody listens where a signal came first.
        let _ = tell.send(());
    });
    let _ = told.await;
}
