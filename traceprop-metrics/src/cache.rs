//! The series a thread has used lately, found without a lock.

use std::cell::RefCell;
use std::fmt::{self, Debug, Formatter};
use std::sync::Arc;
use std::thread::LocalKey;

use crate::family::Series;
use crate::key::Key;

/// Entries of one set.
const WAYS: usize = 4;

/// Sets of a cache at its first use.
const FIRST: usize = 16;

/// Sets of a cache at most: a bound on memory of 96 KiB, whatever the labels hold.
const MOST: usize = 1024;

/// What can be found in a thread's cache.
pub(crate) trait Cached: Sized + 'static {
    /// The cache of this type, one for each thread.
    fn cache() -> &'static LocalKey<RefCell<Cache<Self>>>;

    /// Runs `f` on this thread's cache, or gives `None` where there is none to be had.
    fn with_cache<R>(f: impl FnOnce(&mut Cache<Self>) -> R) -> Option<R> {
        Self::cache()
            .try_with(|cache| cache.try_borrow_mut().ok().map(|mut cache| f(&mut cache)))
            .ok()
            .flatten()
    }
}

/// Implements [`Cached`] for a type.
macro_rules! cached {
    ($metric:ty) => {
        impl $crate::cache::Cached for $metric {
            fn cache()
            -> &'static std::thread::LocalKey<std::cell::RefCell<$crate::cache::Cache<Self>>> {
                std::thread_local! {
                    static CACHE: std::cell::RefCell<$crate::cache::Cache<$metric>> =
                        const { std::cell::RefCell::new($crate::cache::Cache::new()) };
                }
                &CACHE
            }
        }
    };
}
pub(crate) use cached;

/// A hash table with room for a few series a hash, which grows while it is too small for what is in use.
///
/// What no longer fits, or belongs to a removed series or a dropped family, stays until something else
/// needs its place.
pub(crate) struct Cache<M> {
    /// A power of two of them; none until the first use.
    sets: Vec<[Option<Entry<M>>; WAYS]>,
    /// Entries that had to make room since the cache has grown.
    evicted: usize,
}

struct Entry<M> {
    /// Of a family, and of its last removal.
    epoch: u64,
    hash: u64,
    series: Arc<Series<M>>,
}

impl<M> Cache<M> {
    pub(crate) const fn new() -> Self {
        Self {
            sets: Vec::new(),
            evicted: 0,
        }
    }

    #[inline]
    pub(crate) fn find<V: AsRef<str>>(
        &self,
        epoch: u64,
        key: &Key<'_, V>,
    ) -> Option<&Arc<Series<M>>> {
        let entries = self.sets.get(self.set(epoch, key.hash))?.iter().flatten();
        entries
            .filter(|entry| entry.epoch == epoch && entry.hash == key.hash)
            .map(|entry| &entry.series)
            .find(|series| key.names(&series.values))
    }

    /// Keeps `series` in place of the oldest of those it would be looked for beside.
    ///
    /// `epoch` must have been read before the series was looked up, so that a removal in between makes
    /// the entry worthless.
    pub(crate) fn keep(&mut self, epoch: u64, hash: u64, series: Arc<Series<M>>) {
        if self.sets.is_empty() || (self.evicted > self.sets.len() && self.sets.len() < MOST) {
            self.grow();
        }
        let entry = Entry {
            epoch,
            hash,
            series,
        };
        self.evicted += usize::from(self.put(entry));
    }

    /// Twice as many sets. Entries of families that are gone are only told by nobody asking for them.
    fn grow(&mut self) {
        let len = (2 * self.sets.len()).max(FIRST);
        let old = std::mem::replace(&mut self.sets, Vec::with_capacity(len));
        self.sets.resize_with(len, || [const { None }; WAYS]);
        self.evicted = 0;
        // The newest of a set comes last, and so is the newest again.
        for entry in old
            .into_iter()
            .flat_map(|set| set.into_iter().rev().flatten())
        {
            self.put(entry);
        }
    }

    /// Says whether another entry had to make room.
    fn put(&mut self, entry: Entry<M>) -> bool {
        let at = self.set(entry.epoch, entry.hash);
        let Some(set) = self.sets.get_mut(at) else {
            return false;
        };
        // The newest comes first, the oldest goes.
        set.rotate_right(1);
        let [newest, ..] = set;
        newest.replace(entry).is_some()
    }

    /// Families of the same labels, which often have the same values, are kept apart.
    #[inline]
    fn set(&self, epoch: u64, hash: u64) -> usize {
        let apart = hash ^ epoch.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        // Of no sets there is none to find.
        apart as usize & self.sets.len().wrapping_sub(1)
    }
}

impl<M> Debug for Cache<M> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").finish_non_exhaustive()
    }
}
