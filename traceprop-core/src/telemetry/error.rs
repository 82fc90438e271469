//! Why the set-up failed, and why not everything was sent.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use super::Stats;

/// Why [`Builder::init`](super::Builder::init) failed. Nothing is set up then, and it may be tried
/// again.
///
/// No variant holds a header, a key or the user part of a URL.
///
/// ```
/// use traceprop_core::telemetry::InitError;
///
/// let error = InitError::AlreadyInitialized;
/// assert_eq!(error.to_string(), "Telemetry is set up already: it can be once in a process");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InitError {
    /// This process has, or had, a `Telemetry`.
    AlreadyInitialized,
    /// A global `tracing` subscriber is set. Take it out, or keep it: call
    /// [`no_subscriber`](super::Builder::no_subscriber), and add [`Telemetry::layer`] to your own.
    ///
    /// [`Telemetry::layer`]: super::Telemetry::layer
    SubscriberAlreadySet,
    /// An OTLP endpoint is no `http://` URL.
    Endpoint {
        /// The variable, or `the builder`.
        origin: &'static str,
        /// What is wrong with it.
        why: &'static str,
    },
    /// OTLP over gRPC needs a running tokio runtime: call `init` inside it, or use http/protobuf.
    NoRuntime,
    /// The OTLP exporter could not be built.
    Exporter(String),
}

impl fmt::Display for InitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyInitialized => {
                f.write_str("Telemetry is set up already: it can be once in a process")
            }
            Self::SubscriberAlreadySet => f.write_str(
                "a global tracing subscriber is set already: remove it, or call `no_subscriber()` \
                 and add `Telemetry::layer()` to your own",
            ),
            Self::Endpoint { origin, why } => write!(f, "the OTLP endpoint of {origin} {why}"),
            Self::NoRuntime => f.write_str(
                "OTLP over gRPC needs a tokio runtime: set Telemetry up inside it, or set \
                 OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf (port 4318), which needs none",
            ),
            Self::Exporter(why) => write!(f, "the OTLP exporter cannot be built: {why}"),
        }
    }
}

impl Error for InitError {}

/// Why [`flush`](super::Telemetry::flush) or [`shutdown`](super::Telemetry::shutdown) did not send
/// everything.
///
/// ```
/// use std::time::Duration;
/// use traceprop_core::Telemetry;
///
/// # fn main() -> Result<(), traceprop_core::telemetry::InitError> {
/// let telemetry = Telemetry::builder("orders").init()?;
/// if let Err(error) = telemetry.shutdown_blocking(Duration::from_secs(3)) {
///     tracing::error!("{error}"); // ... within 3s: 120 spans exported, 0 dropped, ...
///     assert_eq!(error.stats().exported, 120);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FlushError {
    /// The time was up first. What is pending may be sent yet, or is lost if the process ends.
    DeadlineExceeded {
        /// The time there was.
        deadline: Duration,
        /// The counts at the deadline.
        stats: Stats,
    },
    /// An exporter failed; the reason was logged.
    Failed {
        /// The counts afterwards.
        stats: Stats,
    },
}

impl FlushError {
    /// How much was exported and how much was not, at the time of the error.
    #[must_use]
    pub fn stats(&self) -> Stats {
        match self {
            Self::DeadlineExceeded { stats, .. } | Self::Failed { stats } => *stats,
        }
    }
}

impl fmt::Display for FlushError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DeadlineExceeded { deadline, stats } => {
                write!(
                    f,
                    "not all spans were exported within {deadline:?}: {stats}"
                )
            }
            Self::Failed { stats } => write!(f, "an exporter failed: {stats}"),
        }
    }
}

impl Error for FlushError {}
