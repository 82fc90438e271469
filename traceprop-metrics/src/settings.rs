//! What a user may set about a body.

use std::error::Error;
use std::fmt::{self, Display, Formatter};
use std::sync::{Arc, LazyLock};

use crate::encoder::OpenMetricsEncoder;
use crate::exposition::is_name;
use crate::target_info::TargetInfo;

/// The names and values of an exemplar's labels may have this many characters together: OpenMetrics
/// 1.0.0, "Exemplars". A trace id has 32 of them and a span id 16.
const EXEMPLAR_CHARS: usize = 128;
const ID_CHARS: usize = 32 + 16;

/// How the labels `le` and `quantile` are spelt in OpenMetrics.
///
/// Prometheus 3 stores `1.0` for either. Prometheus 2 stores what it sees: a service that changes over
/// from text 0.0.4 gets new series there, and a dashboard that selects `le="1"` finds nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LeStyle {
    /// `1.0` and `1e+06`, as OpenMetrics asks for. The default.
    #[default]
    Canonical,
    /// `1` and `1000000`, as `prometheus` writes them in text 0.0.4. Parsers take that, too.
    Legacy,
}

/// Why an [`EncoderBuilder`] made no encoder.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SettingError {
    /// This is no label name: those are `[a-zA-Z_][a-zA-Z0-9_]*`.
    ExemplarLabel(String),
    /// Trace id and span id are to have this one label.
    SameExemplarLabels(String),
    /// The two names together may have 80 characters, and have this many.
    ExemplarLabelsTooLong(usize),
    /// This is no unit: those are `[a-zA-Z0-9_:]+`.
    Unit(String),
}

impl Display for SettingError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::ExemplarLabel(name) => write!(f, "{name:?} is not the name of a label"),
            Self::SameExemplarLabels(name) => {
                write!(f, "trace id and span id cannot both be labelled {name:?}")
            }
            Self::ExemplarLabelsTooLong(chars) => write!(
                f,
                "the names of an exemplar's labels have {chars} characters, more than {}",
                EXEMPLAR_CHARS - ID_CHARS
            ),
            Self::Unit(unit) => write!(f, "{unit:?} is not the name of a unit"),
        }
    }
}

impl Error for SettingError {}

/// Settings of an [`OpenMetricsEncoder`], from [`OpenMetricsEncoder::builder`].
///
/// Text 0.0.4 has nothing to set but the target; what is said below of labels and units holds for
/// OpenMetrics and protobuf.
///
/// ```
/// use traceprop_metrics::{LeStyle, OpenMetricsEncoder, SettingError, TargetInfo};
///
/// let encoder = OpenMetricsEncoder::builder()
///     .trace_label("traceID")
///     .le_style(LeStyle::Legacy)
///     .unit("celsius")
///     .target(TargetInfo::new("checkout").version("1.4.2"))
///     .build()?;
///
/// let wrong = OpenMetricsEncoder::builder().trace_label("trace-id").build();
/// assert_eq!(wrong.unwrap_err(), SettingError::ExemplarLabel("trace-id".to_owned()));
/// # Ok::<(), SettingError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "it does nothing until `build`"]
pub struct EncoderBuilder {
    settings: Settings,
}

#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) strict: bool,
    pub(crate) le_style: LeStyle,
    pub(crate) created: bool,
    pub(crate) trace_label: String,
    pub(crate) span_label: String,
    pub(crate) target: Option<TargetInfo>,
    units: Vec<String>,
    /// What stands before the trace id of each exemplar in text, and between it and the span id.
    pub(crate) exemplar_start: Vec<u8>,
    pub(crate) exemplar_middle: Vec<u8>,
}

static DEFAULTS: LazyLock<Arc<Settings>> = LazyLock::new(|| {
    Arc::new(Settings {
        strict: false,
        le_style: LeStyle::Canonical,
        created: false,
        trace_label: "trace_id".to_owned(),
        span_label: "span_id".to_owned(),
        target: None,
        units: vec!["seconds".to_owned(), "bytes".to_owned()],
        exemplar_start: b" # {trace_id=\"".to_vec(),
        exemplar_middle: b"\",span_id=\"".to_vec(),
    })
});

impl Settings {
    pub(crate) fn defaults() -> &'static Arc<Self> {
        &DEFAULTS
    }

    /// The unit that `name` ends in, the longest if there are several.
    pub(crate) fn unit_of(&self, name: &str) -> Option<&str> {
        let is_unit = |unit: &&String| {
            let rest = name.strip_suffix(unit.as_str());
            rest.is_some_and(|rest| rest.len() > 1 && rest.ends_with('_'))
        };
        let longest = self
            .units
            .iter()
            .filter(is_unit)
            .max_by_key(|unit| unit.len());
        longest.map(String::as_str)
    }
}

impl Default for EncoderBuilder {
    fn default() -> Self {
        Self {
            settings: Settings::clone(Settings::defaults()),
        }
    }
}

impl EncoderBuilder {
    /// Sets the label that an exemplar's trace id has. Default: `trace_id`.
    ///
    /// Grafana looks for the label that the data source's `exemplarTraceIdDestinations` names.
    pub fn trace_label(mut self, name: impl Into<String>) -> Self {
        self.settings.trace_label = name.into();
        self
    }

