//! Which measurements become exemplars.

use std::time::Duration;

use opentelemetry::trace::SpanContext;

/// Which measurements a histogram or a counter keeps as exemplars.
///
/// A bucket, and a counter, has room for one exemplar. These options say whose place it is; they are
/// those of the whole family and do not change.
///
/// | option | default | costs |
/// |---|---|---|
/// | [`filter`](Self::filter) | [`ExemplarFilter::Sampled`] | a look at the span's flags |
/// | [`policy`](Self::policy) | [`ExemplarPolicy::Latest`] | one atomic load an observation |
/// | [`interval`](Self::interval) | [one second](Self::INTERVAL) | some 10 ns for each exemplar that is stored |
///
/// ```
/// use std::time::Duration;
///
/// use prometheus::HistogramOpts;
/// use traceprop_metrics::{ExemplarHistogram, ExemplarOptions, ExemplarPolicy};
///
/// // With a scrape every 15 seconds: the slowest request of each bucket since the last one or so.
/// let slowest = ExemplarOptions::new()
///     .policy(ExemplarPolicy::Slowest)
///     .interval(Duration::from_secs(15));
/// let opts = HistogramOpts::new("job_duration_seconds", "How long jobs take.");
/// let duration = ExemplarHistogram::with_options(opts, slowest)?;
/// # Ok::<(), prometheus::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExemplarOptions {
    pub(crate) filter: ExemplarFilter,
    pub(crate) policy: ExemplarPolicy,
    pub(crate) interval: Duration,
}

impl Default for ExemplarOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl ExemplarOptions {
    /// The [`interval`](Self::interval) unless it is set.
    pub const INTERVAL: Duration = Duration::from_secs(1);

    /// How many exemplars a bucket that was quiet for long takes in a row.
    ///
    /// Slow requests are rare, and often come together.
    pub const IN_A_ROW: u32 = 4;

    /// Sampled spans only, the latest of each second.
    #[must_use]
    pub fn new() -> Self {
        Self {
            filter: ExemplarFilter::Sampled,
            policy: ExemplarPolicy::Latest,
            interval: Self::INTERVAL,
        }
    }

    /// Sets which spans an exemplar may link to. Default: [`ExemplarFilter::Sampled`].
    #[must_use]
    pub fn filter(mut self, filter: ExemplarFilter) -> Self {
        self.filter = filter;
        self
    }

    /// Sets which of several measurements keeps the place. Default: [`ExemplarPolicy::Latest`].
    #[must_use]
    pub fn policy(mut self, policy: ExemplarPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Sets how often a bucket takes a new exemplar: once in each interval. Default:
    /// [`INTERVAL`](Self::INTERVAL).
    ///
    /// With [`ExemplarPolicy::Latest`] a bucket makes up for intervals without any, by up to
    /// [`IN_A_ROW`](Self::IN_A_ROW) at once. A server takes what it finds at a scrape, so a shorter interval
    /// stores more and shows little more. [`Duration::ZERO`] stores every time. The interval is measured on
    /// the monotonic clock, from the end of one measurement to that of another.
    #[must_use]
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }
}

/// Which spans an exemplar may link to. Their ids must be valid in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExemplarFilter {
    /// Spans whose `sampled` flag is set: a link to a trace that nobody stored is dead. OpenTelemetry
    /// calls this `trace_based`.
    Sampled,
    /// Any span: for tail sampling, where the flag says little about which traces are kept.
    Always,
    /// None: the metric is an ordinary one.
    Never,
}

impl ExemplarFilter {
    #[inline]
    pub(crate) fn takes(self, span: &SpanContext) -> bool {
        match self {
            Self::Sampled => span.is_sampled() && span.is_valid(),
            Self::Always => span.is_valid(),
            Self::Never => false,
        }
    }
}

/// Which of several measurements that fall into one bucket becomes its exemplar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExemplarPolicy {
    /// The first one after the [interval](ExemplarOptions::interval) of the one before: a recent one. The
    /// cheaper policy.
    Latest,
    /// Within the interval a greater value takes the place of a smaller one; after it, any value does.
    /// One more atomic load an observation, and more stores.
    Slowest,
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{SpanId, TraceFlags, TraceId, TraceState};

    use super::*;

    #[test]
    fn filter_table() {
        use ExemplarFilter::{Always, Never, Sampled};
        #[rustfmt::skip]
        let table = [
            // filter   id  sampled?  linked?
            (Sampled,   1,  true,     true),
            (Sampled,   1,  false,    false),
            (Sampled,   0,  true,     false),
            (Always,    1,  true,     true),
            (Always,    1,  false,    true),
            (Always,    0,  false,    false),
            (Never,     1,  true,     false),
        ];
        for (filter, id, sampled, linked) in table {
            let flags = TraceFlags::default().with_sampled(sampled);
            let (trace, span) = (TraceId::from(u128::from(id)), SpanId::from(id));
            let span = SpanContext::new(trace, span, flags, false, TraceState::default());
            assert_eq!(filter.takes(&span), linked, "{filter:?} {id} {sampled}");
        }
    }
}
