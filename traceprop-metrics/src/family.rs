//! The series of one metric, found by their exact label values.

use std::collections::HashMap;
use std::fmt::{self, Debug, Formatter};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::{Arc, PoisonError, RwLock};

use prometheus::{Error, Result};

use crate::cache::{Cache, Cached};
use crate::descriptor::Descriptor;

/// What one series counts with.
pub(crate) trait Metric: Cached + Send + Sync {
    /// What a new one is made from.
    type Options: Send + Sync;

    fn new(options: &Self::Options) -> Self;
}

/// One series: its label values and what it has counted.
#[derive(Debug)]
pub(crate) struct Series<M> {
    pub(crate) descriptor: Arc<Descriptor>,
    /// In the order in which the labels were declared.
    pub(crate) values: Box<[Box<str>]>,
    pub(crate) metric: M,
}

impl<M> Series<M> {
    /// Compares whole values: neither a hash nor a joined string stands for a key.
    pub(crate) fn is_named<V: AsRef<str>>(&self, values: &[V]) -> bool {
        self.values.len() == values.len()
            && self
                .values
                .iter()
                .zip(values)
                .all(|(a, b)| **a == *b.as_ref())
    }

    pub(crate) fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        self.descriptor.labels(&self.values)
    }
}

/// All series of one metric.
pub(crate) struct Family<M: Metric> {
    /// Tells families apart in the threads' caches; never given out twice.
    id: u64,
    descriptor: Arc<Descriptor>,
    options: M::Options,
    hasher: RandomState,
    /// Grows with every removal, and so makes what the caches hold worthless.
    generation: AtomicU64,
    /// By hash; the few series of one hash are told apart by their values.
    series: RwLock<HashMap<u64, Vec<Arc<Series<M>>>>>,
}

impl<M: Metric> Family<M> {
    pub(crate) fn new(descriptor: Descriptor, options: M::Options) -> Self {
        static NEXT_ID: AtomicU64 = AtomicU64::new(0);
        Self {
            id: NEXT_ID.fetch_add(1, Relaxed),
            descriptor: Arc::new(descriptor),
            options,
            hasher: RandomState::new(),
            generation: AtomicU64::new(0),
            series: RwLock::default(),
        }
    }

    pub(crate) fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    /// Runs `f` on the series named by `values`, which is made at its first use.
    ///
    /// A series that this thread has used lately is found in the thread's own cache: no lock, no
    /// allocation, and no counter of references shared between cores. `f` must not come back here.
    ///
    /// # Errors
    ///
    /// `InconsistentCardinality` if the number of values is not that of the labels.
    pub(crate) fn with<V: AsRef<str>, R>(
        &self,
        values: &[V],
        f: impl Fn(&Arc<Series<M>>) -> R,
    ) -> Result<R> {
        let (expect, got) = (self.descriptor.arity(), values.len());
        if expect != got {
            return Err(Error::InconsistentCardinality { expect, got });
        }
        let hash = self.hash(values);
        let cached = |cache: &mut Cache<M>| {
            let generation = self.generation.load(Acquire);
            if let Some(series) = cache.find(self.id, generation, hash, values) {
                return f(series);
            }
            let series = self.find_or_make(hash, values);
            f(cache.keep(self.id, generation, hash, series))
        };
        // Without a cache: this thread is being torn down, or is inside the cache already.
        Ok(M::with_cache(cached).unwrap_or_else(|| f(&self.find_or_make(hash, values))))
    }

    /// Removes the series named by `values`; `false` if there is none.
    pub(crate) fn remove<V: AsRef<str>>(&self, values: &[V]) -> bool {
        let hash = self.hash(values);
        let mut all = self.series.write().unwrap_or_else(PoisonError::into_inner);
        let Some(same_hash) = all.get_mut(&hash) else {
            return false;
        };
        let Some(at) = same_hash.iter().position(|series| series.is_named(values)) else {
            return false;
        };
        same_hash.swap_remove(at);
        if same_hash.is_empty() {
            all.remove(&hash);
        }
        self.generation.fetch_add(1, Release);
        true
    }

    /// Removes every series.
    pub(crate) fn reset(&self) {
        let mut all = self.series.write().unwrap_or_else(PoisonError::into_inner);
        all.clear();
        self.generation.fetch_add(1, Release);
    }

    /// Every series, sorted by the values of the sorted labels as `prometheus` sorts them.
    pub(crate) fn all(&self) -> Vec<Arc<Series<M>>> {
        let all = self.series.read().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = all.values().flatten().cloned().collect();
        all.sort_by(|a, b| {
            a.labels()
                .map(|(_, value)| value)
                .cmp(b.labels().map(|(_, value)| value))
        });
        all
    }

    fn hash<V: AsRef<str>>(&self, values: &[V]) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        for value in values {
            hasher.write(value.as_ref().as_bytes());
            // In no UTF-8 text: ("ab", "c") and ("a", "bc") need not meet.
            hasher.write_u8(0xff);
        }
        hasher.finish()
    }

    fn find_or_make<V: AsRef<str>>(&self, hash: u64, values: &[V]) -> Arc<Series<M>> {
        let find = |all: &HashMap<u64, Vec<Arc<Series<M>>>>| {
            all.get(&hash)?
                .iter()
                .find(|series| series.is_named(values))
                .cloned()
        };
        if let Some(series) = find(&self.series.read().unwrap_or_else(PoisonError::into_inner)) {
            return series;
        }
        let mut all = self.series.write().unwrap_or_else(PoisonError::into_inner);
        // Somebody may have made it between the two locks.
        if let Some(series) = find(&all) {
            return series;
        }
        let series = Arc::new(Series {
            descriptor: Arc::clone(&self.descriptor),
            values: values.iter().map(|value| value.as_ref().into()).collect(),
            metric: M::new(&self.options),
        });
        all.entry(hash).or_default().push(Arc::clone(&series));
        series
    }
}

impl<M: Metric> Debug for Family<M> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Family")
            .field("name", &self.descriptor.name())
            .finish_non_exhaustive()
    }
}
