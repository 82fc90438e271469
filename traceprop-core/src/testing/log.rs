//! A list that other threads add to, and that a test can wait for.

use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

#[derive(Debug)]
pub(super) struct Log<T> {
    entries: Mutex<Vec<T>>,
    changed: Condvar,
}

impl<T> Default for Log<T> {
    fn default() -> Self {
        Self {
            entries: Mutex::default(),
            changed: Condvar::new(),
        }
    }
}

impl<T: Clone> Log<T> {
    pub(super) fn push(&self, entry: T) {
        self.lock().push(entry);
        self.changed.notify_all();
    }

    pub(super) fn all(&self) -> Vec<T> {
        self.lock().clone()
    }

    pub(super) fn clear(&self) {
        self.lock().clear();
    }

    /// Waits until `done` says so of the entries, and returns them; as an error when it has not by the
    /// end of `timeout`.
    pub(super) fn wait(
        &self,
        timeout: Duration,
        mut done: impl FnMut(&[T]) -> bool,
    ) -> Result<Vec<T>, Vec<T>> {
        let started = Instant::now();
        loop {
            // `done` is the test's code and runs without the lock: it may add entries itself.
            let entries = self.all();
            if done(&entries) {
                return Ok(entries);
            }
            let left = timeout.saturating_sub(started.elapsed());
            if left.is_zero() {
                return Err(entries);
            }
            let seen = entries.len();
            let unchanged = |now: &mut Vec<T>| now.len() == seen;
            // Whether woken or too late, the next round finds out.
            drop(
                self.changed
                    .wait_timeout_while(self.lock(), left, unchanged),
            );
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<T>> {
        // A test that failed elsewhere must not hide its reason behind a poisoned lock.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
