//! Providers for tests.

use std::time::Duration;

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::{
    Resource,
    trace::{Sampler, SdkTracer, SdkTracerProvider, TracerProviderBuilder},
};

use super::{SpanRecorder, trace_check};
use crate::tree::{Span, Trace};

/// A tracer provider that samples and records everything; one for each service under test.
///
/// Nothing global is set, so that tests can run at once. See the [module](super) for an example with
/// one service; with two:
///
/// ```
/// use opentelemetry::{Context, trace::{TraceContextExt, Tracer}};
/// use traceprop_core::testing::TestOtel;
///
/// let orders = TestOtel::new("orders");
/// let payments = orders.service("payments");
/// let call = orders.tracer().start_with_context("POST", &Context::new());
/// let call = Context::new().with_span(call);
/// payments.tracer().start_with_context("POST /verify", &call);
/// call.span().end();
/// assert_eq!(payments.spans(), orders.spans());
/// assert_eq!(orders.single_trace().spans().len(), 2);
/// ```
#[derive(Clone, Debug)]
pub struct TestOtel {
    provider: SdkTracerProvider,
    recorder: SpanRecorder,
}

impl TestOtel {
    /// A provider for the service, with a recorder of its own.
    #[must_use]
    pub fn new(service: &str) -> Self {
        Self::with_builder(service, |builder| builder)
    }

    /// A provider with more settings, such as another sampler or more processors.
    #[must_use]
    pub fn with_builder(
        service: &str,
        settings: impl FnOnce(TracerProviderBuilder) -> TracerProviderBuilder,
    ) -> Self {
        Self::build(service, SpanRecorder::new(), settings)
    }

    /// A provider for another service, with the same recorder.
    #[must_use]
    pub fn service(&self, service: &str) -> Self {
        Self::build(service, self.recorder.clone(), |builder| builder)
    }

    fn build(
        service: &str,
        recorder: SpanRecorder,
        settings: impl FnOnce(TracerProviderBuilder) -> TracerProviderBuilder,
    ) -> Self {
        let resource = Resource::builder_empty()
            .with_service_name(service.to_owned())
            .build();
        let builder = SdkTracerProvider::builder()
            .with_sampler(Sampler::AlwaysOn)
            .with_resource(resource)
            .with_span_processor(recorder.processor());
        Self {
            provider: settings(builder).build(),
            recorder,
        }
    }

    /// A tracer of this service.
    #[must_use]
    pub fn tracer(&self) -> SdkTracer {
        self.provider.tracer("test")
    }

    /// The provider of this service.
    #[must_use]
    pub fn provider(&self) -> &SdkTracerProvider {
        &self.provider
    }

    /// What records the spans of this service, and of those made by [`service`](Self::service).
    #[must_use]
    pub fn recorder(&self) -> &SpanRecorder {
        &self.recorder
    }

    /// The spans of all services that have ended, in the order in which they did.
    #[must_use]
    pub fn spans(&self) -> Vec<Span> {
        self.recorder.spans()
    }

    /// The traces of all services, by the start of their first span.
    #[must_use]
    pub fn traces(&self) -> Vec<Trace> {
        self.recorder.traces()
    }

    /// Waits until at least `count` spans of all services have ended, and returns all.
    ///
    /// # Panics
    ///
    /// When `timeout` is over before that; the message shows what has ended.
    // Tests call it to wait alone, too.
    #[allow(clippy::must_use_candidate)]
    #[track_caller]
    pub fn wait_for(&self, count: usize, timeout: Duration) -> Vec<Span> {
        self.recorder.wait_for(count, timeout)
    }

    /// The only trace there is.
    ///
    /// # Panics
    ///
    /// If there is none, or more than one; the message shows all of them. A second trace mostly means
    /// that the context was lost on its way, and its root says where.
    #[must_use]
    #[track_caller]
    pub fn single_trace(&self) -> Trace {
        let mut traces = self.traces();
        match (traces.pop(), traces.is_empty()) {
            (Some(only), true) => only,
            (last, _) => {
                traces.extend(last);
                let found = traces.len();
                panic!(
                    "there are {found} traces, not one\n{}",
                    trace_check::all(&traces)
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry::trace::Tracer;

    #[test]
    fn spans_know_their_service() {
        let orders = TestOtel::new("orders");
        let payments = orders.service("payments");
        payments.tracer().in_span("verify", |_| {});
        orders.tracer().in_span("GET", |_| {});
        let services: Vec<_> = orders
            .spans()
            .iter()
            .map(|span| span.service.clone())
            .collect();
        assert_eq!(services, ["payments".into(), "orders".into()]);
    }

    #[test]
    #[should_panic(expected = "there are 2 traces, not one\n\
                               orders  GET  internal\n\norders  POST  internal\n")]
    fn two_traces_are_shown() {
        let otel = TestOtel::new("orders");
        otel.tracer().in_span("GET", |_| {});
        otel.tracer().in_span("POST", |_| {});
        let _ = otel.single_trace();
    }

    #[test]
    #[should_panic(expected = "there are 0 traces, not one\nno span has ended")]
    fn no_trace() {
        let _ = TestOtel::new("orders").single_trace();
    }
}
