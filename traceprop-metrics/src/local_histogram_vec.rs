//! Histograms by label values, for one thread.

use std::convert::Infallible;

use prometheus::Result;
use prometheus::local::LocalMetric;

use crate::histogram_vec::ExemplarHistogramVec;
use crate::local_histogram::LocalExemplarHistogram;
use crate::local_vec::{Local, Locals};

/// [`LocalExemplarHistogram`]s that differ in the values of their labels.
///
/// ```
/// use prometheus::HistogramOpts;
/// use traceprop_metrics::ExemplarHistogramVec;
///
/// let opts = HistogramOpts::new("query_duration_seconds", "How long queries take.");
/// let shared = ExemplarHistogramVec::new(opts, &["table"])?;
/// let mut local = shared.local();
/// local.with_label_values(&["orders"]).observe(0.012);
/// local.flush();
/// assert_eq!(shared.with_label_values(&["orders"]).get_sample_count(), 1);
/// # Ok::<(), prometheus::Error>(())
/// ```
#[derive(Debug)]
pub struct LocalExemplarHistogramVec {
    shared: ExemplarHistogramVec,
    locals: Locals<LocalExemplarHistogram>,
}

impl LocalExemplarHistogramVec {
    pub(crate) fn new(shared: ExemplarHistogramVec) -> Self {
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
    pub fn with_label_values(&mut self, values: &[&str]) -> &mut LocalExemplarHistogram {
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
    ) -> Result<&mut LocalExemplarHistogram> {
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
impl Clone for LocalExemplarHistogramVec {
    fn clone(&self) -> Self {
        Self::new(self.shared.clone())
    }
}

impl LocalMetric for LocalExemplarHistogramVec {
    fn flush(&self) {
        Self::flush(self);
    }
}

impl Local for LocalExemplarHistogram {
    fn is_named(&self, values: &[&str]) -> bool {
        self.series().values().eq(values.iter().copied())
    }

    fn with_values<R>(&self, f: impl FnOnce(&[&str]) -> R) -> R {
        let values: Vec<&str> = self.series().values().collect();
        f(&values)
    }

    fn flush(&self) {
        LocalExemplarHistogram::flush(self);
    }
}
