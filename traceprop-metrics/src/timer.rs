//! Observes how long something takes.

use std::time::Instant;

use crate::exemplar_histogram::ExemplarHistogram;

/// Observes the seconds from its start until it is stopped or dropped, once, in the span that is current
/// at the end.
///
/// ```
/// use prometheus::HistogramOpts;
/// use traceprop_metrics::ExemplarHistogram;
///
/// let duration = ExemplarHistogram::new(HistogramOpts::new("job_duration_seconds", "How long jobs take."))?;
/// {
///     let _timer = duration.start_timer();
///     // The job.
/// }
/// let seconds = duration.start_timer().stop_and_record();
/// assert!(seconds >= 0.0);
/// duration.start_timer().stop_and_discard();
/// assert_eq!(duration.get_sample_count(), 2);
/// # Ok::<(), prometheus::Error>(())
/// ```
#[must_use = "a timer that is dropped at once observes next to nothing"]
#[derive(Debug)]
pub struct ExemplarTimer {
    /// `None` once it has observed, or never will.
    histogram: Option<ExemplarHistogram>,
    start: Instant,
}

impl ExemplarTimer {
    pub(crate) fn start(histogram: ExemplarHistogram) -> Self {
        Self {
            histogram: Some(histogram),
            start: Instant::now(),
        }
    }

    /// Stops, and observes the seconds since the start.
    pub fn observe_duration(self) {
        self.stop_and_record();
    }

    /// Stops, observes the seconds since the start, and gives them back.
    #[allow(
        clippy::must_use_candidate,
        reason = "who observes need not look at the number"
    )]
    pub fn stop_and_record(mut self) -> f64 {
        self.record().unwrap_or_default()
    }

    /// Stops, and gives back the seconds since the start without observing them.
    #[allow(
        clippy::must_use_candidate,
        reason = "it is called to observe nothing, too"
    )]
    pub fn stop_and_discard(mut self) -> f64 {
        self.histogram = None;
        self.start.elapsed().as_secs_f64()
    }

    fn record(&mut self) -> Option<f64> {
        let histogram = self.histogram.take()?;
        Some(histogram.observe_since(self.start))
    }
}

impl Drop for ExemplarTimer {
    fn drop(&mut self) {
        self.record();
    }
}
