//! The time during which a thread is inside a call.

use opentelemetry::Context;

use super::Call;
use super::current::Learning;
use super::known::Known;
use super::opened::Inside;

/// Keeps this thread inside a [`Call`]: its scope is entered, its context attached.
///
/// It borrows the call, so a call cannot end while a thread is inside it: its end would run under
/// locks that the scope takes as well.
#[must_use = "the thread leaves the call when this is dropped"]
pub struct Entered<'a> {
    _inside: Inside<'a>,
    learning: Option<Learning>,
    known: &'a mut Known,
    context: &'a Context,
    recording: bool,
}

impl<'a> Entered<'a> {
    pub(super) fn new(call: &'a mut Call) -> Self {
        let learning = call.is_handled_here().then(Learning::begin);
        let running = &mut *call.running;
        Self {
            _inside: running.opened.enter(&running.context),
            learning,
            known: &mut running.known,
            context: &running.context,
            recording: running.recording,
        }
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        // Who catches the panic may do so before the call is dropped.
        if std::thread::panicking() {
            self.known.panicked = true;
        }
        if let Some(learnt) = self.learning.as_mut().and_then(Learning::end) {
            self.known.learn(*learnt, self.context, self.recording);
        }
    }
}

impl std::fmt::Debug for Entered<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Entered")
    }
}
