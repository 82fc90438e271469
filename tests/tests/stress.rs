//! Calls that spawn, are aborted and log after their end: as many spans end as were started.
//!
//! A binary of its own, since the subscriber is the whole process's: the tasks run on many threads.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::routing::get as route;
use opentelemetry::Context;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, Span, SpanData, SpanProcessor};
use traceprop_core::call::{Finished, Recorder, Started};
use traceprop_http::ServerLayer;
use traceprop_tests::get;
use tracing::Instrument;
use tracing_subscriber::layer::SubscriberExt;

/// Counts what starts and what ends.
#[derive(Clone, Debug, Default)]
struct Count {
    started: Arc<AtomicUsize>,
    ended: Arc<AtomicUsize>,
    in_flight: Arc<AtomicI64>,
}

impl SpanProcessor for Count {
    fn on_start(&self, _span: &mut Span, _cx: &Context) {
        self.started.fetch_add(1, Ordering::Relaxed);
    }

    fn on_end(&self, _span: SpanData) {
        self.ended.fetch_add(1, Ordering::Relaxed);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }
}

impl Recorder for Count {
    fn started(&self, _call: &Started<'_>) {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
    }

    fn finished(&self, _call: &Finished<'_>) {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

#[tracing::instrument]
async fn work(n: usize) {
    tokio::task::yield_now().await;
}

async fn handler(Path(n): Path<usize>) -> &'static str {
    match n % 5 {
        0 => work(n).await,
        1 => drop(traceprop_core::spawn(work(n))),
        2 => drop(tokio::spawn(work(n).in_current_span())),
        3 => {
            let span = tracing::Span::current();
            tokio::spawn(async move {
                tokio::task::yield_now().await;
                span.in_scope(|| tracing::info!("late"));
            });
        }
        // Never ready: the caller goes away.
        _ => std::future::pending().await,
    }
    "done"
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_calls_end_as_many_spans_as_they_start() {
    let count = Count::default();
    let provider = SdkTracerProvider::builder()
        .with_span_processor(count.clone())
        .build();
    let tracer = provider.tracer("stress");
    let subscriber = tracing_subscriber::registry().with(traceprop_core::layer(tracer.clone()));
    tracing::subscriber::set_global_default(subscriber).expect("the only subscriber");
    let layer = ServerLayer::new()
        .tracer(tracer)
        .recorder(Arc::new(count.clone()) as Arc<dyn Recorder>);
    let app = Router::new().route("/{n}", route(handler)).layer(layer);

    const CALLS: usize = 100_000;
    const TASKS: usize = 20;
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let app = app.clone();
            tokio::spawn(async move {
                for n in (task..CALLS).step_by(TASKS) {
                    let path = format!("/{n}");
                    let call = get(&app, &path, &[]);
                    if n % 5 == 4 {
                        // Polled a little, then dropped.
                        tokio::select! {
                            biased;
                            _ = call => unreachable!("it is never ready"),
                            () = tokio::task::yield_now() => {}
                        }
                    } else {
                        call.await;
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("a task");
    }

    let (started, ended) = (&count.started, &count.ended);
    for _ in 0..200 {
        if started.load(Ordering::Relaxed) == ended.load(Ordering::Relaxed) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // One span a call, and one more for each of the three kinds that do instrumented work.
    assert_eq!(started.load(Ordering::Relaxed), CALLS + CALLS / 5 * 3);
    assert_eq!(
        ended.load(Ordering::Relaxed),
        started.load(Ordering::Relaxed)
    );
    assert_eq!(count.in_flight.load(Ordering::Relaxed), 0);
}
