//! Where the metrics go: one implementation for each metrics library.

use std::fmt::Debug;

use traceprop_core::call::Finished;

use super::MeterError;
use super::spec::Spec;
use super::value::Value;
use crate::guard::Limits;

/// A metric as a backend is to make it.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    pub(super) spec: Spec,
    /// The attributes' keys, in the order in which values will come.
    pub(super) keys: Vec<&'static str>,
    /// Attributes that never change.
    pub(super) fixed: &'a [(String, String)],
    /// For a backend that has no limits of its own.
    pub(super) limits: &'a Limits,
}

/// A metrics library.
///
/// The values of a measurement come with their keys, in the order in which the keys were given; those
/// of keys that the call has no value for are [`Value::Absent`].
pub(super) trait Backend: Debug + 'static {
    type Histogram: Debug + Send + Sync;
    type Counter: Debug + Send + Sync;
    /// How many there are just now.
    type Level: Debug + Send + Sync;

    fn histogram(&self, of: Draft<'_>, buckets: &[f64]) -> Result<Self::Histogram, MeterError>;
    fn counter(&self, of: Draft<'_>) -> Result<Self::Counter, MeterError>;
    fn level(&self, of: Draft<'_>) -> Result<Self::Level, MeterError>;

    fn observe<'a>(
        histogram: &Self::Histogram,
        value: f64,
        values: impl Iterator<Item = (&'static str, Value<'a>)>,
        call: &Finished<'_>,
    );

    fn add<'a>(
        counter: &Self::Counter,
        step: u64,
        values: impl Iterator<Item = (&'static str, Value<'a>)>,
        call: &Finished<'_>,
    );

    fn shift<'a>(
        level: &Self::Level,
        step: i64,
        values: impl Iterator<Item = (&'static str, Value<'a>)>,
    );
}
