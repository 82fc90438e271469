//! The one value that a service keeps: it owns the provider, flushes it, and shuts it down.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::registry::LookupSpan;

use super::env::Env;
use super::{Builder, FlushError, InitError, Stats, bounded, filter};
use crate::health::Health;

/// The process's telemetry. Keep it until the end, and [`shutdown`](Self::shutdown) then.
///
/// It owns the tracer provider, and there is one in a process. Adapters find it by themselves. Where
/// spans go, and which variables count, is in the documentation of the [module](super).
///
/// ```
/// use std::time::Duration;
/// use traceprop_core::Telemetry;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let telemetry = Telemetry::builder("orders").init()?;
/// // Serve ...
/// telemetry.shutdown(Duration::from_secs(3)).await?;
/// # Ok(())
/// # }
/// ```
pub struct Telemetry {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
    resource: Resource,
    counters: Arc<Health>,
    /// There is nothing to send any more, or never was.
    closed: bool,
}

impl Telemetry {
    /// How long [`flush`](Self::flush) waits: 5 seconds.
    pub const FLUSH_DEADLINE: Duration = Duration::from_secs(5);

    /// How long dropping it may take: 2 seconds.
    pub const DROP_DEADLINE: Duration = Duration::from_secs(2);

    /// Starts the set-up of the service called `name`, unless the environment renames it.
    pub fn builder(name: impl Into<String>) -> Builder {
        Builder::new(Some(name.into()))
    }

    /// Sets everything up as the environment says.
    ///
    /// # Errors
    ///
    /// As [`Builder::init`].
    pub fn from_env() -> Result<Self, InitError> {
        Builder::new(None).init()
    }

    pub(super) fn new(
        provider: SdkTracerProvider,
        tracer: SdkTracer,
        resource: Resource,
        counters: Arc<Health>,
        closed: bool,
    ) -> Self {
        Self {
            provider,
            tracer,
            resource,
            counters,
            closed,
        }
    }

    /// A tracer whose instrumentation scope is the service.
    #[must_use]
    pub fn tracer(&self) -> &SdkTracer {
        &self.tracer
    }

    /// The provider, for tracers with scopes of their own. Do not shut it down yourself.
    #[must_use]
    pub fn provider(&self) -> &SdkTracerProvider {
        &self.provider
    }

