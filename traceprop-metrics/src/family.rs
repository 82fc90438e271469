//! The series of one metric, found by their exact label values.

use std::fmt::{self, Debug, Formatter};
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use prometheus::{Error, Result};

use crate::cache::{Cache, Cached};
use crate::created::Created;
use crate::descriptor::Descriptor;
use crate::guard::{Detour, Diverted, Guard, Limits, Who};
use crate::key::{Key, LabelValue, Seed};
use crate::listing::Listing;
use crate::table::Table;

/// What one series counts with.
pub(crate) trait Metric: Cached + Send + Sync {
    /// What a new one is made from.
    type Options: Send + Sync;

    fn new(options: &Self::Options) -> Self;
}

/// One series: its label values and what it has counted.
///
/// In lines of its own: who takes a handle, and so changes the count of references before it, does not
/// slow those who compare the values.
#[derive(Debug)]
#[repr(align(64))]
pub(crate) struct Series<M> {
    pub(crate) descriptor: Arc<Descriptor>,
    /// In the order in which the labels were declared.
    pub(crate) values: Box<[LabelValue]>,
    pub(crate) metric: M,
    pub(crate) created: Created,
}

impl<M> Series<M> {
    pub(crate) fn values(&self) -> impl Iterator<Item = &str> {
        self.values.iter().map(AsRef::as_ref)
    }

    pub(crate) fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        self.descriptor.labels(&self.values)
    }
}

/// All series of one metric.
pub(crate) struct Family<M: Metric> {
    descriptor: Arc<Descriptor>,
    options: M::Options,
    seed: Seed,
    /// Tells families apart in the threads' caches, and what they held before and after a removal: never
    /// given out twice.
    epoch: AtomicU64,
    table: RwLock<Table<M>>,
    diverted: Diverted,
    /// Scrapes take turns. No observer takes this lock.
    listing: Mutex<Listing<M>>,
}

fn next_epoch() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Relaxed)
}

impl<M: Metric> Family<M> {
    pub(crate) fn new(descriptor: Descriptor, options: M::Options) -> Self {
        let (seed, epoch) = (Seed::new(), next_epoch());
        let guard = Guard::new(&Limits::new(), descriptor.variables());
        Self {
            diverted: Diverted::new(descriptor.arity()),
            descriptor: Arc::new(descriptor),
            options,
            seed,
            epoch: AtomicU64::new(epoch),
            table: RwLock::new(Table::new(seed, guard)),
            listing: Mutex::new(Listing::new(epoch)),
        }
    }

    /// Sets other limits than the default ones, for series that are made from now on.
    pub(crate) fn limit(&self, limits: &Limits) {
        let guard = Guard::new(limits, self.descriptor.variables());
        self.write().guard(guard);
    }

    pub(crate) fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    /// Runs `f` on the series named by `values`, which is made at its first use, for the span of the
    /// current context. See [`with_by`](Self::with_by).
    #[inline]
    pub(crate) fn with<V: AsRef<str>, R>(
        &self,
        values: &[V],
        f: impl Fn(&Arc<Series<M>>) -> R,
    ) -> Result<R> {
        self.with_by(values, Who::Current, f)
    }

    /// Runs `f` on the series named by `values`, which is made at its first use, for `who`.
    ///
    /// A series that this thread has used lately is found in the thread's own cache: no lock, no
    /// allocation, and no counter of references shared between cores. `f` must not come back here.
    ///
    /// # Errors
    ///
    /// `InconsistentCardinality` if the number of values is not that of the labels.
    #[inline]
    pub(crate) fn with_by<V: AsRef<str>, R>(
        &self,
        values: &[V],
        who: Who<'_>,
        f: impl Fn(&Arc<Series<M>>) -> R,
    ) -> Result<R> {
        let (expect, got) = (self.descriptor.arity(), values.len());
        if expect != got {
            return Err(Error::InconsistentCardinality { expect, got });
        }
        let key = self.seed.key(values);
        let epoch = self.epoch.load(Acquire);
        let cached = |cache: &mut Cache<M>| cache.find(epoch, &key).map(&f);
        if let Some(Some(result)) = M::with_cache(cached) {
            return Ok(result);
        }
        Ok(f(&self.look_up(epoch, &key, who)))
    }

    /// The series of these values, if there is one.
    pub(crate) fn existing<V: AsRef<str>>(&self, values: &[V]) -> Option<Arc<Series<M>>> {
        self.read().find(&self.seed.key(values)).cloned()
    }

    /// Removes the series named by `values`; `false` if there is none.
    pub(crate) fn remove<V: AsRef<str>>(&self, values: &[V]) -> bool {
        let mut table = self.write();
        let removed = table.remove(values);
        if removed {
            self.epoch.store(next_epoch(), Release);
        }
        removed
    }

    /// Removes every series.
    pub(crate) fn reset(&self) {
        let mut table = self.write();
        let removed = table.clear();
        self.epoch.store(next_epoch(), Release);
        // Many of them take long to drop, and nobody need wait for that.
        drop(table);
        drop(removed);
    }

    /// Every series, sorted by the values of the sorted labels as `prometheus` sorts them.
    ///
    /// Whoever makes a series waits for a small part of the list at most, and whoever has one never.
    pub(crate) fn all(&self) -> Vec<Arc<Series<M>>> {
        let mut listing = self.listing.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let table = self.read();
            // It changes under the other lock of the table only.
            if !listing.add_some(self.epoch.load(Acquire), &table) {
                break;
            }
        }
        listing.sorted()
    }

    #[cold]
    fn look_up<V: AsRef<str>>(&self, epoch: u64, key: &Key<'_, V>, who: Who<'_>) -> Arc<Series<M>> {
        let found = self.read().find(key).cloned();
        let series = found.unwrap_or_else(|| self.divert_or_make(key.values, who));
        // A series of other values is not what the cache would be asked for.
        if key.names(&series.values) {
            M::with_cache(|cache| cache.keep(epoch, key.hash, Arc::clone(&series)));
        }
        series
    }

    fn divert_or_make<V: AsRef<str>>(&self, values: &[V], who: Who<'_>) -> Arc<Series<M>> {
        let values: Vec<&str> = values.iter().map(AsRef::as_ref).collect();
        // Who floods a metric of known limits finds the overflow series here, and stops nobody.
        let (detour, found) = {
            let table = self.read();
            let (detour, found) = table.detour(&values);
            (detour, found.cloned())
        };
        let (detour, series) = match found {
            Some(series) => (detour, series),
            None => self.make(&values),
        };
        // Without any lock: this counts in a family of its own.
        if !detour.is_none() {
            self.diverted.count(&self.descriptor, &detour, who);
        }
        series
    }

    fn make<'a>(&self, values: &[&'a str]) -> (Detour<'a>, Arc<Series<M>>) {
        let mut table = self.write();
        // Somebody may have made it between the two locks, or the last one that there was room for.
        let (detour, found) = table.detour(values);
        if let Some(series) = found {
            return (detour, Arc::clone(series));
        }
        let series = Arc::new(Series {
            descriptor: Arc::clone(&self.descriptor),
            values: detour.values.iter().map(|value| (*value).into()).collect(),
            metric: M::new(&self.options),
            created: Created::now(),
        });
        table.add(Arc::clone(&series));
        (detour, series)
    }

    fn read(&self) -> RwLockReadGuard<'_, Table<M>> {
        self.table.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Table<M>> {
        self.table.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<M: Metric> Debug for Family<M> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Family")
            .field("name", &self.descriptor.name())
            .finish_non_exhaustive()
    }
}
