//! Label values as they are looked up: hashed fast, compared whole.

use std::hash::{BuildHasher, Hasher, RandomState};

/// The first and the last bytes of up to sixteen, in which texts of one length differ if they differ.
type Words = (u64, u64);

/// One value of a series.
#[derive(Debug)]
pub(crate) struct Value {
    text: Box<str>,
    words: Words,
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self {
            text: text.into(),
            words: words(text.as_bytes()),
        }
    }
}

impl AsRef<str> for Value {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

/// Values that a series is looked for by.
#[derive(Debug)]
pub(crate) struct Key<'a, V> {
    pub(crate) values: &'a [V],
    pub(crate) hash: u64,
}

impl<V: AsRef<str>> Key<'_, V> {
    /// Whether a series of these values is the one. Neither a hash nor a joined string stands for a key.
    #[inline]
    pub(crate) fn names(&self, values: &[Value]) -> bool {
        values.len() == self.values.len()
            && values.iter().zip(self.values).all(|(is, asked)| {
                let asked = asked.as_ref();
                is.text.len() == asked.len()
                    && is.words == words(asked.as_bytes())
                    && (asked.len() <= 16 || *is.text == *asked)
            })
    }
}

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

    /// Gives all values of one byte the same hash.
    #[cfg(test)]
    pub(crate) fn weak() -> Self {
        Self { start: 0, with: 0 }
    }

    /// Hashes whole values, each with its length: `("ab", "c")` and `("a", "bc")` need not meet.
    #[inline]
    pub(crate) fn key<V: AsRef<str>>(self, values: &[V]) -> Key<'_, V> {
        // Each value by itself, so that none waits for the product of the one before.
        let hash = values.iter().fold(0, |hash: u64, value| {
            hash.rotate_left(23) ^ self.hash(value.as_ref().as_bytes())
        });
        Key { values, hash }
    }

    #[inline]
    fn hash(self, value: &[u8]) -> u64 {
        let length = (value.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let (mut state, mut rest) = (self.start ^ length, value);
        // Label values are short: one step takes up to sixteen bytes.
        while rest.len() > 16
            && let Some((sixteen, more)) = rest.split_first_chunk::<16>()
        {
            state = self.mix(state, words(sixteen));
            rest = more;
        }
        self.mix(state, words(rest))
    }

    /// Multiplies to 128 bits and folds the halves together.
    #[inline]
    fn mix(self, state: u64, (first, last): Words) -> u64 {
        let product = u128::from(state ^ first) * u128::from(self.with ^ last);
        product as u64 ^ (product >> 64) as u64
    }
}

/// The first eight bytes and the last eight, or four and four, or two and two, or the one there is.
#[inline]
fn words(bytes: &[u8]) -> Words {
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        (u64::from_le_bytes(*first), u64::from_le_bytes(*last))
    } else if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        (
            u32::from_le_bytes(*first).into(),
            u32::from_le_bytes(*last).into(),
        )
    } else if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        (
            u16::from_le_bytes(*first).into(),
            u16::from_le_bytes(*last).into(),
        )
    } else {
        (bytes.first().copied().unwrap_or_default().into(), 0)
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
        let hash = |values: &[&str]| seed.key(values).hash;
        assert_eq!(
            hash(&["a", "bc"]),
            seed.key(&["a".to_owned(), "bc".into()]).hash
        );
        let long = "x".repeat(100);
        let mut hashes = HashSet::new();
        for length in 0..=long.len() {
            assert!(
                hashes.insert(hash(&[&long[..length], &long[length..]])),
                "{length}"
            );
        }
        for place in 0..long.len() {
            let mut text = long.clone();
            text.replace_range(place..=place, "y");
            assert!(hashes.insert(hash(&[&text, ""])), "byte {place} counts");
        }
        assert_ne!(
            hash(&["GET"]),
            Seed::new().key(&["GET"]).hash,
            "the seed counts"
        );
    }

    #[test]
    fn a_key_names_values_that_are_the_same_to_the_last_byte() {
        let seed = Seed::new();
        for labels in [1, 3, 10] {
            for length in 0..40 {
                let texts = vec!["x".repeat(length); labels];
                let values: Vec<Value> = texts.iter().map(|text| text.as_str().into()).collect();
                assert!(seed.key(&texts).names(&values));
                assert!(!seed.key(&texts[1..]).names(&values), "{labels} labels");
                for (label, place) in
                    (0..labels).flat_map(|label| (0..length).map(move |place| (label, place)))
                {
                    let mut other = texts.clone();
                    other[label].replace_range(place..=place, "y");
                    assert!(
                        !seed.key(&other).names(&values),
                        "byte {place} of {length} in {label}"
                    );
                }
                let mut longer = texts.clone();
                longer[labels - 1].push('x');
                assert!(!seed.key(&longer).names(&values), "longer than {length}");
            }
        }
    }
}
