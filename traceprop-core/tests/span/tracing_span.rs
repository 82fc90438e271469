//! Beside `tracing`: a handler under a linked scope, and the helpers on `tracing` spans.

use opentelemetry::trace::Status;
use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};
use traceprop_core::call::{Call, InCall, Outcome, Scope};
use traceprop_core::span::{DbCall, SpanExt, in_span, in_span_sync};
use tracing_subscriber::layer::SubscriberExt;

use crate::support::{
    STORE_ERROR, Spans, StoreError, current_trace, global_spans, pairs, texts, traced,
};

#[tracing::instrument]
async fn instrumented() {
    tokio::task::yield_now().await;
    in_span("innermost", async {}).await;
}

/// A subscriber on this thread, whose spans and ours go to the same exporter.
fn subscribe() -> (&'static Spans, tracing::subscriber::DefaultGuard) {
    let spans = global_spans();
    // By the global provider, so that what `in_span` makes can be compared.
    let tracer = opentelemetry::global::tracer("test");
    let subscriber = tracing_subscriber::registry().with(traceprop_core::layer(tracer));
    (spans, tracing::subscriber::set_default(subscriber))
}

#[tokio::test]
async fn in_span_stands_between_a_handler_and_instrumented_functions() {
    let (spans, _guard) = subscribe();
    let options = traceprop_core::call::Options::new("test", Scope::Linked);
    let call = Call::server("handler").start(&options);
    let trace = InCall::new(
        async {
            in_span("step", async {
                instrumented().await;
                let _ = DbCall::new("sqlite", "SELECT").run_sync(|| Ok::<_, StoreError>(()));
            })
            .await;
            instrumented_outside().await;
            current_trace()
        },
        call,
    )
    .run(|call, _| call.finish(Outcome::Completed))
    .await;

    let id = |name| spans.of_trace(trace, name).span_context.span_id();
    let parent = |name| spans.of_trace(trace, name).parent_span_id;
    assert_eq!(parent("handler"), SpanId::INVALID);
    assert_eq!(parent("step"), id("handler"));
    assert_eq!(parent("instrumented"), id("step"));
    assert_eq!(parent("innermost"), id("instrumented"));
    assert_eq!(parent("SELECT"), id("step"));
    assert_eq!(parent("instrumented_outside"), id("handler"));
}

#[tracing::instrument]
async fn instrumented_outside() {}

#[test]
fn errors_and_links_reach_a_tracing_span() {
    let (spans, tracer, _) = traced();
    let subscriber = tracing_subscriber::registry().with(traceprop_core::layer(tracer));
    let other = SpanContext::new(
        TraceId::from(7),
        SpanId::from(9),
        TraceFlags::SAMPLED,
        true,
        TraceState::default(),
    );
    tracing::subscriber::with_default(subscriber, || {
        let span = tracing::info_span!("work");
        let _entered = span.enter();
        span.record_error(&StoreError::new("no room"));
        span.link_span(&other);
        span.link_span(&SpanContext::empty_context());
    });
    let span = spans.named("work");
    assert_eq!(span.status, Status::error("no room"));
    let error_type = texts(&span.attributes)
        .into_iter()
        .filter(|(key, _)| key == "error.type");
    assert_eq!(
        error_type.collect::<Vec<_>>(),
        pairs(&[("error.type", STORE_ERROR)])
    );
    assert_eq!(span.events.len(), 1);
    assert_eq!(span.links.len(), 1);
    assert_eq!(span.links[0].span_context, other);
}

#[test]
fn an_error_on_a_handlers_tracing_span_is_the_calls() {
    let (spans, _guard) = subscribe();
    let options = traceprop_core::call::Options::new("test", Scope::Linked);
    let mut call = Call::server("failing handler").start(&options);
    let trace = {
        let _inside = call.enter();
        // Without a message, which an adopted span would ignore.
        tracing::Span::current().record_error(&StoreError::new(""));
        current_trace()
    };
    call.finish(Outcome::Completed);
    let span = spans.of_trace(trace, "failing handler");
    assert_eq!(span.status, Status::error(STORE_ERROR));
    assert_eq!(span.events.len(), 1);
}

#[test]
fn a_span_without_a_layer_takes_nothing() {
    let nobody = tracing::info_span!("nobody");
    nobody.record_error(&StoreError::new("no room"));
    let spans = global_spans();
    let trace = in_span_sync("beside", || {
        nobody.record_error(&StoreError::new("no room"));
        current_trace()
    });
    assert!(spans.of_trace(trace, "beside").events.is_empty());
}
