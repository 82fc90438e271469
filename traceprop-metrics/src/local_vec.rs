//! One thread's handles on the series of a family.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};

/// A handle on one series for one thread.
pub(crate) trait Local {
    /// Whether its series has just these values.
    fn is_named(&self, values: &[&str]) -> bool;

    /// Hands the series' values over to `f`.
    fn with_values<R>(&self, f: impl FnOnce(&[&str]) -> R) -> R;

    fn flush(&self);
}

/// Found by exact values, and, unlike the family's own cache, without a limit: what has been counted here
/// must not be lost. There are no more of them than the family has series, those included that it had.
#[derive(Debug)]
pub(crate) struct Locals<L> {
    hasher: RandomState,
    /// By hash; the few of one hash are told apart by their values.
    locals: HashMap<u64, Vec<L>>,
}

impl<L: Local> Locals<L> {
    pub(crate) fn new() -> Self {
        Self {
            hasher: RandomState::new(),
            locals: HashMap::new(),
        }
    }

    /// The handle on the series named by `values`, which `make` makes at its first use.
    pub(crate) fn find_or_make<E>(
        &mut self,
        values: &[&str],
        make: impl FnOnce() -> Result<L, E>,
    ) -> Result<&mut L, E> {
        if let Some((hash, at)) = self.position(values) {
            return Ok(self.at(hash, at));
        }
        let made = make()?;
        // A family may answer with another series than it was asked for.
        let (hash, at) = made.with_values(|own| (self.hash(own), self.position(own)));
        match at {
            Some((hash, at)) => Ok(self.at(hash, at)),
            None => {
                let same_hash = self.locals.entry(hash).or_default();
                same_hash.push(made);
                let last = same_hash.len() - 1;
                Ok(&mut same_hash[last])
            }
        }
    }

    /// Takes the handle on the series named by `values` out.
    pub(crate) fn take(&mut self, values: &[&str]) -> Option<L> {
        let (hash, at) = self.position(values)?;
        let same_hash = self.locals.get_mut(&hash)?;
        Some(same_hash.swap_remove(at))
    }

    pub(crate) fn flush(&self) {
        self.locals.values().flatten().for_each(Local::flush);
    }

    fn position(&self, values: &[&str]) -> Option<(u64, usize)> {
        let hash = self.hash(values);
        let same_hash = self.locals.get(&hash)?;
        let at = same_hash.iter().position(|local| local.is_named(values))?;
        Some((hash, at))
    }

    /// What [`position`](Self::position) has found.
    fn at(&mut self, hash: u64, at: usize) -> &mut L {
        &mut self.locals.entry(hash).or_default()[at]
    }

    fn hash(&self, values: &[&str]) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        for value in values {
            hasher.write(value.as_bytes());
            // In no UTF-8 text: ("ab", "c") and ("a", "bc") need not meet.
            hasher.write_u8(0xff);
        }
        hasher.finish()
    }
}
