//! Keeps every span that ends.

use std::{sync::Arc, time::Duration};

use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{Span as SdkSpan, SpanData, SpanProcessor},
};

use super::{log::Log, trace_check};
use crate::tree::{self, Span, Trace};

/// Keeps every span that ends, of every provider that has one of its [processors](Self::processor).
///
/// Other than the SDK's in-memory exporter it knows which service a span is of, sees spans that are
/// recorded without being sampled, and keeps its spans when a provider shuts down. The spans of ignored
/// calls it leaves out, as `Telemetry` does. Clones share the spans.
///
/// ```
/// use opentelemetry::trace::{Tracer, TracerProvider};
/// use opentelemetry_sdk::trace::SdkTracerProvider;
/// use traceprop_core::testing::SpanRecorder;
///
/// let recorder = SpanRecorder::new();
/// let provider = SdkTracerProvider::builder().with_span_processor(recorder.processor()).build();
/// provider.tracer("test").in_span("work", |_| {});
/// provider.shutdown().expect("it was running");
/// assert_eq!(recorder.spans()[0].name, "work");
/// ```
#[derive(Clone, Debug, Default)]
pub struct SpanRecorder {
    spans: Arc<Log<Span>>,
}

impl SpanRecorder {
    /// A recorder without spans.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A processor for a provider's builder; it may be the only one or one of several.
    #[must_use]
    pub fn processor(&self) -> RecordingProcessor {
        RecordingProcessor {
            recorder: self.clone(),
            service: "unknown_service".into(),
            resource: Arc::default(),
        }
    }

    /// The spans that have ended, in the order in which they did.
    #[must_use]
    pub fn spans(&self) -> Vec<Span> {
        self.spans.all()
    }

    /// The traces that have a span that has ended, by the start of their first span.
    #[must_use]
    pub fn traces(&self) -> Vec<Trace> {
        tree::group(self.spans())
    }

    /// Forgets all spans.
    pub fn clear(&self) {
        self.spans.clear();
    }

    /// Waits until at least `count` spans have ended, and returns all.
    ///
    /// # Panics
    ///
    /// When `timeout` is over before that; the message shows what has ended.
    // Tests call it to wait alone, too.
    #[allow(clippy::must_use_candidate)]
    #[track_caller]
    pub fn wait_for(&self, count: usize, timeout: Duration) -> Vec<Span> {
        match self.spans.wait(timeout, |spans| spans.len() >= count) {
            Ok(spans) => spans,
            Err(spans) => panic!(
                "{} of {count} spans have ended after {timeout:?}\n{}",
                spans.len(),
                trace_check::all(&tree::group(spans))
            ),
        }
    }

    /// Waits until `done` says so of the spans that have ended, and returns them. It is asked at once,
    /// and again after each span.
    ///
    /// # Panics
    ///
    /// When `timeout` is over before that; the message shows what has ended.
    #[track_caller]
    pub fn wait_until(&self, timeout: Duration, done: impl FnMut(&[Span]) -> bool) -> Vec<Span> {
        match self.spans.wait(timeout, done) {
            Ok(spans) => spans,
            Err(spans) => panic!(
                "what was waited for has not happened after {timeout:?}\n{}",
                trace_check::all(&tree::group(spans))
            ),
        }
    }
}

/// Hands the spans of one provider to a [`SpanRecorder`], with its resource.
///
/// ```
/// use opentelemetry_sdk::trace::SdkTracerProvider;
/// use traceprop_core::testing::SpanRecorder;
///
/// let recorder = SpanRecorder::new();
/// let provider = SdkTracerProvider::builder().with_span_processor(recorder.processor()).build();
/// # drop(provider);
/// ```
#[derive(Clone, Debug)]
pub struct RecordingProcessor {
    recorder: SpanRecorder,
    service: Arc<str>,
    resource: Arc<[KeyValue]>,
}

impl SpanProcessor for RecordingProcessor {
    fn on_start(&self, _span: &mut SdkSpan, _cx: &Context) {}

    fn on_end(&self, data: SpanData) {
        if tree::is_ignored(&data) {
            return;
        }
        let mut span = Span::from_span_data(&data, &self.service);
        span.resource = Arc::clone(&self.resource);
        self.recorder.spans.push(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.service = tree::service_name(resource);
        let attributes = resource.iter();
        self.resource = attributes
            .map(|(key, value)| KeyValue::new(key.clone(), value.clone()))
            .collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestOtel;
    use opentelemetry::trace::{Tracer, TracerProvider};
    use opentelemetry_sdk::trace::{Sampler, SamplingDecision, SamplingResult, ShouldSample};
    use std::thread;

    #[test]
    fn waits_for_other_threads() {
        let otel = TestOtel::new("orders");
        let tracer = otel.tracer();
        let recorder = otel.recorder();
        thread::scope(|scope| {
            scope.spawn(|| {
                for _ in 0..20 {
                    tracer.in_span("work", |_| {});
                }
            });
            assert!(recorder.wait_for(20, Duration::from_secs(10)).len() >= 20);
            let all = recorder.wait_until(Duration::from_secs(10), |spans| spans.len() == 20);
            assert_eq!(all.len(), 20);
        });
        recorder.clear();
        assert!(recorder.spans().is_empty());
    }

    #[test]
    #[should_panic(expected = "1 of 2 spans have ended after 10ms\norders  alone  internal")]
    fn says_what_has_ended_when_the_time_is_over() {
        let otel = TestOtel::new("orders");
        otel.tracer().in_span("alone", |_| {});
        otel.recorder().wait_for(2, Duration::from_millis(10));
    }

    #[test]
    #[should_panic(expected = "has not happened after 1ms\nno span has ended")]
    fn a_condition_that_is_never_met() {
        SpanRecorder::new().wait_until(Duration::from_millis(1), |_| false);
    }

    #[test]
    fn spans_outlive_their_provider() {
        let otel = TestOtel::new("orders");
        otel.tracer().in_span("work", |_| {});
        otel.provider().shutdown().unwrap();
        let spans = otel.spans();
        assert_eq!(spans.len(), 1);
        let name = KeyValue::new("service.name", "orders");
        assert!(spans[0].resource.contains(&name), "{:?}", spans[0].resource);
    }

    #[derive(Clone, Debug)]
    struct RecordOnly;

    impl ShouldSample for RecordOnly {
        fn should_sample(
            &self,
            _: Option<&Context>,
            _: opentelemetry::trace::TraceId,
            _: &str,
            _: &opentelemetry::trace::SpanKind,
            _: &[opentelemetry::KeyValue],
            _: &[opentelemetry::trace::Link],
        ) -> SamplingResult {
            SamplingResult {
                decision: SamplingDecision::RecordOnly,
                attributes: Vec::new(),
                trace_state: Default::default(),
            }
        }
    }

    #[test]
    fn sees_spans_that_are_recorded_only() {
        let count = |sampler: Box<dyn ShouldSample>| {
            let otel = TestOtel::with_builder("orders", |builder| builder.with_sampler(sampler));
            otel.provider().tracer("test").in_span("work", |_| {});
            otel.spans().len()
        };
        assert_eq!(count(Box::new(RecordOnly)), 1);
        assert_eq!(count(Box::new(Sampler::AlwaysOff)), 0);
    }
}
