//! One metric: its instrument, and which labels it has.

use std::fmt::Debug;
use std::sync::Arc;

use traceprop_core::call::{Finished, Labels};

use super::MeterError;
use super::backend::{Backend, Draft};
use super::settings::Settings;
use super::spec::Spec;
use super::value::Value;

/// A label that the conventions give to the metrics of one kind of call.
pub(super) trait Label: Copy + Debug + Send + Sync {
    /// The attribute's key.
    fn key(self) -> &'static str;
}

/// A call, from which the values of its labels can be read.
pub(super) trait Row<L> {
    fn value(&self, label: L) -> Value<'_>;
}

/// An instrument of the type `I` with labels of the type `L`.
#[derive(Debug)]
pub(super) struct Metric<I, L> {
    instrument: I,
    labels: Box<[L]>,
    /// The user's own, one by one set on calls.
    own: Arc<[&'static str]>,
}

impl<I, L: Label> Metric<I, L> {
    pub(super) fn instrument(&self) -> &I {
        &self.instrument
    }

    fn values<'a>(
        &'a self,
        row: &'a impl Row<L>,
        labels: &'a Labels,
    ) -> impl Iterator<Item = (&'static str, Value<'a>)> {
        let standard = self
            .labels
            .iter()
            .map(|label| (label.key(), row.value(*label)));
        let own = self
            .own
            .iter()
            .map(|name| (*name, Value::text(labels.get(name))));
        standard.chain(own)
    }
}

/// Makes the metrics of one meter.
#[derive(Debug)]
pub(super) struct Maker<'a, B> {
    backend: &'a B,
    settings: &'a Settings,
    own: Arc<[&'static str]>,
}

impl<'a, B: Backend> Maker<'a, B> {
    pub(super) fn new(backend: &'a B, settings: &'a Settings) -> Self {
        Self {
            backend,
            settings,
            own: settings.own.as_slice().into(),
        }
    }

    /// A histogram with the bounds of the settings.
    pub(super) fn durations<L: Label>(
        &self,
        spec: Spec,
        labels: Vec<L>,
    ) -> Result<Metric<B::Histogram, L>, MeterError> {
        self.histogram(spec, labels, &self.settings.buckets)
    }

    pub(super) fn histogram<L: Label>(
        &self,
        spec: Spec,
        labels: Vec<L>,
        buckets: &[f64],
    ) -> Result<Metric<B::Histogram, L>, MeterError> {
        self.make(spec, labels, true, |of| self.backend.histogram(of, buckets))
    }

    pub(super) fn counter<L: Label>(
        &self,
        spec: Spec,
        labels: Vec<L>,
    ) -> Result<Metric<B::Counter, L>, MeterError> {
        self.make(spec, labels, true, |of| self.backend.counter(of))
    }

    /// A gauge, which has no labels of the user's own: they may come after it was moved.
    pub(super) fn level<L: Label>(
        &self,
        spec: Spec,
        labels: Vec<L>,
    ) -> Result<Metric<B::Level, L>, MeterError> {
        self.make(spec, labels, false, |of| self.backend.level(of))
    }

    fn make<I, L: Label>(
        &self,
        spec: Spec,
        labels: Vec<L>,
        with_own: bool,
        make: impl FnOnce(Draft<'_>) -> Result<I, MeterError>,
    ) -> Result<Metric<I, L>, MeterError> {
        let mut keys: Vec<_> = labels.iter().map(|label| label.key()).collect();
        self.settings.check(&keys)?;
        let own = if with_own {
            Arc::clone(&self.own)
        } else {
            Arc::default()
        };
        keys.extend(own.iter());
        let instrument = make(Draft {
            spec,
            keys,
            fixed: &self.settings.fixed,
            limits: &self.settings.limits,
        })?;
        Ok(Metric {
            instrument,
            labels: labels.into(),
            own,
        })
    }
}

/// Measures `value` of a call that is over.
pub(super) fn observe<B: Backend, L: Label>(
    metric: &Metric<B::Histogram, L>,
    value: f64,
    row: &impl Row<L>,
    call: &Finished<'_>,
) {
    B::observe(
        &metric.instrument,
        value,
        metric.values(row, call.labels),
        call,
    );
}

/// Adds `step` for a call that is over.
pub(super) fn add<B: Backend, L: Label>(
    metric: &Metric<B::Counter, L>,
    step: u64,
    row: &impl Row<L>,
    call: &Finished<'_>,
) {
    B::add(
        &metric.instrument,
        step,
        metric.values(row, call.labels),
        call,
    );
}

/// Moves a level by `step`.
pub(super) fn shift<B: Backend, L: Label>(
    metric: &Metric<B::Level, L>,
    step: i64,
    row: &impl Row<L>,
) {
    const NONE: &Labels = &Labels::new();
    B::shift(&metric.instrument, step, metric.values(row, NONE));
}
