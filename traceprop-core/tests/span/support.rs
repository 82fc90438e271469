//! A tracer whose spans can be looked at.

use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, Once, OnceLock};

use opentelemetry::trace::{SpanId, TraceContextExt, TraceId, TracerProvider};
use opentelemetry::{Context, KeyValue, global};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider, SpanData, SpanExporter};
use traceprop_core::call::{Options, Scope};

/// Keeps what is exported.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spans(Arc<Mutex<Vec<SpanData>>>);

impl SpanExporter for Spans {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().unwrap().extend(batch);
        Ok(())
    }
}

impl Spans {
    /// The one span called `name`.
    pub(crate) fn named(&self, name: &str) -> SpanData {
        let spans = self.0.lock().unwrap();
        let mut found = spans.iter().filter(|span| span.name == name);
        let span = found
            .next()
            .unwrap_or_else(|| panic!("no span {name}: {spans:?}"));
        assert!(found.next().is_none(), "two spans {name}");
        span.clone()
    }

    /// The one span of a trace that is called `name`.
    pub(crate) fn of_trace(&self, trace: TraceId, name: &str) -> SpanData {
        let mut spans = self.0.lock().unwrap().clone();
        spans.retain(|span| span.span_context.trace_id() == trace);
        Spans(Arc::new(Mutex::new(spans))).named(name)
    }

    /// The span with these ids.
    pub(crate) fn one(&self, trace: TraceId, id: SpanId) -> SpanData {
        let spans = self.0.lock().unwrap();
        let is_it = |span: &&SpanData| {
            (span.span_context.trace_id(), span.span_context.span_id()) == (trace, id)
        };
        spans.iter().find(is_it).cloned().expect("no such span")
    }
}

/// A provider of its own, with the settings that use it.
pub(crate) fn traced() -> (Spans, SdkTracer, Options) {
    let spans = Spans::default();
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(spans.clone())
        .build();
    let tracer = provider.tracer("test");
    let options = Options::new("test", Scope::Off).tracer(tracer.clone());
    (spans, tracer, options)
}

/// The spans of the global provider, which all tests of this process share.
pub(crate) fn global_spans() -> &'static Spans {
    static SPANS: OnceLock<Spans> = OnceLock::new();
    static INSTALL: Once = Once::new();
    let spans = SPANS.get_or_init(Spans::default);
    INSTALL.call_once(|| {
        let provider = SdkTracerProvider::builder()
            .with_simple_exporter(spans.clone())
            .build();
        global::set_tracer_provider(provider);
    });
    spans
}

/// The trace that the current span belongs to.
pub(crate) fn current_trace() -> TraceId {
    Context::current().span().span_context().trace_id()
}

/// Attributes as text, in the order of their recording.
pub(crate) fn texts(attributes: &[KeyValue]) -> Vec<(String, String)> {
    let text = |kv: &KeyValue| (kv.key.to_string(), kv.value.to_string());
    attributes.iter().map(text).collect()
}

/// What [`texts`] is expected to give.
pub(crate) fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    expected.iter().map(owned).collect()
}

/// An error with a cause.
#[derive(Debug)]
pub(crate) struct StoreError {
    pub message: &'static str,
    pub cause: Option<Box<StoreError>>,
}

/// [`StoreError`]'s name by default.
pub(crate) const STORE_ERROR: &str = "span::support::StoreError";

impl StoreError {
    pub(crate) fn new(message: &'static str) -> Self {
        Self {
            message,
            cause: None,
        }
    }

    pub(crate) fn because(message: &'static str, cause: StoreError) -> Self {
        Self {
            message,
            cause: Some(Box::new(cause)),
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message)
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause
            .as_ref()
            .map(|cause| cause.as_ref() as &(dyn Error + 'static))
    }
}
