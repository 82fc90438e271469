//! What the process, the runtime and the traces' own way out show of themselves.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::sync::Arc;

use common::openmetrics;
use prometheus::Registry;
use prometheus::core::Collector;
use traceprop_core::health::{ExportFailure, Health};
use traceprop_metrics::TelemetryCollector;

fn registry(collector: impl Collector + 'static) -> Registry {
    let registry = Registry::new();
    registry.register(Box::new(collector)).unwrap();
    registry
}

/// The value of the sample whose name and labels are `series`.
#[cfg(any(feature = "tokio", all(feature = "process", target_os = "linux")))]
#[track_caller]
fn value(registry: &Registry, series: &str) -> f64 {
    let body = openmetrics(registry);
    let mut lines = body.lines();
    let value = lines.find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    match value {
        Some(value) => value.parse().unwrap(),
        None => panic!("{series} is not in\n{body}"),
    }
}

#[test]
fn lost_spans_are_counted_by_what_lost_them() {
    let health = Arc::new(Health::new(8));
    let registry = registry(TelemetryCollector::new(Arc::clone(&health)).unwrap());
    for _ in 0..10 {
        let _ = health.reserve();
    }
    health.take(7);
    health.sent(1);
    health.failed(1, ExportFailure::Other);
    health.failed(2, ExportFailure::Timeout);
    health.refuse();
    let want = "\
# TYPE otel_sdk_exporter_span_exported counter
# HELP otel_sdk_exporter_span_exported The number of spans for which the export has finished, either successful or failed.
otel_sdk_exporter_span_exported_total{error_type=\"\"} 1.0
otel_sdk_exporter_span_exported_total{error_type=\"_OTHER\"} 1.0
otel_sdk_exporter_span_exported_total{error_type=\"already_shutdown\"} 0.0
otel_sdk_exporter_span_exported_total{error_type=\"timeout\"} 2.0
# TYPE otel_sdk_exporter_span_inflight gauge
# HELP otel_sdk_exporter_span_inflight The number of spans which were passed to the exporter, but that have not been exported yet.
otel_sdk_exporter_span_inflight 3.0
# TYPE otel_sdk_processor_span_processed counter
# HELP otel_sdk_processor_span_processed The number of spans for which the processing has finished, either successful or failed.
otel_sdk_processor_span_processed_total{error_type=\"\"} 7.0
otel_sdk_processor_span_processed_total{error_type=\"already_shutdown\"} 1.0
otel_sdk_processor_span_processed_total{error_type=\"queue_full\"} 2.0
# TYPE otel_sdk_processor_span_queue_capacity gauge
# HELP otel_sdk_processor_span_queue_capacity The maximum number of spans the queue of the span processor can hold.
otel_sdk_processor_span_queue_capacity 8.0
# TYPE otel_sdk_processor_span_queue_size gauge
# HELP otel_sdk_processor_span_queue_size The number of spans in the queue of the span processor.
otel_sdk_processor_span_queue_size 1.0
# EOF
";
    assert_eq!(openmetrics(&registry), want);
}

#[cfg(all(feature = "process", target_os = "linux"))]
#[test]
fn the_process_shows_what_it_uses() {
    use std::time::{Duration, Instant};

    let registry = registry(traceprop_metrics::ProcessCollector::new().unwrap());
    let cpu = || value(&registry, "process_cpu_seconds_total");
    let before = cpu();
    let since = Instant::now();
    let mut spun = 0_u64;
    while since.elapsed() < Duration::from_millis(30) {
        spun = std::hint::black_box(spun.wrapping_add(1));
    }
    let grown = cpu() - before;
    assert!(
        (0.001..60.0).contains(&grown),
        "{grown}: finer than a second"
    );
    let open = value(&registry, "process_open_fds");
    assert!((3.0..=value(&registry, "process_max_fds")).contains(&open));
    let resident = value(&registry, "process_resident_memory_bytes");
    assert!(value(&registry, "process_virtual_memory_bytes") >= resident);
    assert!(
        value(&registry, "process_threads") >= 2.0,
        "the test's own and the harness's"
    );
    let start = value(&registry, "process_start_time_seconds");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    assert!(start <= now.unwrap().as_secs_f64() + 2.0);
    assert!(
        openmetrics(&registry)
            .contains("# TYPE process_cpu_seconds counter\n# UNIT process_cpu_seconds seconds\n")
    );
}

#[cfg(feature = "tokio")]
#[test]
fn a_runtime_shows_how_busy_it_is() {
    use std::time::{Duration, Instant};
    use traceprop_metrics::TokioCollector;

    let runtime = |workers| {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder
            .worker_threads(workers)
            .enable_time()
            .build()
            .unwrap()
    };
    let (front, back) = (runtime(1), runtime(2));
    let registry = registry(TokioCollector::named(front.handle().clone(), "front").unwrap());
    let collector = TokioCollector::named(back.handle().clone(), "back").unwrap();
    registry.register(Box::new(collector)).unwrap();
    assert_eq!(value(&registry, r#"tokio_workers{runtime="front"}"#), 1.0);
    assert_eq!(value(&registry, r#"tokio_workers{runtime="back"}"#), 2.0);

    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let waiting = front.spawn(stopped);
    assert_eq!(
        value(&registry, r#"tokio_alive_tasks{runtime="front"}"#),
        1.0
    );
    // The only worker is held up, so the next task waits where all can see it.
    let (held, hold) = std::sync::mpsc::channel::<()>();
    let (entered, inside) = std::sync::mpsc::channel::<()>();
    front.spawn(async move {
        entered.send(()).unwrap();
        let _ = hold.recv();
    });
    inside.recv().unwrap();
    front.spawn(async {});
    assert_eq!(
        value(&registry, r#"tokio_global_queue_depth{runtime="front"}"#),
        1.0
    );
    std::thread::sleep(Duration::from_millis(50));
    drop(held);
    stop.send(()).unwrap();
    front.block_on(waiting).unwrap().unwrap();

    let busy = r#"tokio_worker_busy_seconds_total{runtime="front",worker="0"}"#;
    let since = Instant::now();
    // A worker adds to its time when it parks.
    while value(&registry, busy) < 0.05 {
        assert!(
            since.elapsed() < Duration::from_secs(20),
            "{}",
            value(&registry, busy)
        );
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(
        value(&registry, r#"tokio_alive_tasks{runtime="front"}"#),
        0.0
    );
    assert!(
        value(
            &registry,
            r#"tokio_worker_busy_seconds_total{runtime="back",worker="1"}"#
        ) < 1.0
    );
}
