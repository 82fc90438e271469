//! The one span processor of the provider; whatever else wants spans gets them from here.
//!
//! The SDK clones every span for each processor but the last, and its batch processor exports spans
//! that are recorded but not sampled. So there is one, and it filters.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{BatchSpanProcessor, Span, SpanData, SpanProcessor};

use crate::console::ConsoleProcessor;
use crate::health::Health;

/// Sends sampled spans to the batch processor and the console, and all spans to the user's own
/// processors.
#[derive(Debug)]
pub(super) struct Processor {
    /// They see every recorded span, as processors do.
    users: Vec<Box<dyn SpanProcessor>>,
    console: Option<ConsoleProcessor>,
    batch: Option<BatchSpanProcessor>,
    counters: Arc<Health>,
    closed: AtomicBool,
}

impl Processor {
    pub(super) fn new(
        users: Vec<Box<dyn SpanProcessor>>,
        console: Option<ConsoleProcessor>,
        batch: Option<BatchSpanProcessor>,
        counters: Arc<Health>,
    ) -> Self {
        Self {
            users,
            console,
            batch,
            counters,
            closed: AtomicBool::new(false),
        }
    }

    /// Never lets the batch processor find its queue full or closed: it would say so in a `tracing`
    /// event under the span's lock, and the event would wait for that lock.
    fn enqueue(&self, batch: &BatchSpanProcessor, span: SpanData) {
        if self.closed.load(Ordering::Relaxed) {
            self.counters.refuse();
        } else if self.counters.reserve() {
            batch.on_end(span);
        }
    }

    /// The exporter first: its spans are the ones that somebody waits for.
    fn all(&self) -> impl Iterator<Item = &dyn SpanProcessor> {
        let batch = self.batch.iter().map(|batch| batch as &dyn SpanProcessor);
        let console = self.console.iter().map(|it| it as &dyn SpanProcessor);
        batch
            .chain(console)
            .chain(self.users.iter().map(AsRef::as_ref))
    }
}

impl SpanProcessor for Processor {
    fn on_start(&self, span: &mut Span, parent: &Context) {
        for user in &self.users {
            user.on_start(span, parent);
        }
        if let Some(console) = &self.console {
            console.started(span);
        }
    }

