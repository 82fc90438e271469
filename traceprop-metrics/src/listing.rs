//! The series of one metric in the order in which they are exposed.

use std::sync::Arc;

use crate::family::Series;
use crate::table::Table;

/// How many series are listed before others are let at the table.
const AT_ONCE: usize = 1024;

/// What scrapes have seen: only what is new is listed and sorted by the next one.
pub(crate) struct Listing<M> {
    /// Of the family, when it was listed.
    epoch: u64,
    series: Vec<Arc<Series<M>>>,
    is_sorted: bool,
    /// Of an epoch before; dropped once nobody waits for the table.
    stale: Vec<Arc<Series<M>>>,
}

impl<M> Listing<M> {
    pub(crate) fn new(epoch: u64) -> Self {
        Self {
            epoch,
            series: Vec::new(),
            is_sorted: true,
            stale: Vec::new(),
        }
    }

    /// Adds some of what is new in `table` as it is in `epoch`; `false` if nothing is.
    pub(crate) fn add_some(&mut self, epoch: u64, table: &Table<M>) -> bool {
        if self.epoch != epoch {
            self.epoch = epoch;
            self.stale.append(&mut self.series);
        }
        // Within an epoch series are added behind the others, so that their number tells what is new.
        let more = table.some(self.series.len(), AT_ONCE);
        self.series.extend_from_slice(more);
        self.is_sorted &= more.is_empty();
        !more.is_empty()
    }

    /// Everything, sorted by the values of the sorted labels.
    pub(crate) fn sorted(&mut self) -> Vec<Arc<Series<M>>> {
        self.stale = Vec::new();
        if !self.is_sorted {
            // What was sorted already is one run, which this sort takes as it is.
            self.series.sort_by(|a, b| values(a).cmp(values(b)));
            self.is_sorted = true;
        }
        self.series.clone()
    }
}

fn values<M>(series: &Series<M>) -> impl Iterator<Item = &str> {
    series.labels().map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;
    use std::sync::atomic::Ordering::{Acquire, Release};
    use std::thread;

    use prometheus::Opts;

    use super::*;
    use crate::descriptor::Descriptor;
    use crate::family::Family;
    use crate::gauge_vec::Level;
    use crate::guard::Limits;

    fn family() -> Family<Level> {
        let descriptor = Descriptor::new(&Opts::new("f", "F."), &["n"], None).unwrap();
        let family = Family::new(descriptor, ());
        family.limit(&Limits::none());
        family
    }

    fn listed(family: &Family<Level>) -> Vec<String> {
        let all = family.all();
        let names = all.iter().flat_map(|series| series.values());
        names.map(str::to_owned).collect()
    }

    #[test]
    fn a_list_is_sorted_and_follows_what_comes_and_goes() {
        let family = family();
        // More than are listed at once.
        let names: Vec<String> = (0..3 * AT_ONCE).map(|n| format!("{n:05}")).collect();
        let (early, late) = names.split_at(AT_ONCE + 1);
        for name in late.iter().rev() {
            family.with(&[name], |_| ()).unwrap();
        }
        assert_eq!(listed(&family), late);
        for name in early {
            family.with(&[name], |_| ()).unwrap();
        }
        assert_eq!(listed(&family), names);
        late.iter().for_each(|name| assert!(family.remove(&[name])));
        assert_eq!(listed(&family), early);
        family.reset();
        assert!(listed(&family).is_empty());
    }

    #[test]
    fn a_list_made_while_series_come_and_go_has_each_at_most_once() {
        let (family, done) = (family(), AtomicBool::new(false));
        let name = |n: usize| [format!("{n:05}")];
        for n in 0..2 * AT_ONCE {
            family.with(&name(n), |_| ()).unwrap();
        }
        thread::scope(|scope| {
            scope.spawn(|| {
                for n in 0..4 * AT_ONCE {
                    family.with(&name(2 * AT_ONCE + n), |_| ()).unwrap();
                    // One in eight of those that were there goes again, in no order.
                    if n % 8 == 0 {
                        family.remove(&name(n * 31 % (2 * AT_ONCE)));
                    }
                }
                done.store(true, Release);
            });
            while !done.load(Acquire) {
                let listed = listed(&family);
                assert!(listed.is_sorted_by(|a, b| a < b), "sorted, and each once");
            }
        });
        let there = |n: &usize| family.existing(&name(*n)).is_some();
        assert_eq!(
            listed(&family).len(),
            (0..6 * AT_ONCE).filter(there).count()
        );
    }
}
