//! What a span says of how its call ended.

use opentelemetry::KeyValue;
use opentelemetry::trace::{SpanRef, Status};

use super::recorder::Outcome;
use crate::semconv;

/// Writes the outcome into a span that is about to end.
pub(super) fn describe(span: &SpanRef<'_>, outcome: Outcome) {
    match outcome {
        Outcome::Completed => {}
        Outcome::Cancelled => {
            span.set_attribute(KeyValue::new(semconv::ERROR_TYPE, Outcome::CANCELLED));
        }
        Outcome::Failed {
            error_type,
            description,
        } => {
            span.set_attribute(KeyValue::new(semconv::ERROR_TYPE, error_type));
            span.set_status(Status::error(description.unwrap_or_default()));
        }
        // The last attribute, which is where processors look for it.
        Outcome::Ignored => span.set_attribute(KeyValue::new(semconv::IGNORED, true)),
    }
}
