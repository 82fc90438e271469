//! Counts what was over a limit, and keeps an exemplar of who did it.

use std::sync::{LazyLock, OnceLock};
use std::time::Instant;

use opentelemetry::trace::SpanContext;
use prometheus::Opts;
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;

use super::{Detour, Limits};
use crate::counter_vec::ExemplarCounterVec;
use crate::descriptor::Descriptor;
use crate::exemplar_counter::ExemplarCounter;

const NAME: &str = "traceprop_metrics_overflow_total";
const HELP: &str = "Look-ups of a series that were over a limit of label values or series.";

/// The `label` of a metric that has all the series it may have; no label can be named so.
const EVERY_LABEL: &str = "*";

/// The whole process has one: whoever looks for trouble wants that of every metric.
static COUNTS: LazyLock<ExemplarCounterVec> = LazyLock::new(|| {
    match ExemplarCounterVec::new(Opts::new(NAME, HELP), &["metric", "label"]) {
        // As many series as the program has metrics and labels; both are names, which nobody sends.
        Ok(counts) => counts.limits(&Limits::none()),
        Err(error) => unreachable!("constant names are valid: {error}"),
    }
});

/// Who looked a series up, for the exemplar of an overflow.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Who<'a> {
    /// The span of the current context.
    Current,
    /// This span, at this time.
    Span(&'a SpanContext, Instant),
}

/// `traceprop_metrics_overflow_total{metric,label}`: what [`Limits`] have turned away, in all metrics of
/// the process.
///
/// Each look-up of a series counts once for every label whose value was replaced by `_overflow`, and once
/// with the label `*` where the metric had all the series it may have. The exemplar is the span that did
/// it: that of the call for what a recorder counts, otherwise the current one.
///
/// Every value of this type stands for the same counts. Register it once with each registry that is
/// scraped.
///
/// ```
/// use prometheus::{Opts, Registry};
/// use traceprop_metrics::{ExemplarCounterVec, Limits, OverflowCounter};
///
/// let registry = Registry::new();
/// registry.register(Box::new(OverflowCounter::new()))?;
///
/// let opts = Opts::new("logins_total", "Logins by tenant.");
/// let logins = ExemplarCounterVec::new(opts, &["tenant"])?.limits(&Limits::new().values(1));
/// logins.with_label_values(&["a"]).inc();
/// logins.with_label_values(&["b"]).inc();
///
/// assert_eq!(OverflowCounter::new().get("logins_total", "tenant"), 1.0);
/// # Ok::<(), prometheus::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct OverflowCounter(());

impl OverflowCounter {
    /// The counts of this process.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What was counted for `label` of `metric`; `label` is `*` for the metric's limit of series.
    #[must_use]
    pub fn get(&self, metric: &str, label: &str) -> f64 {
        COUNTS
            .existing(&[metric, label])
            .map_or(0.0, |count| count.get())
    }
}

impl Collector for OverflowCounter {
    fn desc(&self) -> Vec<&Desc> {
        COUNTS.desc()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        COUNTS.collect()
    }
}

/// The counters of one metric, each made when it first counts.
#[derive(Debug)]
pub(crate) struct Diverted {
    /// One for each label, and one for all of them.
    counters: Box<[OnceLock<ExemplarCounter>]>,
}

impl Diverted {
    pub(crate) fn new(labels: usize) -> Self {
        Self {
            counters: (0..=labels).map(|_| OnceLock::new()).collect(),
        }
    }

    pub(crate) fn count(&self, descriptor: &Descriptor, detour: &Detour<'_>, who: Who<'_>) {
        let all = self.counters.len().saturating_sub(1);
        let places = detour
            .labels
            .iter()
            .copied()
            .chain(detour.series.then_some(all));
        for place in places {
            let Some(counter) = self.counters.get(place) else {
                continue;
            };
            let counter = counter.get_or_init(|| {
                let label = descriptor.variables().nth(place).unwrap_or(EVERY_LABEL);
                COUNTS.with_label_values(&[descriptor.name(), label])
            });
            match who {
                Who::Current => counter.inc(),
                Who::Span(span, at) => counter.inc_at(1.0, span, at),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{SpanId, TraceFlags, TraceId, TraceState};
    use prometheus::Registry;

    use super::*;
    use crate::encoder::OpenMetricsEncoder;
    use crate::family::Family;
    use crate::gauge_vec::Level;

    #[test]
    fn a_recorders_overflow_links_to_the_span_of_the_call() {
        let opts = Opts::new("overflow_of_a_call", "O.");
        let descriptor = Descriptor::new(&opts, &["a", "b"], None).unwrap();
        let family = Family::<Level>::new(descriptor, ());
        family.limit(&Limits::new().values_of("b", 0).series(0));
        let (trace, span) = (TraceId::from(0xfee_u128), SpanId::from(0xfee_u64));
        let span = SpanContext::new(trace, span, TraceFlags::SAMPLED, false, TraceState::NONE);
        let who = Who::Span(&span, Instant::now());
        family.with_by(&["x", "y"], who, |_| ()).unwrap();

        let registry = Registry::new();
        registry.register(Box::new(OverflowCounter::new())).unwrap();
        let body = OpenMetricsEncoder::new().encode(&registry).unwrap();
        let line = |label: &str| {
            let start = format!("{NAME}{{label=\"{label}\",metric=\"overflow_of_a_call\"}}");
            body.lines().find(|line| line.starts_with(&start))
        };
        let exemplar = r#" 1.0 # {trace_id="00000000000000000000000000000fee",span_id="0000000000000fee"} 1.0 "#;
        for label in ["b", EVERY_LABEL] {
            assert!(
                line(label).is_some_and(|line| line.contains(exemplar)),
                "{label}: {body}"
            );
        }
        assert_eq!(line("a"), None, "it had room for its value");
    }
}
