//! Recorders for both sides of a call.

use std::sync::Arc;

use opentelemetry::trace::SpanKind;
use traceprop_core::call::{Recorder, Wanted};
use traceprop_core::testing::{CallRecorder, TestOtel};
use traceprop_core::tree::Span;
use traceprop_grpc::{ClientLayer, ServerLayer};

pub(crate) struct Watched {
    pub(crate) otel: TestOtel,
    pub(crate) calls: CallRecorder,
}

impl Watched {
    pub(crate) fn new() -> Self {
        Self {
            otel: TestOtel::new("payments"),
            calls: CallRecorder::new(),
        }
    }

    /// One whose recorder asks for these facts, too.
    pub(crate) fn wanting(wanted: Wanted) -> Self {
        Self {
            calls: CallRecorder::wanting(wanted),
            ..Self::new()
        }
    }

    /// With a sampler that drops every span.
    pub(crate) fn unsampled() -> Self {
        let otel = TestOtel::with_builder("payments", |builder| {
            builder.with_sampler(opentelemetry_sdk::trace::Sampler::AlwaysOff)
        });
        Self {
            otel,
            ..Self::new()
        }
    }

    fn recorder(&self) -> Arc<dyn Recorder> {
        Arc::new(self.calls.clone())
    }

    pub(crate) fn server(&self) -> ServerLayer {
        ServerLayer::new()
            .tracer(self.otel.tracer())
            .recorder(self.recorder())
    }

    pub(crate) fn client(&self) -> ClientLayer {
        ClientLayer::new()
            .tracer(self.otel.tracer())
            .recorder(self.recorder())
    }

    /// The only span of this kind.
    #[track_caller]
    pub(crate) fn span(&self, kind: SpanKind) -> Span {
        let mut spans = self.otel.spans();
        spans.retain(|span| span.kind == kind);
        assert_eq!(spans.len(), 1, "{kind:?}: {spans:#?}");
        spans.remove(0)
    }
}

/// The status that a span recorded, and whether it is an error.
pub(crate) fn status(span: &Span) -> (String, bool) {
    let code = span
        .attribute("rpc.response.status_code")
        .map(ToString::to_string);
    (code.unwrap_or_default(), span.is_error())
}

/// A code as the conventions write it: `NotFound` is `NOT_FOUND`.
pub(crate) fn word(code: tonic::Code) -> String {
    let mut word = String::new();
    for letter in format!("{code:?}").chars() {
        if letter.is_uppercase() && !word.is_empty() {
            word.push('_');
        }
        word.push(letter.to_ascii_uppercase());
    }
    word
}
