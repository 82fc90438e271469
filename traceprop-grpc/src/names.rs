//! The methods that were answered before, so that their names are not made again with every call.
//!
//! A method gets here once a server has answered a call to it, other than to say that it has none such:
//! what strangers ask for does not. Each thread looks among its own, so there is no lock.

use std::cell::RefCell;
use std::collections::HashSet;
use std::sync::{Mutex, OnceLock, PoisonError};

/// A power of two, above what a service and its peers have of methods.
const SLOTS: usize = 256;

/// How many slots may hold a method.
const PROBES: usize = 4;

/// How many names are kept for good. A proxy that forwards all methods may see more; those are made
/// again.
const MOST_NAMES: usize = 2_048;

/// Longer names are not kept.
const LONGEST: usize = 255;

type Slots = [Option<&'static str>; SLOTS];

thread_local! {
    static RECENT: RefCell<Slots> = const { RefCell::new([None; SLOTS]) };
}

/// The name that was kept for `method` on this thread.
pub(crate) fn kept(method: &str) -> Option<&'static str> {
    RECENT.with_borrow(|slots| {
        let mut places = places(method);
        places.find_map(|place| {
            slots
                .get(place)
                .copied()
                .flatten()
                .filter(|it| *it == method)
        })
    })
}

/// Keeps `method`, to which a call was answered.
pub(crate) fn keep(method: &str) {
    let Some(name) = for_good(method) else {
        return;
    };
    RECENT.with_borrow_mut(|slots| {
        let free = places(method).find(|place| slots.get(*place).is_some_and(Option::is_none));
        let place = free.or_else(|| places(method).next());
        if let Some(slot) = place.and_then(|place| slots.get_mut(place)) {
            *slot = Some(name);
        }
    });
}

/// The same text each time, or `None` without room for it.
fn for_good(method: &str) -> Option<&'static str> {
    static KEPT: OnceLock<Mutex<HashSet<&'static str>>> = OnceLock::new();
    let kept = KEPT.get_or_init(Mutex::default);
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(name) = kept.get(method) {
        return Some(name);
    }
    if kept.len() >= MOST_NAMES || method.len() > LONGEST {
        return None;
    }
    let name: &'static str = method.to_owned().leak();
    kept.insert(name);
    Some(name)
}

fn places(method: &str) -> impl Iterator<Item = usize> + use<> {
    let first = hash(method.as_bytes());
    (0..PROBES).map(move |probe| (first + probe) % SLOTS)
}

fn hash(name: &[u8]) -> usize {
    // Odd, and without a pattern: the golden ratio.
    const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
    let (words, rest) = name.as_chunks::<8>();
    let rest = rest
        .iter()
        .fold(0, |rest, byte| rest << 8 | u64::from(*byte));
    let mix = |hash: u64, word: u64| (hash.rotate_left(5) ^ word).wrapping_mul(MIX);
    let words = words.iter().map(|word| u64::from_le_bytes(*word));
    let hash = words.chain([rest]).fold(name.len() as u64, mix);
    (hash >> (u64::BITS - SLOTS.trailing_zeros())) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_the_same_text() {
        assert_eq!(kept("shop.Names/One"), None);
        keep("shop.Names/One");
        let first = kept("shop.Names/One").unwrap();
        let elsewhere = std::thread::spawn(|| {
            assert_eq!(kept("shop.Names/One"), None, "another thread has its own");
            keep("shop.Names/One");
            kept("shop.Names/One").unwrap()
        });
        assert!(std::ptr::eq(first, elsewhere.join().unwrap()));
        assert_eq!(kept("shop.Names/Two"), None);
    }

    #[test]
    fn many_names_take_each_other_s_place() {
        for n in 0..4 * SLOTS {
            let name = format!("shop.Many/N{n}");
            keep(&name);
            assert_eq!(kept(&name), Some(name.as_str()));
        }
        let long = "a".repeat(LONGEST + 1);
        keep(&long);
        assert_eq!(kept(&long), None);
    }
}
