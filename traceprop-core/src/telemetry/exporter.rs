//! An exporter that counts what it sends, and says that it fails no more than once a minute.

use std::fmt::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};

use super::Stats;
use crate::health::{ExportFailure, Health};

/// The least time between two lines about lost spans.
const SILENCE: Duration = Duration::from_secs(60);

/// Counts what the exporter inside sends and fails to send.
pub(super) struct Counting<E> {
    inner: E,
    counters: Arc<Health>,
    said: Mutex<Said>,
}

/// What was logged last.
#[derive(Debug, Default)]
struct Said {
    at: Option<Instant>,
    lost: u64,
}

impl<E> Counting<E> {
    pub(super) fn new(inner: E, counters: Arc<Health>) -> Self {
        Self {
            inner,
            counters,
            said: Mutex::default(),
        }
    }

    /// Logs what was lost since the last time. This is the exporter's own thread, which has no span.
    fn report(&self, error: Option<&OTelSdkError>) {
        let stats = Stats::of(&self.counters);
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let lost = stats.dropped + stats.failed;
        if lost == said.lost || said.at.is_some_and(|at| at.elapsed() < SILENCE) {
            return;
        }
        *said = Said {
            at: Some(Instant::now()),
            lost,
        };
        drop(said);
        let error = error.map(|error| tracing::field::display(Printable(error)));
        tracing::warn!(
            target: "traceprop",
            dropped = stats.dropped,
            failed = stats.failed,
            error,
            "spans are being lost; this is said again in a minute at the earliest"
        );
    }
}

impl<E> fmt::Debug for Counting<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Counting")
    }
}

impl<E: SpanExporter> SpanExporter for Counting<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let count = batch.len() as u64;
        self.counters.take(count);
        let result = self.inner.export(batch).await;
        match &result {
            Ok(()) => self.counters.sent(count),
            Err(error) => self.counters.failed(count, why(error)),
        }
        self.report(result.as_ref().err());
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn shutdown(&self) -> OTelSdkResult {
        self.inner.shutdown()
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

fn why(error: &OTelSdkError) -> ExportFailure {
    match error {
        OTelSdkError::Timeout(_) => ExportFailure::Timeout,
        OTelSdkError::AlreadyShutdown => ExportFailure::Shutdown,
        OTelSdkError::InternalFailure(_) => ExportFailure::Other,
    }
}

/// An exporter's error in one line: some of it may come from the other side of the wire.
struct Printable<'a>(&'a OTelSdkError);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LONGEST: usize = 200;
        let text = self.0.to_string();
        text.chars()
            .take(LONGEST)
            .map(|c| if c.is_control() { ' ' } else { c })
            .try_for_each(|c| f.write_char(c))
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{Tracer, TracerProvider};

    use super::*;

    /// Fails every batch the same way.
    #[derive(Debug)]
    struct Fails(fn() -> OTelSdkResult);

    impl SpanExporter for Fails {
        async fn export(&self, _batch: Vec<SpanData>) -> OTelSdkResult {
            (self.0)()
        }
    }

    #[test]
    fn each_failure_is_counted_as_what_it_was() {
        type Row = (&'static str, fn() -> OTelSdkResult, [u64; 4]);
        #[rustfmt::skip]
        let table: [Row; 4] = [
            // what it shows     the exporter's answer                                   sent, timeout, shutdown, other
            ("sent",             || Ok(()),                                              [1, 0, 0, 0]),
            ("no answer",        || Err(OTelSdkError::Timeout(Duration::from_secs(10))), [0, 1, 0, 0]),
            ("after the end",    || Err(OTelSdkError::AlreadyShutdown),                  [0, 0, 1, 0]),
            ("nobody there",     || Err(OTelSdkError::InternalFailure("x".to_owned())),  [0, 0, 0, 1]),
        ];
        for (name, answer, want) in table {
            let health = Arc::new(Health::new(8));
            let exporter = Counting::new(Fails(answer), Arc::clone(&health));
            let provider = opentelemetry_sdk::trace::SdkTracerProvider::builder()
                .with_simple_exporter(exporter)
                .build();
            assert!(health.reserve());
            drop(provider.tracer("test").start("one"));
            let counts = health.counts();
            let counted = [
                counts.exported,
                counts.timed_out,
                counts.shut_down,
                counts.failed,
            ];
            assert_eq!(counted, want, "{name}");
            assert_eq!((counts.queued, counts.sending), (0, 0), "{name}");
        }
    }

    #[test]
    fn an_error_is_one_short_line() {
        let error = OTelSdkError::InternalFailure(format!("a\r\nb{}", "x".repeat(500)));
        let printed = Printable(&error).to_string();
        assert_eq!(printed.chars().count(), 200);
        assert!(!printed.contains(['\r', '\n']), "{printed}");
    }
}
