//! The number behind a counter.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

/// Whether `step` is one: finite and not negative.
#[inline]
pub(crate) fn counts(step: f64) -> bool {
    step >= 0.0 && step.is_finite()
}

/// A number that only grows, in whole steps or in parts.
#[derive(Debug, Default)]
pub(crate) struct Total {
    /// Whole steps, by far the most common, need no compare-and-swap.
    whole: AtomicU64,
    /// The rest; an `f64`'s bits.
    part: AtomicU64,
}

impl Total {
    /// Adds `step`, and says whether it [`counts`].
    #[inline]
    pub(crate) fn add(&self, step: f64) -> bool {
        /// Four billion steps of this size still fit 64 bits; greater ones are rare.
        const GREATEST_WHOLE: f64 = (1_u64 << 32) as f64;
        if !counts(step) {
            return false;
        }
        if step < GREATEST_WHOLE && step.fract() == 0.0 {
            self.whole.fetch_add(step as u64, Relaxed);
            return true;
        }
        let add = |old| Some((f64::from_bits(old) + step).to_bits());
        self.part.fetch_update(Relaxed, Relaxed, add).is_ok()
    }

    /// Starts again from zero. What others add meanwhile may be lost or stay, each step as a whole.
    pub(crate) fn reset(&self) {
        self.whole.store(0, Relaxed);
        self.part.store(0, Relaxed);
    }

    pub(crate) fn get(&self) -> f64 {
        self.whole.load(Relaxed) as f64 + f64::from_bits(self.part.load(Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_total_adds_whole_steps_and_parts_and_refuses_the_rest() {
        let total = Total::default();
        for (step, taken) in [
            (1.0, true),
            (0.25, true),
            (0.0, true),
            (-1.0, false),
            (f64::NAN, false),
            (f64::INFINITY, false),
        ] {
            assert_eq!(total.add(step), taken, "{step}");
        }
        assert_eq!(total.get(), 1.25);
        assert!(total.add(1e300));
        assert_eq!(total.get(), 1e300);
        total.reset();
        assert_eq!(total.get(), 0.0);
    }
}
