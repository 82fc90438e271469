//! Counters by label values, for one thread.

use std::convert::Infallible;

use prometheus::Result;
use prometheus::local::LocalMetric;

use crate::counter_vec::ExemplarCounterVec;
use crate::local_counter::LocalExemplarCounter;
use crate::local_vec::{Local, Locals};

/// [`LocalExemplarCounter`]s that differ in the values of their labels.
///
/// ```
/// use prometheus::Opts;
/// use traceprop_metrics::ExemplarCounterVec;
///
/// let opts = Opts::new("failures_total", "What failed.");
/// let shared = ExemplarCounterVec::new(opts, &["reason"])?;
/// let mut local = shared.local();
/// local.with_label_values(&["timeout"]).inc();
/// local.flush();
/// assert_eq!(shared.with_label_values(&["timeout"]).get(), 1.0);
/// # Ok::<(), prometheus::Error>(())
/// ```
#[derive(Debug)]
pub struct LocalExemplarCounterVec {
    shared: ExemplarCounterVec,
    locals: Locals<LocalExemplarCounter>,
}

impl LocalExemplarCounterVec {
    pub(crate) fn new(shared: ExemplarCounterVec) -> Self {
        Self {
            shared,
            locals: Locals::new(),
        }
    }

    /// The handle on the series with these values, in the order of the label names.
    ///
    /// # Panics
    ///
    /// If there are not as many values as label names. See
    /// [`get_metric_with_label_values`](Self::get_metric_with_label_values).
    pub fn with_label_values(&mut self, values: &[&str]) -> &mut LocalExemplarCounter {
        let make = || Ok::<_, Infallible>(self.shared.with_label_values(values).local());
        let Ok(local) = self.locals.find_or_make(values, make);
        local
    }

    /// The handle on the series with these values, in the order of the label names.
    ///
    /// # Errors
    ///
    /// [`prometheus::Error::InconsistentCardinality`] if there are not as many values as label names.
    pub fn get_metric_with_label_values(
        &mut self,
        values: &[&str],
    ) -> Result<&mut LocalExemplarCounter> {
        let make = || Ok(self.shared.get_metric_with_label_values(values)?.local());
        self.locals.find_or_make(values, make)
    }

    /// Removes the series with these values, here and in the shared family.
    ///
    /// # Errors
    ///
    /// If there are not as many values as label names, or the family has no such series.
    pub fn remove_label_values(&mut self, values: &[&str]) -> Result<()> {
        self.locals.take(values);
        self.shared.remove_label_values(values)
    }

    /// Adds what has been counted here to the shared family.
    pub fn flush(&self) {
        self.locals.flush();
    }
}

/// Other handles on the same family, with nothing counted yet.
impl Clone for LocalExemplarCounterVec {
    fn clone(&self) -> Self {
        Self::new(self.shared.clone())
    }
}

impl LocalMetric for LocalExemplarCounterVec {
    fn flush(&self) {
        Self::flush(self);
    }
}

impl Local for LocalExemplarCounter {
    fn is_named(&self, values: &[&str]) -> bool {
        self.series().values().eq(values.iter().copied())
    }

    fn with_values<R>(&self, f: impl FnOnce(&[&str]) -> R) -> R {
        let values: Vec<&str> = self.series().values().collect();
        f(&values)
    }

    fn flush(&self) {
        LocalExemplarCounter::flush(self);
    }
}