    /// What the spans say of this process, put together from the code and the environment; for other
    /// signals, that they say the same.
    ///
    /// ```
    /// use traceprop_core::Telemetry;
    ///
    /// # fn main() -> Result<(), traceprop_core::telemetry::InitError> {
    /// let telemetry = Telemetry::builder("orders").version("1.4.2").init()?;
    /// let version = telemetry.resource().get(&"service.version".into());
    /// assert_eq!(version, Some("1.4.2".into()));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn resource(&self) -> &Resource {
        &self.resource
    }

    /// The layer that makes spans of `tracing` spans, with the filter of `TRACEPROP_SPAN_FILTER`, for a
    /// subscriber of your own; see [`no_subscriber`](Builder::no_subscriber).
    ///
    /// Give every other layer a filter of its own: one for all of them would end tracing at its level.
    ///
    /// ```
    /// use tracing_subscriber::layer::SubscriberExt;
    /// use traceprop_core::Telemetry;
    ///
    /// # fn main() -> Result<(), traceprop_core::telemetry::InitError> {
    /// let telemetry = Telemetry::builder("orders").no_subscriber().init()?;
    /// let subscriber = tracing_subscriber::registry().with(telemetry.layer());
    /// # drop(subscriber);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        // What is wrong with the variable was said at the start, or is said by nobody.
        let mut env = Env::of_process();
        crate::layer(self.tracer.clone()).with_filter(filter::of_spans(&mut env))
    }

    /// What became of the sampled spans so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats::of(&self.counters)
    }

    /// The counters of this process's spans, which go on when `Telemetry` is shut down: give them to
    /// `traceprop_metrics::TelemetryCollector`, and alert on lost spans.
    ///
    /// They count what goes through the queue and the exporter of `Telemetry`. The SDK's batch processor
    /// and the OTLP exporter do not tell everything: how often an export was tried; which spans of a
    /// batch a collector rejected that took the others (OTLP's partial success), and which it loses later,
    /// all of which count as exported; and spans that end after the shutdown, but for those that end
    /// while it begins.
    #[must_use]
    pub fn health(&self) -> Arc<Health> {
        Arc::clone(&self.counters)
    }

    /// Sends what is queued and waits for it, [`FLUSH_DEADLINE`](Self::FLUSH_DEADLINE) at most.
    ///
    /// It blocks no thread of the runtime, and needs no runtime.
    ///
    /// # Errors
    ///
    /// Returns an error if the deadline passed, or if something could not be sent.
    pub async fn flush(&self) -> Result<Stats, FlushError> {
        if self.closed {
            return Ok(self.stats());
        }
        let provider = self.provider.clone();
        let watch = Watch::start(&self.counters, Self::FLUSH_DEADLINE);
        let work = move || provider.force_flush();
        watch.judge(bounded::within_async(Self::FLUSH_DEADLINE, work).await)
    }

    /// Sends what is queued, waits for it, `deadline` at most, and ends tracing for this process.
    ///
    /// It blocks no thread of the runtime, and needs no runtime. Spans that end afterwards are lost.
    /// Where it is not called, dropping does the same within [`DROP_DEADLINE`](Self::DROP_DEADLINE).
    ///
    /// # Errors
    ///
    /// Returns an error if the deadline passed, or if something could not be sent.
    pub async fn shutdown(mut self, deadline: Duration) -> Result<Stats, FlushError> {
        if std::mem::replace(&mut self.closed, true) {
            return Ok(self.stats());
        }
        let watch = Watch::start(&self.counters, deadline);
        let work = self.closing(deadline);
        watch.judge(bounded::within_async(deadline, work).await)
    }

    /// [`shutdown`](Self::shutdown) for a `main` that is not async.
    ///
    /// # Errors
    ///
    /// As [`shutdown`](Self::shutdown).
    pub fn shutdown_blocking(mut self, deadline: Duration) -> Result<Stats, FlushError> {
        self.close(deadline)
    }

    fn close(&mut self, deadline: Duration) -> Result<Stats, FlushError> {
        if std::mem::replace(&mut self.closed, true) {
            return Ok(self.stats());
        }
        let watch = Watch::start(&self.counters, deadline);
        watch.judge(bounded::within(deadline, self.closing(deadline)))
    }

    fn closing(&self, deadline: Duration) -> impl FnOnce() -> OTelSdkResult + Send + 'static {
        let provider = self.provider.clone();
        move || provider.shutdown_with_timeout(deadline)
    }
}

impl fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telemetry")
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Err(error) = self.close(Self::DROP_DEADLINE) {
            tracing::warn!(
                target: "traceprop",
                "{error}. Call `shutdown` with a deadline of your own; in async code it is the only \
                 way to wait for an exporter that runs on this thread"
            );
        }
    }
}

/// Tells whether all that was queued got out in time.
struct Watch<'a> {
    counters: &'a Health,
    failed: u64,
    started: Instant,
    deadline: Duration,
}

impl<'a> Watch<'a> {
    fn start(counters: &'a Health, deadline: Duration) -> Self {
        Self {
            counters,
            failed: Stats::of(counters).failed,
            started: Instant::now(),
            deadline,
        }
    }

    /// The SDK's own answer does not say whether the last batch was sent.
    fn judge(&self, done: Option<OTelSdkResult>) -> Result<Stats, FlushError> {
        let stats = Stats::of(self.counters);
        match done {
            Some(Ok(())) if stats.failed == self.failed => Ok(stats),
            Some(_) if self.started.elapsed() < self.deadline => Err(FlushError::Failed { stats }),
            _ => Err(FlushError::DeadlineExceeded {
                deadline: self.deadline,
                stats,
            }),
        }
    }
}
