//! Spans on their way through the SDK and through tracing-opentelemetry.

use std::time::Duration;

use futures_util::FutureExt;
use http_body_util::BodyExt;
use opentelemetry::trace::{Link, Span, SpanKind, TraceId, TraceState, Tracer, TracerProvider};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{
    BatchSpanProcessor, InMemorySpanExporter, SamplingDecision, SamplingResult, SdkTracerProvider,
    ShouldSample,
};
use tower::{Layer, Service};
use traceprop_core::Telemetry;
use tracing::field::Empty;

use crate::server::{Inner, ours, request};
use crate::table::Library::{OpenTelemetry, Ours, TracingOpenTelemetry};
use crate::table::Row;
use crate::world::World;

pub fn rows() -> Vec<Row> {
    vec![exports_unsampled(), keeps_its_name()]
}

/// Records every span, and samples none.
#[derive(Clone, Debug)]
struct RecordOnly;

impl ShouldSample for RecordOnly {
    fn should_sample(
        &self,
        _: Option<&Context>,
        _: TraceId,
        _: &str,
        _: &SpanKind,
        _: &[KeyValue],
        _: &[Link],
    ) -> SamplingResult {
        SamplingResult {
            decision: SamplingDecision::RecordOnly,
            attributes: Vec::new(),
            trace_state: TraceState::NONE,
        }
    }
}

fn exports_unsampled() -> Row {
    let theirs = {
        let exporter = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder()
            .with_sampler(RecordOnly)
            .with_span_processor(BatchSpanProcessor::builder(exporter.clone()).build())
            .build();
        provider.tracer("peer").start("recorded").end();
        provider.force_flush().expect("in memory");
        !exporter.get_finished_spans().expect("in memory").is_empty()
    };
    let ours = {
        let exporter = InMemorySpanExporter::default();
        let telemetry = Telemetry::builder("ours")
            .sampler(RecordOnly)
            .exporter(exporter.clone())
            .no_subscriber()
            .init()
            .expect("the first one");
        telemetry.tracer().start("recorded").end();
        telemetry.provider().force_flush().expect("in memory");
        let is_empty = exporter.get_finished_spans().expect("in memory").is_empty();
        telemetry
            .shutdown_blocking(Duration::from_secs(5))
            .expect("in memory");
        !is_empty
    };
    Row::new(
        "spans that are recorded and not sampled are exported",
        [(Ours, ours), (OpenTelemetry, theirs)],
    )
}

/// A name that is known only once the request has been routed.
fn keeps_its_name() -> Row {
    let theirs = {
        let world = World::new();
        world.run(|| {
            let span = tracing::info_span!("GET", otel.name = Empty);
            let entered = span.enter();
            span.record("otel.name", "GET /orders/{id}");
            drop(entered);
        });
        !world
            .spans()
            .iter()
            .any(|span| span.name == "GET /orders/{id}")
    };
    let ours = {
        let world = World::new();
        let mut service = ours(&world).layer(Inner);
        world.run(|| {
            let response = service.call(request()).now_or_never()?.ok()?;
            response.into_body().collect().now_or_never().map(drop)
        });
        !world
            .spans()
            .iter()
            .any(|span| span.name == "GET /orders/{id}")
    };
    Row::new(
        "a name that is found after the start, as a route is, is ignored",
        [(Ours, ours), (TracingOpenTelemetry, theirs)],
    )
}
