//! A list that allocates nothing while it is short.

/// Items that are kept in place. Lists on the wire have rarely more members.
const FEW: usize = 8;

/// Items in the order in which they came.
pub(super) struct Few<T> {
    few: [T; FEW],
    /// How many of `few` there are, unless `all` holds all.
    len: usize,
    all: Vec<T>,
}

impl<T: Copy> Few<T> {
    /// No items; `unused` fills the places that are kept for them.
    pub(super) const fn new(unused: T) -> Self {
        Self {
            few: [unused; FEW],
            len: 0,
            all: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, item: T) {
        if let Some(free) = self.few.get_mut(self.len) {
            *free = item;
            self.len += 1;
            return;
        }
        if self.all.is_empty() {
            self.all.extend_from_slice(&self.few);
        }
        self.all.push(item);
    }

    pub(super) fn as_slice(&self) -> &[T] {
        match self.all.is_empty() {
            true => self.few.get(..self.len).unwrap_or_default(),
            false => &self.all,
        }
    }

    pub(super) fn as_mut_slice(&mut self) -> &mut [T] {
        match self.all.is_empty() {
            true => self.few.get_mut(..self.len).unwrap_or_default(),
            false => &mut self.all,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_and_many_are_one_list() {
        let mut list = Few::new(0);
        for item in 0..3 * FEW {
            assert_eq!(list.as_slice(), (0..item).collect::<Vec<_>>());
            list.push(item);
        }
        list.as_mut_slice().reverse();
        assert_eq!(list.as_slice().first(), Some(&(3 * FEW - 1)));
    }
}