    /// Sets the label that an exemplar's span id has. Default: `span_id`.
    pub fn span_label(mut self, name: impl Into<String>) -> Self {
        self.settings.span_label = name.into();
        self
    }

    /// Sets how bucket bounds and quantiles are spelt. Default: [`LeStyle::Canonical`].
    pub fn le_style(mut self, style: LeStyle) -> Self {
        self.settings.le_style = style;
        self
    }

    /// Tells of one more unit, besides `seconds` and `bytes`.
    ///
    /// A family whose name ends in `_` and a unit, `_total` apart, is written with that unit. OpenMetrics
    /// allows no unit that the name does not end in: Prometheus would refuse the whole scrape.
    pub fn unit(mut self, unit: impl Into<String>) -> Self {
        self.settings.units.push(unit.into());
        self
    }

    /// Writes when each series of ours began to count, as a sample of its own, `..._created`.
    /// Default: false.
    ///
    /// That is one more series for each histogram and counter, unless the server makes zero samples of
    /// them (`--enable-feature=created-timestamp-zero-ingestion`). The protobuf format has a field for it
    /// and always holds it.
    pub fn created_timestamps(mut self, created: bool) -> Self {
        self.settings.created = created;
        self
    }

    /// Leaves out what OpenMetrics forbids and Prometheus accepts. Default: false.
    ///
    /// That is a histogram's `_sum` and `_count` where a bound is negative, or the sum is negative or not
    /// a number; a summary's `_sum` of that kind, and its quantiles below zero; and a custom collector's
    /// histograms whose bounds or counts fall.
    pub fn strict(mut self, strict: bool) -> Self {
        self.settings.strict = strict;
        self
    }

    /// Writes `target_info` before all else, in every format. Default: nothing.
    ///
    /// A metric of that name in the registry stands in its place.
    pub fn target(mut self, target: TargetInfo) -> Self {
        self.settings.target = Some(target);
        self
    }

    /// The encoder, which writes OpenMetrics 1.0.0.
    ///
    /// # Errors
    ///
    /// The first setting that would make an invalid body.
    pub fn build(self) -> Result<OpenMetricsEncoder, SettingError> {
        let mut settings = self.settings;
        let (trace, span) = (&settings.trace_label, &settings.span_label);
        if let Some(name) = [trace, span].into_iter().find(|name| !is_name(name, false)) {
            return Err(SettingError::ExemplarLabel(name.clone()));
        }
        if trace == span {
            return Err(SettingError::SameExemplarLabels(trace.clone()));
        }
        // The alphabet of names has one byte a character.
        let chars = trace.len() + span.len();
        if chars > EXEMPLAR_CHARS - ID_CHARS {
            return Err(SettingError::ExemplarLabelsTooLong(chars));
        }
        let may_be_in_unit = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | ':');
        let is_unit = |unit: &&String| !unit.is_empty() && unit.chars().all(may_be_in_unit);
        if let Some(unit) = settings.units.iter().find(|unit| !is_unit(unit)) {
            return Err(SettingError::Unit(unit.clone()));
        }
        settings.exemplar_start = format!(" # {{{trace}=\"").into_bytes();
        settings.exemplar_middle = format!("\",{span}=\"").into_bytes();
        Ok(OpenMetricsEncoder::with(Arc::new(settings)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn setting_table() {
        let new = OpenMetricsEncoder::builder;
        let long = "t".repeat(80 - "span_id".len());
        let longer = format!("{long}t");
        let name = |name: &str| SettingError::ExemplarLabel(name.to_owned());
        #[rustfmt::skip]
        let table = [
            ("nothing",               new(),                                              None),
            ("Tempo's name",          new().trace_label("traceID"),                       None),
            ("as long as can be",     new().trace_label(long),                            None),
            ("longer",                new().trace_label(longer),                          Some(SettingError::ExemplarLabelsTooLong(81))),
            ("a dash",                new().trace_label("trace-id"),                      Some(name("trace-id"))),
            ("a quote",               new().span_label("a\"} 1\n"),                       Some(name("a\"} 1\n"))),
            ("empty",                 new().span_label(""),                               Some(name(""))),
            ("a metric's alphabet",   new().span_label("a:b"),                            Some(name("a:b"))),
            ("twice",                 new().trace_label("a").span_label("a"),             Some(SettingError::SameExemplarLabels("a".to_owned()))),
            ("a unit",                new().unit("celsius"),                              None),
            ("no unit",               new().unit("m/s"),                                  Some(SettingError::Unit("m/s".to_owned()))),
            ("an empty unit",         new().unit(""),                                     Some(SettingError::Unit(String::new()))),
        ];
        for (name, builder, want) in table {
            let error = builder.build().err();
            assert_eq!(error, want, "{name}");
            assert!(error.is_none_or(|error| !error.to_string().is_empty()));
        }
    }

    #[test]
    fn a_unit_is_told_where_the_name_ends_in_it() {
        let mut settings = Settings::clone(Settings::defaults());
        settings.units.push("per_seconds".to_owned());
        for (name, want) in [
            ("took_seconds", Some("seconds")),
            ("bytes_per_seconds", Some("per_seconds")),
            ("microseconds", None),
            ("seconds", None),
            ("_seconds", None),
            ("seconds_took", None),
        ] {
            assert_eq!(settings.unit_of(name), want, "{name}");
        }
    }
}
