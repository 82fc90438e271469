//! The queue in front of an exporter: the SDK's batch processor, counted.

use std::sync::Arc;

use opentelemetry_sdk::trace::{
    BatchConfig, BatchConfigBuilder, BatchSpanProcessor, OTEL_BSP_EXPORT_TIMEOUT,
    OTEL_BSP_MAX_QUEUE_SIZE, OTEL_BSP_MAX_QUEUE_SIZE_DEFAULT, SpanExporter,
};

use super::env::Env;
use super::exporter::Counting;
use crate::health::Health;

/// An exporter of any type, about to get its queue.
pub(super) type Queued = Box<dyn FnOnce(BatchConfig, Arc<Health>) -> BatchSpanProcessor + Send>;

pub(super) fn queued(exporter: impl SpanExporter + 'static) -> Queued {
    Box::new(|config, counters| BatchSpanProcessor::new(Counting::new(exporter, counters), config))
}

/// The settings of `OTEL_BSP_*`, and the queue's length in spans.
pub(super) fn config(env: &mut Env) -> (BatchConfig, usize) {
    let length = match env.number(OTEL_BSP_MAX_QUEUE_SIZE) {
        Some(0) => {
            env.ignored(OTEL_BSP_MAX_QUEUE_SIZE, "a queue of 0 would lose all spans");
            None
        }
        length => length,
    };
    if env.text(OTEL_BSP_EXPORT_TIMEOUT).is_some() {
        let why = "the exporter's own timeout counts, OTEL_EXPORTER_OTLP_TIMEOUT";
        env.ignored(OTEL_BSP_EXPORT_TIMEOUT, why);
    }
    let length = length.unwrap_or(OTEL_BSP_MAX_QUEUE_SIZE_DEFAULT);
    // The builder reads the other variables.
    let config = BatchConfigBuilder::default().with_max_queue_size(length);
    (config.build(), length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queue_lengths() {
        for (value, want, notices) in [
            ("", 2048, 0),
            ("16", 16, 0),
            ("0", 2048, 1),
            ("-1", 2048, 1),
        ] {
            let mut env = Env::of(&[(OTEL_BSP_MAX_QUEUE_SIZE, value)]);
            assert_eq!(config(&mut env).1, want, "{value}");
            assert_eq!(env.into_notices().len(), notices, "{value}");
        }
    }
}
