//! Spans on their way out.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use http::{Request, Response};
use http_body_util::Empty;
use opentelemetry::trace::{Link, Span, SpanKind, TraceId, TraceState, Tracer};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    SamplingDecision, SamplingResult, ShouldSample, SpanData, SpanExporter,
};
use tower::{Layer, Service, service_fn};
use traceprop_core::Telemetry;
use traceprop_core::call::{CurrentCall, Scope};
use traceprop_core::testing::TestOtel;
use traceprop_http::ServerLayer;

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

#[derive(Clone, Debug, Default)]
struct Exported(Arc<Mutex<Vec<SpanData>>>);

impl SpanExporter for Exported {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().unwrap().extend(batch);
        Ok(())
    }
}

#[test]
fn spans_that_are_recorded_and_not_sampled_stay_here() {
    let exported = Exported::default();
    let telemetry = Telemetry::builder("ours")
        .sampler(RecordOnly)
        .exporter(exported.clone())
        .no_subscriber()
        .init()
        .unwrap();
    telemetry.tracer().start("recorded").end();
    telemetry
        .shutdown_blocking(Duration::from_secs(5))
        .expect("nothing hangs");
    assert!(exported.0.lock().unwrap().is_empty());
}

#[test]
fn a_route_that_is_found_late_names_the_span() {
    let otel = TestOtel::new("ours");
    let layer = ServerLayer::new().tracer(otel.tracer()).scope(Scope::Off);
    let mut service = layer.layer(service_fn(|_: Request<()>| async {
        CurrentCall::set_route("/orders/{id}");
        Ok::<_, Infallible>(Response::new(Empty::<bytes::Bytes>::new()))
    }));
    drop(service.call(Request::new(())).now_or_never());
    assert_eq!(otel.spans()[0].name, "GET /orders/{id}");
}
