//! The guard behind every adapter: one exchange is one OpenTelemetry span and one log scope.
//!
//! An adapter describes a call ([`CallBuilder`]), runs the inner work inside it ([`InCall`], or
//! [`Call::enter`]), and says how it ended ([`Call::finish`]); a call that is dropped before that
//! ends as cancelled. Adapters never touch `tracing` or the SDK.
//!
//! ```
//! use opentelemetry::KeyValue;
//! use traceprop_core::call::{Call, Options, Outcome, Scope};
//!
//! let options = Options::new("my-adapter", Scope::Linked);
//! let mut call = Call::server("nightly import").start(&options);
//! {
//!     let _inside = call.enter();
//!     // Spans and log lines made here belong to the call.
//! }
//! call.set_attribute(KeyValue::new("import.rows", 12));
//! call.finish(Outcome::Completed);
//! ```

mod adopt;
mod builder;
mod clock;
mod current;
mod edge;
mod ending;
mod entered;
mod facts;
mod future;
mod install;
mod known;
mod labels;
mod opened;
mod options;
mod recorder;
mod scope;
#[cfg(feature = "tokio")]
mod spawn;
mod tracer;

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use opentelemetry::trace::{SpanKind, SpanRef, TraceContextExt};
use opentelemetry::{Context, KeyValue, StringValue};

use self::known::Known;
use self::opened::Opened;

pub use self::adopt::{AdoptedSpan, AdoptingTracer, adopting};
pub use self::builder::CallBuilder;
pub use self::current::CurrentCall;
pub use self::edge::Edge;
pub use self::entered::Entered;
pub use self::facts::{Facts, HttpFacts, MessagingFacts, RpcFacts};
pub use self::future::{InCall, Run};
pub use self::labels::Labels;
pub use self::options::{Options, SharedPropagator};
pub use self::recorder::{Finished, Outcome, Recorder, Started, Wanted};
pub use self::scope::Scope;
#[cfg(feature = "tokio")]
pub use self::spawn::{spawn, spawn_blocking};
#[cfg(feature = "telemetry")]
pub(crate) use self::{
    install::{Installed, install, propagator},
    tracer::TracerHandle,
};

/// One call in flight. Its span ends exactly once: with an outcome, or as cancelled on drop.
#[derive(Debug)]
pub struct Call {
    // Moved from future to future and into the body, each of them moved again: as a pointer.
    running: Box<Running>,
}

#[derive(Debug)]
struct Running {
    context: Context,
    /// The context's span was started for this call and keeps what it is told.
    recording: bool,
    ended: bool,
    opened: Opened,
    kind: SpanKind,
    known: Known,
    recorder: Option<Arc<dyn Recorder>>,
    /// By the monotonic clock and by the wall's; none before it starts.
    started: Option<(Instant, SystemTime)>,
}

impl Call {
    /// Describes a call that this process answers.
    pub fn server(name: impl Into<std::borrow::Cow<'static, str>>) -> CallBuilder {
        CallBuilder::new(SpanKind::Server, name.into())
    }

    /// Describes a call that this process makes.
    pub fn client(name: impl Into<std::borrow::Cow<'static, str>>) -> CallBuilder {
        CallBuilder::new(SpanKind::Client, name.into())
    }

    /// Describes a call of any kind.
    pub fn of_kind(kind: SpanKind, name: impl Into<std::borrow::Cow<'static, str>>) -> CallBuilder {
        CallBuilder::new(kind, name.into())
    }

    /// The context that the call runs in: inject this one, and give it to what runs elsewhere.
    ///
    /// Where there is no tracer provider it is the parent's context, so that propagation goes on.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.running.context
    }

    /// Whether attributes are kept. Compute them only if so.
    #[must_use]
    pub fn is_recording(&self) -> bool {
        self.running.recording
    }

    /// Whether anybody learns how the call ends: a span that records, or a recorder. If not, it need
    /// not be kept until then.
    #[must_use]
    pub fn is_observed(&self) -> bool {
        self.running.recording || self.running.recorder.is_some()
    }

    /// What is known of the call.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.running.known.facts
    }

    /// What is known of the call, to be completed before it finishes.
    pub fn facts_mut(&mut self) -> &mut Facts {
        &mut self.running.known.facts
    }

    /// Sets one attribute, if the span is recording.
    pub fn set_attribute(&self, attribute: KeyValue) {
        if let Some(span) = self.recording_span() {
            span.set_attribute(attribute);
        }
    }

    /// Sets attributes under one lock, if the span is recording; else the iterator is not run.
    pub fn set_attributes(&self, attributes: impl IntoIterator<Item = KeyValue>) {
        if let Some(span) = self.recording_span() {
            span.set_attributes(attributes);
        }
    }

    /// Labels the call for the metrics; see [`Labels`] for what a label may be.
    ///
    /// Returns whether it is set. Without a recorder nothing is kept.
    pub fn set_label(&mut self, name: &'static str, value: impl Into<StringValue>) -> bool {
        self.running.recorder.is_some() && self.running.known.labels.set(name, value)
    }

    /// Names an HTTP call by its route: `http.route`, the span's name and the metrics' label.
    pub fn set_route(&mut self, route: Arc<str>) {
        self.running
            .known
            .set_route(route, &self.running.context, self.running.recording);
    }

    /// Has the call ignored; see [`CurrentCall::ignore`].
    pub fn ignore(&mut self) {
        self.running.known.ignored = true;
    }

    /// Enters the call's scope and attaches its context on this thread until the guard is dropped.
    pub fn enter(&mut self) -> Entered<'_> {
        Entered::new(self)
    }

    /// Ends the call with what is known about it.
    pub fn finish(mut self, outcome: Outcome) {
        self.running.end(outcome);
    }

    /// Whether this process does the work of the call, so that the work may name and label it.
    fn is_handled_here(&self) -> bool {
        matches!(self.running.kind, SpanKind::Server | SpanKind::Consumer)
    }

    fn recording_span(&self) -> Option<SpanRef<'_>> {
        self.running.recording.then(|| self.running.context.span())
    }
}

impl Running {
    /// A call that has not started.
    #[inline]
    fn new(kind: SpanKind) -> Self {
        Self {
            context: Context::new(),
            recording: false,
            ended: false,
            opened: Opened::NONE,
            kind,
            known: Known::default(),
            recorder: None,
            started: None,
        }
    }

    fn end(&mut self, outcome: Outcome) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        self.opened.settle(&self.context);
        let Some((started, started_at)) = self.started else {
            return;
        };
        if !self.recording && self.recorder.is_none() {
            return;
        }
        let ended = Instant::now();
        let duration = ended - started;
        let outcome = self.known.verdict(outcome);
        let span = self.context.span();
        if let Some(recorder) = &self.recorder {
            recorder.finished(&Finished {
                kind: &self.kind,
                facts: &self.known.facts,
                labels: &self.known.labels,
                outcome: &outcome,
                duration,
                ended,
                span_context: span.span_context(),
            });
        }
        if self.recording {
            ending::describe(&span, outcome);
            // The wall clock may step; the duration is the monotonic clock's.
            adopt::ending(|| span.end_with_timestamp(started_at + duration));
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if self.running.ended {
            return;
        }
        // A panic is unwinding through the user's code: that is how this call ends.
        self.running.known.panicked |= std::thread::panicking();
        self.running.end(Outcome::Cancelled);
    }
}
