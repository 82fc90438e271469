//! A fast hash of label values.

use std::hash::{BuildHasher, Hasher, RandomState};

/// What nobody outside can know, so that nobody can choose values whose hashes meet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seed {
    start: u64,
    with: u64,
}

impl Seed {
    pub(crate) fn new() -> Self {
        let random = RandomState::new();
        Self {
            start: random.hash_one(0_u8),
            with: random.hash_one(1_u8),
        }
    }

    /// Gives all values the same hash whose last one has three bytes or less.
    #[cfg(test)]
    pub(crate) fn weak() -> Self {
        Self { start: 0, with: 0 }
    }

    /// Hashes whole values, each with its length: `("ab", "c")` and `("a", "bc")` need not meet.
    #[inline]
    pub(crate) fn hash<V: AsRef<str>>(self, values: &[V]) -> u64 {
        values.iter().fold(self.start, |state, value| {
            self.add(state, value.as_ref().as_bytes())
        })
    }

    #[inline]
    fn add(self, state: u64, value: &[u8]) -> u64 {
        let mut state = state ^ (value.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut rest = value;
        // Label values are short: one step takes up to sixteen bytes.
        while let Some((sixteen, more)) = rest.split_first_chunk::<16>() {
            if more.is_empty() {
                break;
            }
            state = self.mix(state, ends(sixteen));
            rest = more;
        }
        self.mix(state, ends(rest))
    }

    /// Multiplies to 128 bits and folds the halves together.
    #[inline]
    fn mix(self, state: u64, (first, last): (u64, u64)) -> u64 {
        let product = u128::from(state ^ first) * u128::from(self.with ^ last);
        product as u64 ^ (product >> 64) as u64
    }
}

/// The first and the last bytes of up to sixteen, which overlap in the middle or meet there: texts of
/// one length that have these in common are the same.
#[inline]
pub(crate) fn ends(bytes: &[u8]) -> (u64, u64) {
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        return (u64::from_le_bytes(*first), u64::from_le_bytes(*last));
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        return (
            u32::from_le_bytes(*first).into(),
            u32::from_le_bytes(*last).into(),
        );
    }
    match *bytes {
        [a, b, c] => (u64::from(a) | u64::from(b) << 8 | u64::from(c) << 16, 0),
        [a, b] => (u64::from(a) | u64::from(b) << 8, 0),
        [a] => (a.into(), 0),
        _ => (0, 0),
    }
}

/// Takes a number that is a hash already, and a small one beside it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Prehashed(u64);

impl Hasher for Prehashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64((*byte).into()));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = self.0.rotate_left(7) ^ hash;
    }

    fn write_u32(&mut self, rank: u32) {
        self.write_u64(rank.into());
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn values_are_hashed_whole_and_apart() {
        let seed = Seed::new();
        assert_eq!(
            seed.hash(&["a", "bc"]),
            seed.hash(&[String::from("a"), "bc".into()])
        );
        let long = "x".repeat(100);
        let mut hashes = HashSet::new();
        for length in 0..=long.len() {
            assert!(
                hashes.insert(seed.hash(&[&long[..length], &long[length..]])),
                "{length}"
            );
        }
        for place in 0..long.len() {
            let mut text = long.clone();
            text.replace_range(place..=place, "y");
            assert!(
                hashes.insert(seed.hash(&[&*text, ""])),
                "byte {place} counts"
            );
        }
        assert_ne!(
            seed.hash(&["GET"]),
            Seed::new().hash(&["GET"]),
            "the seed counts"
        );
    }

    #[test]
    fn ends_cover_every_byte_of_sixteen() {
        for length in 0..=16 {
            let text = vec![b'x'; length];
            for place in 0..length {
                let mut other = text.clone();
                other[place] = b'y';
                assert_ne!(ends(&text), ends(&other), "byte {place} of {length}");
            }
        }
    }
}
