//! All series of one metric, by their exact values.

use std::collections::HashMap;
use std::fmt::{self, Debug, Formatter};
use std::hash::BuildHasherDefault;
use std::sync::Arc;

use crate::family::Series;
use crate::guard::{Detour, Guard};
use crate::key::{Key, Prehashed, Seed};

/// Series and the limits they count towards.
pub(crate) struct Table<M> {
    seed: Seed,
    /// In the order in which they were made, but for removals.
    series: Vec<Arc<Series<M>>>,
    /// Places in `series`, by hash and rank: values whose hashes meet, which is next to never, have
    /// ranks without a gap from 0.
    places: HashMap<(u64, u32), usize, BuildHasherDefault<Prehashed>>,
    guard: Guard,
}

impl<M> Table<M> {
    pub(crate) fn new(seed: Seed, guard: Guard) -> Self {
        Self {
            seed,
            series: Vec::new(),
            places: HashMap::default(),
            guard,
        }
    }

    /// Sets other limits, for what is made from now on.
    pub(crate) fn guard(&mut self, mut guard: Guard) {
        self.series
            .iter()
            .for_each(|series| guard.made(series.values()));
        self.guard = guard;
    }

    pub(crate) fn find<V: AsRef<str>>(&self, key: &Key<'_, V>) -> Option<&Arc<Series<M>>> {
        let place = self.place(key.hash, |series| key.names(&series.values))?.1;
        self.series.get(place)
    }

    /// Where an observation of these values belongs: with the series, if there is one.
    pub(crate) fn detour<'a>(&self, values: &[&'a str]) -> (Detour<'a>, Option<&Arc<Series<M>>>) {
        let mut detour = self.guard.detour(values);
        let mut found = self.find(&self.seed.key(&detour.values));
        if found.is_none() && self.guard.is_full(&detour.values, self.series.len()) {
            detour.give_all_way();
            found = self.find(&self.seed.key(&detour.values));
        }
        (detour, found)
    }

    /// Adds a series that is not there yet.
    pub(crate) fn add(&mut self, series: Arc<Series<M>>) {
        let hash = self.hash_of(&series);
        let rank = (0..).find(|rank| !self.places.contains_key(&(hash, *rank)));
        self.places
            .insert((hash, rank.unwrap_or(u32::MAX)), self.series.len());
        self.guard.made(series.values());
        self.series.push(series);
    }

    /// Removes the series of these values; `false` if there is none.
    pub(crate) fn remove<V: AsRef<str>>(&mut self, values: &[V]) -> bool {
        let key = self.seed.key(values);
        let hash = key.hash;
        let Some((rank, place)) = self.place(hash, |series| key.names(&series.values)) else {
            return false;
        };
        // The last of this hash takes the rank that becomes free.
        let last = (rank..)
            .take_while(|rank| self.places.contains_key(&(hash, *rank)))
            .last();
        if let Some(moved) = last.and_then(|last| self.places.remove(&(hash, last)))
            && moved != place
        {
            self.places.insert((hash, rank), moved);
        }
        // The last series takes the place that becomes free.
        if let Some(series) = self.series.last()
            && let Some((rank, _)) =
                self.place(self.hash_of(series), |other| Arc::ptr_eq(other, series))
        {
            self.places.insert((self.hash_of(series), rank), place);
        }
        let removed = self.series.swap_remove(place);
        self.guard.removed(removed.values());
        true
    }

    /// Removes every series, and leaves it to the caller to drop them.
    pub(crate) fn clear(&mut self) -> Vec<Arc<Series<M>>> {
        self.places.clear();
        self.guard.reset();
        std::mem::take(&mut self.series)
    }

    /// Up to `most` of the series from this place on.
    pub(crate) fn some(&self, from: usize, most: usize) -> &[Arc<Series<M>>] {
        let rest = self.series.get(from..).unwrap_or_default();
        rest.get(..most).unwrap_or(rest)
    }

    fn hash_of(&self, series: &Series<M>) -> u64 {
        self.seed.key(&series.values).hash
    }

    /// The rank and the place of the series of this hash that `is_it`.
    fn place(&self, hash: u64, is_it: impl Fn(&Arc<Series<M>>) -> bool) -> Option<(u32, usize)> {
        let ranks = (0..).map_while(|rank| Some((rank, *self.places.get(&(hash, rank))?)));
        ranks
            .into_iter()
            .find(|(_, place)| self.series.get(*place).is_some_and(&is_it))
    }
}

impl<M> Debug for Table<M> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table")
            .field("series", &self.series.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use prometheus::Opts;

    use super::*;
    use crate::descriptor::Descriptor;
    use crate::guard::Limits;

    #[test]
    fn values_whose_hashes_meet_are_added_found_and_removed_apart() {
        let seed = Seed::weak();
        assert_eq!(seed.key(&["0"]).hash, seed.key(&["z"]).hash);
        let descriptor = Descriptor::new(&Opts::new("t", "T."), &["n"], None).unwrap();
        let descriptor = Arc::new(descriptor);
        let guard = Guard::new(&Limits::none(), descriptor.variables());
        let mut table = Table::new(seed, guard);
        let mut there = BTreeSet::new();
        // Characters from 0 to z in no order, each added and removed again and again.
        let mut number = 1_u32;
        for _ in 0..500 {
            number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let value = b'0' + (number >> 16) as u8 % 75;
            let values = [char::from(value).to_string()];
            assert_eq!(table.remove(&values), there.remove(&value), "{value}");
            if number >> 31 == 0 {
                there.insert(value);
                table.add(Arc::new(Series {
                    descriptor: Arc::clone(&descriptor),
                    values: values.iter().map(|value| value.as_str().into()).collect(),
                    metric: (),
                    created: crate::created::Created::now(),
                }));
            }
            for value in b'0'..=b'z' {
                let values = [char::from(value).to_string()];
                let key = seed.key(&values);
                let found = table.find(&key);
                assert_eq!(found.is_some(), there.contains(&value), "{value}");
                assert!(
                    found.is_none_or(|series| key.names(&series.values)),
                    "{value}"
                );
            }
            assert_eq!(table.some(0, usize::MAX).len(), there.len());
            assert_eq!(table.places.len(), there.len());
        }
        assert!(there.len() > 10, "{there:?}");
    }
}
