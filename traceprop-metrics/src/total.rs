//! The number behind a counter.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

/// A number that only grows, in whole steps or in parts.
#[derive(Debug, Default)]
pub(crate) struct Total {
    /// Whole steps, by far the most common, need no compare-and-swap.
    whole: AtomicU64,
    /// The rest; an `f64`'s bits.
    part: AtomicU64,
}

impl Total {
    /// Adds `step`, and says whether it did: a step must be finite and not negative.
    #[inline]
    pub(crate) fn add(&self, step: f64) -> bool {
        /// Above this an `f64` has no fraction, and the sum of a few steps no longer fits 64 bits.
        const EXACT: f64 = (1_u64 << 53) as f64;
        if !(step >= 0.0 && step.is_finite()) {
            return false;
        }
        if step < EXACT && step.fract() == 0.0 {
            self.whole.fetch_add(step as u64, Relaxed);
            return true;
        }
        let add = |old| Some((f64::from_bits(old) + step).to_bits());
        self.part.fetch_update(Relaxed, Relaxed, add).is_ok()
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
    }
}