    fn on_end(&self, span: SpanData) {
        if crate::tree::is_ignored(&span) {
            if let Some(console) = &self.console {
                console.ended(&span);
            }
            return;
        }
        for user in &self.users {
            user.on_end(span.clone());
        }
        if !span.span_context.is_sampled() {
            return;
        }
        if let Some(console) = &self.console {
            console.ended(&span);
        }
        if let Some(batch) = &self.batch {
            self.enqueue(batch, span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        let mut result = Ok(());
        for processor in self.all() {
            // All of them, also after one that failed.
            let flushed = processor.force_flush();
            result = result.and(flushed);
        }
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        if self.closed.swap(true, Ordering::Relaxed) {
            return Err(OTelSdkError::AlreadyShutdown);
        }
        let started = Instant::now();
        let mut result = Ok(());
        for processor in self.all() {
            let left = timeout.saturating_sub(started.elapsed());
            let closed = processor.shutdown_with_timeout(left);
            result = result.and(closed);
        }
        result
    }

    fn set_resource(&mut self, resource: &Resource) {
        for user in &mut self.users {
            user.set_resource(resource);
        }
        if let Some(console) = &mut self.console {
            console.set_resource(resource);
        }
        if let Some(batch) = &mut self.batch {
            batch.set_resource(resource);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::mpsc::{Receiver, Sender, channel};

    use opentelemetry::trace::{
        Link, SpanKind, TraceContextExt, TraceId, TraceState, Tracer, TracerProvider,
    };
    use opentelemetry::{Context, KeyValue};
    use opentelemetry_sdk::trace::{
        BatchConfigBuilder, SamplingDecision, SamplingResult, SdkTracerProvider, ShouldSample,
        SpanExporter,
    };

    use super::super::exporter::Counting;
    use super::*;
    use crate::telemetry::Stats;

    /// Samples spans called `sampled`, and records all.
    #[derive(Clone, Debug)]
    struct ByName;

    impl ShouldSample for ByName {
        fn should_sample(
            &self,
            _: Option<&Context>,
            _: TraceId,
            name: &str,
            _: &SpanKind,
            _: &[KeyValue],
            _: &[Link],
        ) -> SamplingResult {
            SamplingResult {
                decision: if name == "sampled" {
                    SamplingDecision::RecordAndSample
                } else {
                    SamplingDecision::RecordOnly
                },
                attributes: Vec::new(),
                trace_state: TraceState::default(),
            }
        }
    }

    /// Keeps names, of a processor or of an exporter; an exporter waits for `go` first.
    #[derive(Debug)]
    struct Names {
        seen: Arc<Mutex<Vec<String>>>,
        go: Mutex<Receiver<()>>,
    }

    impl Names {
        fn new() -> (Self, Arc<Mutex<Vec<String>>>, Sender<()>) {
            let (sender, go) = channel();
            let seen = Arc::new(Mutex::new(Vec::new()));
            let names = Self {
                seen: seen.clone(),
                go: Mutex::new(go),
            };
            (names, seen, sender)
        }
    }

    impl SpanProcessor for Names {
        fn on_start(&self, _: &mut Span, _: &Context) {}
        fn on_end(&self, span: SpanData) {
            self.seen.lock().unwrap().push(span.name.into_owned());
        }
        fn force_flush(&self) -> OTelSdkResult {
            Ok(())
        }
        fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
            Ok(())
        }
    }

    impl SpanExporter for Names {
        async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
            // The sender is gone once everything may go.
            let _ = self.go.lock().unwrap().recv();
            let names = batch.into_iter().map(|span| span.name.into_owned());
            self.seen.lock().unwrap().extend(names);
            Ok(())
        }
    }

    fn provider(
        user: Option<Names>,
        exporter: Names,
        queue: usize,
    ) -> (SdkTracerProvider, Arc<Health>) {
        let counters = Arc::new(Health::new(queue as u64));
        let config = BatchConfigBuilder::default()
            .with_max_queue_size(queue)
            .with_max_export_batch_size(1)
            .build();
        let batch = BatchSpanProcessor::new(Counting::new(exporter, counters.clone()), config);
        let users = user.into_iter().map(|user| Box::new(user) as _).collect();
        let processor = Processor::new(users, None, Some(batch), counters.clone());
        let provider = SdkTracerProvider::builder()
            .with_sampler(ByName)
            .with_span_processor(processor)
            .build();
        (provider, counters)
    }

    #[test]
    fn what_is_not_sampled_is_not_exported() {
        let (user, of_user, _go) = Names::new();
        let (exporter, exported, go) = Names::new();
        drop(go);
        let (provider, counters) = provider(Some(user), exporter, 16);
        let tracer = provider.tracer("test");
        tracer.in_span("sampled", |_| {});
        tracer.in_span("recorded", |_| {});
        provider.shutdown().unwrap();
        assert_eq!(*of_user.lock().unwrap(), ["sampled", "recorded"]);
        assert_eq!(*exported.lock().unwrap(), ["sampled"]);
        assert_eq!(Stats::of(&counters).exported, 1);
    }

    #[test]
    fn a_stuck_exporter_costs_spans_and_nothing_else() {
        let (exporter, exported, go) = Names::new();
        let (provider, counters) = provider(None, exporter, 4);
        let tracer = provider.tracer("test");
        for _ in 0..100 {
            tracer.in_span("sampled", |cx| assert!(cx.span().is_recording()));
        }
        let stats = Stats::of(&counters);
        assert!(stats.dropped >= 95 && stats.pending <= 5, "{stats:?}");
        drop(go);
        provider.shutdown().unwrap();
        let stats = Stats::of(&counters);
        assert_eq!(stats.exported + stats.dropped, 100);
        assert_eq!(exported.lock().unwrap().len() as u64, stats.exported);
    }
}
