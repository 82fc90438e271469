//! Reads counters and gauges from whichever of its two models `prometheus` was built with.
//!
//! One calls the accessor `value`, the other `get_value`, and which it is is decided by the features of
//! the whole build. Each trait below supplies the missing name in terms of the other one, which an
//! inherent method answers: inherent methods are found before those of traits.

use prometheus::proto::{Counter, Gauge};

pub(super) fn counter(counter: &Counter) -> f64 {
    Value::value(counter)
}

pub(super) fn gauge(gauge: &Gauge) -> f64 {
    Value::value(gauge)
}

trait Value {
    fn value(&self) -> f64;
}

#[allow(
    dead_code,
    reason = "called where the model has no such method of its own"
)]
trait GetValue {
    fn get_value(&self) -> f64;
}

macro_rules! reading {
    ($($message:ty),*) => {$(
        impl Value for $message {
            fn value(&self) -> f64 {
                self.get_value()
            }
        }
        impl GetValue for $message {
            fn get_value(&self) -> f64 {
                self.value()
            }
        }
    )*};
}
reading!(Counter, Gauge);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_models_read_alike() {
        let mut five = Counter::default();
        five.set_value(5.0);
        let mut below = Gauge::default();
        below.set_value(-2.0);
        assert_eq!((counter(&five), gauge(&below)), (5.0, -2.0));
    }
}
