//! Why a meter cannot be made as it was asked for.

use std::fmt;

use traceprop_core::call::Labels;

/// Why a meter cannot be made.
///
/// ```
/// use prometheus::Registry;
/// use traceprop_metrics::{HttpMeter, MeterError};
///
/// let twice = HttpMeter::new().label("http.route").register(&Registry::new());
/// assert!(matches!(twice, Err(MeterError::DuplicateLabel(name)) if name == "http_route"));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum MeterError {
    /// The label's name is not `[a-zA-Z_][a-zA-Z0-9_]*` (a dot counts as `_`), or begins with `__`.
    LabelName(String),
    /// The label has a name that belongs to the exposition (`le`) or to exemplars (`trace_id`,
    /// `span_id`): a label that is new with every call is a series for every call.
    ReservedLabel(String),
    /// One of the metrics has a label of this name already, by the conventions or by a setting.
    DuplicateLabel(String),
    /// More than [`Labels::MAX`] labels for each call.
    TooManyLabels(usize),
    /// The bounds of the buckets are none, are not numbers, or do not ascend.
    Buckets(String),
    /// What `prometheus` refuses; mostly, the registry holds a metric of one of the names already.
    Prometheus(prometheus::Error),
}

impl fmt::Display for MeterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LabelName(name) => write!(f, "{name:?} cannot be the name of a label"),
            Self::ReservedLabel(name) => write!(f, "no metric may have a label named {name:?}"),
            Self::DuplicateLabel(name) => write!(f, "there are two labels named {name:?}"),
            Self::TooManyLabels(count) => {
                write!(
                    f,
                    "{count} labels for each call, and at most {} fit",
                    Labels::MAX
                )
            }
            Self::Buckets(why) => f.write_str(why),
            Self::Prometheus(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for MeterError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Prometheus(error) => Some(error),
            _ => None,
        }
    }
}

impl From<prometheus::Error> for MeterError {
    fn from(error: prometheus::Error) -> Self {
        Self::Prometheus(error)
    }
}

/// For functions that do both, with `?`.
impl From<MeterError> for prometheus::Error {
    fn from(error: MeterError) -> Self {
        match error {
            MeterError::Prometheus(error) => error,
            other => Self::Msg(other.to_string()),
        }
    }
}
