//! Writes a registry in the format a scraper asked for.

use prometheus::proto::MetricType;
use prometheus::{Registry, Result, TextEncoder};

use crate::{accept, clock, openmetrics, session};

/// Writes everything in a [`Registry`], ours and plain metrics, as one body.
///
/// The default is [OpenMetrics 1.0.0], the format that carries exemplars. What an exporter of text
/// 0.0.4 must know when it changes over:
///
/// * A plain counter whose name does not end in `_total` is written as `unknown`, under its own name.
/// * Bucket bounds are written as `1.0` and `1e+06`, not `1` and `1000000`. Prometheus 3 stores both
///   alike; Prometheus 2 stores what it sees.
/// * Where two families would own one name, one of them is written as `unknown`: the series stay, the
///   type and exemplars go. Samples of the very same name from two families are written once.
/// * A family that cannot be written, with a name outside the alphabet for example, is left out.
///
/// ```
/// use prometheus::{IntCounter, Registry};
/// use traceprop_metrics::OpenMetricsEncoder;
///
/// let registry = Registry::new();
/// let jobs = IntCounter::new("jobs_total", "Jobs done.")?;
/// registry.register(Box::new(jobs.clone()))?;
/// jobs.inc();
///
/// let body = OpenMetricsEncoder::new().encode(&registry)?;
/// assert_eq!(body, "# TYPE jobs counter\n# HELP jobs Jobs done.\njobs_total 1.0\n# EOF\n");
/// # Ok::<(), prometheus::Error>(())
/// ```
///
/// [OpenMetrics 1.0.0]: https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md
#[derive(Clone, Debug)]
pub struct OpenMetricsEncoder {
    content_type: &'static str,
    strict: bool,
}

impl Default for OpenMetricsEncoder {
    fn default() -> Self {
        Self::new()
    }
}

impl OpenMetricsEncoder {
    /// Writes OpenMetrics 1.0.0.
    #[must_use]
    pub fn new() -> Self {
        Self {
            content_type: accept::OPENMETRICS,
            strict: false,
        }
    }

    /// Writes what the value of an `Accept` header asks for: OpenMetrics 1.0.0, or text 0.0.4.
    ///
    /// OpenMetrics is for those who name it and prefer it. All others get text 0.0.4, which has no
    /// exemplars: no header, `*/*`, another version, or nonsense.
    ///
    /// ```
    /// use traceprop_metrics::OpenMetricsEncoder;
    ///
    /// let text = OpenMetricsEncoder::for_accept(Some("*/*"));
    /// assert_eq!(text.content_type(), "text/plain; version=0.0.4; charset=utf-8");
    /// ```
    #[must_use]
    pub fn for_accept(accept: Option<&str>) -> Self {
        Self {
            content_type: accept.map_or(accept::TEXT, accept::content_type),
            strict: false,
        }
    }

    /// Leaves out what OpenMetrics forbids and Prometheus accepts. Default: false.
    ///
    /// That is a histogram's `_sum` and `_count` where a bound is negative, or the sum is negative or not
    /// a number. Has no effect on text 0.0.4.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// The `Content-Type` of what [`encode`](Self::encode) returns.
    #[must_use]
    pub fn content_type(&self) -> &'static str {
        self.content_type
    }

    /// Gathers `registry` and writes it.
    ///
    /// # Errors
    ///
    /// Those of [`TextEncoder`], in text 0.0.4 only.
    pub fn encode(&self, registry: &Registry) -> Result<String> {
        clock::catch_up();
        if self.content_type == accept::TEXT {
            return text(registry);
        }
        Ok(openmetrics::body(&session::gather(registry), self.strict))
    }
}

fn text(registry: &Registry) -> Result<String> {
    let mut families = registry.gather();
    // On the first the encoder would panic, on the second it would refuse the rest as well.
    families.retain(|family| {
        family.get_field_type() != MetricType::UNTYPED && !family.name().is_empty()
    });
    TextEncoder::new().encode_to_string(&families)
}
