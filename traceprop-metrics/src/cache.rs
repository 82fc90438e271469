//! The series a thread has used lately, found without a lock.

use std::cell::RefCell;
use std::fmt::{self, Debug, Formatter};
use std::sync::Arc;
use std::thread::LocalKey;

use crate::family::Series;

/// Series a thread remembers for one type of metric: a bound on memory, whatever the labels hold.
const SETS: usize = 256;

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

/// A hash table of fixed size with room for two series a hash.
///
/// What no longer fits, or belongs to a removed series or a dropped family, stays until something else
/// needs its place.
pub(crate) struct Cache<M> {
    /// Empty until the first use.
    sets: Vec<[Option<Entry<M>>; 2]>,
}

struct Entry<M> {
    family: u64,
    generation: u64,
    series: Arc<Series<M>>,
}

impl<M> Cache<M> {
    pub(crate) const fn new() -> Self {
        Self { sets: Vec::new() }
    }

    #[inline]
    pub(crate) fn find<V: AsRef<str>>(
        &self,
        family: u64,
        generation: u64,
        hash: u64,
        values: &[V],
    ) -> Option<&Arc<Series<M>>> {
        let entries = self.sets.get(hash as usize % SETS)?.iter().flatten();
        entries
            .filter(|entry| entry.family == family && entry.generation == generation)
            .map(|entry| &entry.series)
            .find(|series| series.is_named(values))
    }

    /// Keeps `series` in place of the older of the two it would be looked for beside.
    ///
    /// `generation` must have been read before the series was looked up, so that a removal in between
    /// makes the entry worthless.
    pub(crate) fn keep(
        &mut self,
        family: u64,
        generation: u64,
        hash: u64,
        series: Arc<Series<M>>,
    ) -> &Arc<Series<M>> {
        if self.sets.is_empty() {
            self.sets.resize_with(SETS, || [None, None]);
        }
        let [newer, older] = &mut self.sets[hash as usize % SETS];
        *older = newer.take();
        &newer
            .insert(Entry {
                family,
                generation,
                series,
            })
            .series
    }
}

impl<M> Debug for Cache<M> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").finish_non_exhaustive()
    }
}
