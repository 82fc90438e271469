//! Internal spans around work.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context as TaskContext, Waker};

use opentelemetry::Context;
use opentelemetry::trace::{SpanId, SpanKind, Status, TraceContextExt};
use traceprop_core::span::{in_span, in_span_sync};

use crate::support::{current_trace, global_spans, pairs, texts};

fn current_id() -> SpanId {
    Context::current().span().span_context().span_id()
}

#[tokio::test]
async fn nests_and_leaves_no_trace_on_the_thread() {
    let spans = global_spans();
    let (trace, outer_id, inner_id) = in_span("outer", async {
        let outer = current_id();
        tokio::task::yield_now().await;
        let inner = in_span(String::from("inner"), async {
            tokio::task::yield_now().await;
            current_id()
        })
        .await;
        assert_eq!(current_id(), outer);
        (current_trace(), outer, inner)
    })
    .await;
    assert!(!Context::current().has_active_span());

    let (outer, inner) = (
        spans.of_trace(trace, "outer"),
        spans.of_trace(trace, "inner"),
    );
    assert_eq!(outer.parent_span_id, SpanId::INVALID);
    assert_eq!(outer.span_context.span_id(), outer_id);
    assert_eq!(inner.span_context.span_id(), inner_id);
    assert_eq!(inner.parent_span_id, outer_id);
    assert!(outer.end_time >= inner.end_time);
    for span in [outer, inner] {
        assert_eq!(span.span_kind, SpanKind::Internal);
        assert_eq!(span.status, Status::Unset);
        assert!(span.attributes.is_empty());
        assert_eq!(span.instrumentation_scope.name(), "traceprop_core");
    }
}

#[tokio::test]
async fn a_spawned_one_belongs_to_who_made_it() {
    let spans = global_spans();
    let (trace, parent) = in_span("spawner", async {
        let task = tokio::spawn(in_span("spawned", async {}));
        task.await.unwrap();
        (current_trace(), current_id())
    })
    .await;
    assert_eq!(spans.of_trace(trace, "spawned").parent_span_id, parent);
}

#[test]
fn a_dropped_one_ends_as_cancelled_and_drops_its_future_inside() {
    struct OnDrop;
    impl Drop for OnDrop {
        fn drop(&mut self) {
            in_span_sync("in drop", || {});
        }
    }
    let spans = global_spans();
    let mut trace = None;
    {
        let mut work = pin!(in_span("dropped", async {
            let _held = OnDrop;
            trace = Some(current_trace());
            std::future::pending::<()>().await;
        }));
        let mut cx = TaskContext::from_waker(Waker::noop());
        assert!(work.as_mut().poll(&mut cx).is_pending());
    }
    let trace = trace.unwrap();
    let dropped = spans.of_trace(trace, "dropped");
    assert_eq!(
        texts(&dropped.attributes),
        pairs(&[("error.type", "cancelled")])
    );
    assert_eq!(
        spans.of_trace(trace, "in drop").parent_span_id,
        dropped.span_context.span_id()
    );
}

#[test]
fn a_panic_ends_the_span_and_goes_on() {
    let spans = global_spans();
    let mut trace = None;
    let caught = catch_unwind(AssertUnwindSafe(|| {
        in_span_sync("panics", || {
            trace = Some(current_trace());
            std::panic::resume_unwind(Box::new("stop"));
        });
    }));
    assert!(caught.is_err());
    assert!(!Context::current().has_active_span());
    let span = spans.of_trace(trace.unwrap(), "panics");
    assert_eq!(texts(&span.attributes), pairs(&[("error.type", "panic")]));
    assert!(matches!(span.status, Status::Error { .. }));
}

#[test]
fn a_sync_one_gives_what_the_work_gives() {
    let spans = global_spans();
    let (trace, outer) = in_span_sync("sync outer", || {
        let inner = in_span_sync("sync inner", current_id);
        assert_ne!(inner, current_id());
        (current_trace(), current_id())
    });
    assert_eq!(spans.of_trace(trace, "sync inner").parent_span_id, outer);
}

#[test]
fn nesting_does_not_multiply_the_size() {
    let leaf = async {
        let held = [0_u8; 1024];
        tokio::task::yield_now().await;
        held.len()
    };
    let size = size_of_val(&leaf);
    let nested = in_span("a", in_span("b", in_span("c", leaf)));
    assert!(size_of_val(&nested) < size + 3 * 512);
}
