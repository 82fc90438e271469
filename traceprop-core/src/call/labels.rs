//! What a user labels a call with, for the metrics.

use opentelemetry::StringValue;

/// Labels of the user's own on one call: the names and values that a recorder was told to expect, such
/// as a tenant's plan.
///
/// They are for metrics alone: a recorder counts by the names that it was built with and ignores all
/// others, and no span gets them. A value must come from a small set; never label a call with what a
/// stranger chooses, such as a path, or with what names one person or one call.
///
/// A server's or a consumer's call is labelled from inside, with
/// [`CurrentCall::set_label`](super::CurrentCall::set_label). A client's or a producer's takes the labels
/// that are in the context it is made in, if its recorder counts by any:
///
/// ```
/// use opentelemetry::Context;
/// use traceprop_core::call::Labels;
///
/// let mut labels = Labels::new();
/// labels.set("purpose", "reminder");
/// let _labelled = Context::current().with_value(labels).attach();
/// // Requests that are sent from here on, and until the guard is dropped, are counted as reminders.
/// ```
///
/// There is room for [`MAX`](Self::MAX) of them. Without any, nothing is allocated.
///
/// ```
/// use traceprop_core::call::Labels;
///
/// let mut labels = Labels::new();
/// assert!(labels.set("plan", "free"));
/// assert!(labels.set("plan", "paid"), "the last one counts");
/// assert_eq!(labels.get("plan"), Some("paid"));
/// assert_eq!(labels.get("region"), None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    entries: Vec<(&'static str, StringValue)>,
}

impl Labels {
    /// How many labels a call may have: 8.
    pub const MAX: usize = 8;

    /// No labels.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            entries: Vec::new(),
        }
    }

    /// Sets the label `name`, in the place of an earlier value.
    ///
    /// Returns whether it is set: beyond [`MAX`](Self::MAX) names there is no room. A `&'static str`
    /// or an `Arc<str>` is kept without copying it.
    pub fn set(&mut self, name: &'static str, value: impl Into<StringValue>) -> bool {
        self.put(name, value.into())
    }

    /// The value of the label `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut entries = self.entries.iter();
        entries
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.as_str())
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Every name with its value, in the order in which the names were first set.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.entries
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
    }

    /// Both; the later ones win.
    pub(super) fn merged(mut self, later: Self) -> Self {
        self.merge(later);
        self
    }

    /// Takes over what was learnt later: those win.
    pub(super) fn merge(&mut self, later: Self) {
        if self.is_empty() {
            *self = later;
            return;
        }
        for (name, value) in later.entries {
            self.put(name, value);
        }
    }

    fn put(&mut self, name: &'static str, value: StringValue) -> bool {
        if let Some((_, known)) = self.entries.iter_mut().find(|(known, _)| *known == name) {
            *known = value;
            return true;
        }
        let room = self.entries.len() < Self::MAX;
        if room {
            self.entries.push((name, value));
        }
        room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_for_eight_and_an_old_one_may_change() {
        const NAMES: [&str; 9] = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
        let mut labels = Labels::new();
        let set = NAMES.map(|name| labels.set(name, name));
        assert_eq!(set.iter().filter(|set| **set).count(), Labels::MAX);
        assert!(labels.set("h", "changed"));
        assert_eq!(labels.get("h"), Some("changed"));
        assert_eq!(labels.get("i"), None);
        assert_eq!(labels.iter().count(), Labels::MAX);
    }

    #[test]
    fn what_comes_later_wins_within_the_bound() {
        let mut first = Labels::new();
        first.set("a", "1");
        first.set("b", "1");
        let mut later = Labels::new();
        later.set("b", "2");
        later.set("c", String::from("2"));
        first.merge(later);
        let all: Vec<_> = first.iter().collect();
        assert_eq!(all, [("a", "1"), ("b", "2"), ("c", "2")]);
        first.merge(Labels::new());
        assert_eq!(first.iter().count(), 3);
    }
}
