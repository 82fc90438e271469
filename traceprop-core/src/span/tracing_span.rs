//! [`SpanExt`](super::SpanExt) on `tracing` spans, whose OpenTelemetry span is the layer's to find.

use opentelemetry::trace::SpanRef;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::ext::sealed::Recording;

impl Recording for tracing::Span {
    fn recording(&self, act: impl FnOnce(&SpanRef<'_>)) {
        // The context is cloned out, so that nothing here runs under the registry's locks.
        self.context().recording(act);
    }
}
