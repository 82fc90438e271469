//! Writes a registry in the format a scraper asked for.

use std::io::{self, Write};
use std::sync::Arc;

use prometheus::{Error, Registry, Result};

use crate::accept::{self, Format};
use crate::exposition::Exposition;
use crate::settings::{EncoderBuilder, Settings};

/// How much is written at a time.
const CHUNK: usize = 64 * 1024;

/// Writes everything in a [`Registry`], ours and plain metrics, as one body.
///
/// The default is [OpenMetrics 1.0.0], the format that carries exemplars. What an exporter of text
/// 0.0.4 must know when it changes over:
///
/// * A plain counter whose name does not end in `_total` is written as `unknown`, under its own name.
/// * Bucket bounds are written as `1.0` and `1e+06`, not `1` and `1000000`. Prometheus 3 stores both
///   alike; Prometheus 2 stores what it sees. [`LeStyle`](crate::LeStyle) is there for it.
/// * Where two families would own one name, one of them is written as `unknown`: the series stay, the
///   type and exemplars go. Samples of the very same name from two families are written once, and so is
///   a series that a collector gives twice.
/// * A family that cannot be written, with a name outside the alphabet for example, is left out.
///
/// Text 0.0.4 is what `prometheus::TextEncoder` writes, byte for byte, without such families.
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
    format: Format,
    settings: Arc<Settings>,
}

impl Default for OpenMetricsEncoder {
    fn default() -> Self {
        Self::new()
    }
}

impl OpenMetricsEncoder {
    /// Writes OpenMetrics 1.0.0, with every setting at its default.
    #[must_use]
    pub fn new() -> Self {
        Self::with(Arc::clone(Settings::defaults()))
    }

    /// Settings, and then an encoder.
    pub fn builder() -> EncoderBuilder {
        EncoderBuilder::default()
    }

    pub(crate) fn with(settings: Arc<Settings>) -> Self {
        Self {
            format: Format::OpenMetrics(accept::OPENMETRICS),
            settings,
        }
    }

    /// Writes what the value of an `Accept` header asks for, with every setting at its default: see
    /// [`accepting`](Self::accepting).
    ///
    /// ```
    /// use traceprop_metrics::OpenMetricsEncoder;
    ///
    /// let text = OpenMetricsEncoder::for_accept(Some("*/*"));
    /// assert_eq!(text.content_type(), "text/plain; version=0.0.4; charset=utf-8");
    /// ```
    #[must_use]
    pub fn for_accept(accept: Option<&str>) -> Self {
        Self::new().accepting(accept)
    }

    /// Writes what the value of an `Accept` header asks for: OpenMetrics 1.0.0, or text 0.0.4.
    ///
    /// OpenMetrics is for those who name it and prefer it. All others get text 0.0.4, which has no
    /// exemplars: no header, `*/*`, another version, or nonsense. The protobuf format is no text, and
    /// [`MetricsService`](crate::MetricsService) alone gives it.
    #[must_use]
    pub fn accepting(mut self, accept: Option<&str>) -> Self {
        self.format = accept::negotiate(accept.unwrap_or_default(), false);
        self
    }

    /// Leaves out what OpenMetrics forbids and Prometheus accepts: see [`EncoderBuilder::strict`].
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        Arc::make_mut(&mut self.settings).strict = strict;
        self
    }

    /// The `Content-Type` of what [`encode`](Self::encode) returns.
    #[must_use]
    pub fn content_type(&self) -> &'static str {
        self.format.content_type()
    }

    /// Gathers `registry` and writes it.
    ///
    /// # Errors
    ///
    /// None at present: what cannot be written is left out.
    pub fn encode(&self, registry: &Registry) -> Result<String> {
        let mut body = Vec::new();
        self.exposition(registry).fill(&mut body, usize::MAX);
        String::from_utf8(body).map_err(|error| Error::Msg(error.to_string()))
    }

    /// Gathers `registry` and writes it to `out`, in pieces of some 64 KiB.
    ///
    /// Of our series no more than a pointer each is held meanwhile, so that a registry of any size takes
    /// little memory.
    ///
    /// ```
    /// use prometheus::Registry;
    /// use traceprop_metrics::OpenMetricsEncoder;
    ///
    /// let mut out = Vec::new();
    /// OpenMetricsEncoder::new().encode_to(&Registry::new(), &mut out)?;
    /// assert_eq!(out, b"# EOF\n");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn encode_to(&self, registry: &Registry, mut out: impl Write) -> io::Result<()> {
        let mut exposition = self.exposition(registry);
        let mut chunk = Vec::with_capacity(CHUNK + CHUNK / 8);
        while exposition.fill(&mut chunk, CHUNK) {
            out.write_all(&chunk)?;
            chunk.clear();
        }
        out.write_all(&chunk)
    }

    /// The same settings, in a format that was negotiated.
    pub(crate) fn in_format(&self, format: Format) -> Self {
        Self {
            format,
            settings: Arc::clone(&self.settings),
        }
    }

    pub(crate) fn exposition(&self, registry: &Registry) -> Exposition {
        Exposition::new(registry, self.format, &self.settings)
    }
}
