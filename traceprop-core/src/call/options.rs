//! What every adapter lets a user set, in one place.

use std::sync::{Arc, OnceLock};

use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanBuilder, Tracer, TracerProvider};
use opentelemetry::{Context, InstrumentationScope, global};

use super::edge::{self, Edge, Gate};
use super::install;
use super::recorder::{Recorder, Wanted};
use super::scope::Scope;
use super::tracer::{Begun, TracerHandle};

/// A propagator that an adapter shares between its calls.
pub type SharedPropagator = Arc<dyn TextMapPropagator + Send + Sync>;

/// The settings that all adapters share: tracer, propagator, edge, scope and recorder.
///
/// Adapters hold one and pass it to [`Call`](super::Call). What is not set is found when the first
/// call starts, not when the adapter is built, so that a router built before the set-up works:
///
/// * the tracer: what `Telemetry` installed, else `opentelemetry::global`;
/// * the propagator: what `Telemetry` installed, else
///   [`from_env`](crate::propagation::from_env), since the global one does nothing until it is set.
///
/// ```
/// use opentelemetry::trace::noop::NoopTracer;
/// use traceprop_core::call::{Options, Scope};
///
/// let options = Options::new("my-adapter", Scope::Linked).tracer(NoopTracer::new());
/// # let _ = options;
/// ```
#[derive(Clone, Debug)]
pub struct Options {
    instrumentation: InstrumentationScope,
    tracer: Option<TracerHandle>,
    /// The tracer found for this adapter, once it has given a span with an id of its own.
    found: Arc<OnceLock<TracerHandle>>,
    propagator: Option<SharedPropagator>,
    /// None for a trusted edge, which most are.
    gate: Option<Arc<Gate>>,
    scope: Scope,
    recorder: Option<Arc<dyn Recorder>>,
    wanted: Wanted,
}

impl Options {
    /// The defaults of the adapter called `name`, which is the instrumentation scope of its spans.
    #[must_use]
    pub fn new(name: &'static str, scope: Scope) -> Self {
        let instrumentation = InstrumentationScope::builder(name)
            .with_version(env!("CARGO_PKG_VERSION"))
            .build();
        Self {
            instrumentation,
            tracer: None,
            found: Arc::default(),
            propagator: None,
            gate: None,
            scope,
            recorder: None,
            wanted: Wanted::default(),
        }
    }

    /// Sets the tracer that starts the spans. Default: see the type.
    #[must_use]
    pub fn tracer<T>(mut self, tracer: T) -> Self
    where
        T: Tracer + Send + Sync + 'static,
        T::Span: Send + Sync + 'static,
    {
        self.tracer = Some(TracerHandle::new(tracer));
        self
    }

    /// Sets the propagator that reads and writes headers. Default: see the type.
    #[must_use]
    pub fn propagator(
        mut self,
        propagator: impl TextMapPropagator + Send + Sync + 'static,
    ) -> Self {
        self.propagator = Some(Arc::new(propagator));
        self
    }

    /// Sets what becomes of the trace that a caller sends. Default: [`Edge::Trusted`].
    ///
    /// It is for servers and consumers; clients and producers read no one's trace.
    #[must_use]
    pub fn edge(mut self, edge: Edge) -> Self {
        self.gate = (edge != Edge::Trusted).then(|| Arc::new(Gate::new(edge)));
        self
    }

    /// Sets whether a call opens a `tracing` span. Default: [`Scope::Linked`] for servers and
    /// consumers, [`Scope::Off`] for clients and producers.
    #[must_use]
    pub fn scope(mut self, scope: Scope) -> Self {
        self.scope = scope;
        self
    }

    /// Sets who is told of every call, for metrics. Default: nobody.
    #[must_use]
    pub fn recorder(mut self, recorder: Arc<dyn Recorder>) -> Self {
        self.wanted = recorder.wanted();
        self.recorder = Some(recorder);
        self
    }

    /// Which of the facts that cost something to find the recorder uses; none without a recorder.
    #[must_use]
    pub fn wanted(&self) -> Wanted {
        self.wanted
    }

    /// Reads the remote context from `carrier`, or gives an empty one; the [`Edge`] decides what of it
    /// goes on.
    ///
    /// It starts from [`Context::new`]: what happens to be current on this thread is no parent.
    #[must_use]
    pub fn extract(&self, carrier: &dyn Extractor) -> Context {
        let remote = self.with_propagator(|propagator| {
            propagator.extract_with_context(&Context::new(), carrier)
        });
        match &self.gate {
            None => remote,
            Some(gate) => gate.admit(remote),
        }
    }

    /// Reads the remote context from `carrier` as [`Edge::NewTrace`] has it, whatever the edge is: for
    /// a request of a stranger among others.
    #[must_use]
    pub fn extract_untrusted(&self, carrier: &dyn Extractor) -> Context {
        edge::new_trace(&self.with_propagator(|propagator| {
            propagator.extract_with_context(&Context::new(), carrier)
        }))
    }

    /// Writes `context` into `carrier`.
    ///
    /// The carrier's [`fields`](Self::for_each_field) must have been removed before, since a carrier
    /// can only set: what the propagator does not write now would survive from an earlier hop.
    pub fn inject(&self, context: &Context, carrier: &mut dyn Injector) {
        self.with_propagator(|propagator| propagator.inject_context(context, carrier));
    }

    /// Calls `visit` with the name of every header that [`inject`](Self::inject) may write.
    pub fn for_each_field(&self, visit: impl FnMut(&str)) {
        self.with_propagator(|propagator| propagator.fields().for_each(visit));
    }

    pub(super) fn scope_kind(&self) -> Scope {
        self.scope
    }

    pub(super) fn recorder_handle(&self) -> Option<&Arc<dyn Recorder>> {
        self.recorder.as_ref()
    }

    /// Starts a span with the tracer that is in force now.
    pub(super) fn start(&self, builder: SpanBuilder, parent: &Context) -> Begun {
        if let Some(tracer) = self.tracer.as_ref().or_else(|| self.found.get()) {
            return tracer.start(builder, parent);
        }
        let tracer = install::tracer(&self.instrumentation).unwrap_or_else(|| {
            TracerHandle::new(
                global::tracer_provider().tracer_with_scope(self.instrumentation.clone()),
            )
        });
        let begun = tracer.start(builder, parent);
        if begun.own {
            // A no-op tracer is not kept: the provider may yet be set. Two threads may both find one.
            let _ = self.found.set(tracer);
        }
        begun
    }

    fn with_propagator<R>(&self, act: impl FnOnce(&dyn TextMapPropagator) -> R) -> R {
        match &self.propagator {
            Some(propagator) => act(propagator.as_ref()),
            None => act(install::propagator()),
        }
    }
}

/// Gives an adapter's builder the setters of its [`Options`]: in the named field, or in the place that
/// an expression gives.
#[doc(hidden)]
#[macro_export]
macro_rules! option_setters {
    ($field:ident) => {
        $crate::option_setters!(self => self.$field);
    };
    ($this:ident => $options:expr) => {
        /// Sets the tracer that starts the spans.
        ///
        /// Default: what `traceprop_core::Telemetry` installed, else `opentelemetry::global`; it is
        /// looked up when the first call starts.
        #[must_use]
        pub fn tracer<T>(mut $this, tracer: T) -> Self
        where
            T: $crate::opentelemetry::trace::Tracer + Send + Sync + 'static,
            T::Span: Send + Sync + 'static,
        {
            $options = $options.clone().tracer(tracer);
            $this
        }

        /// Sets the propagator that reads and writes the headers.
        ///
        /// Default: what `traceprop_core::Telemetry` installed, else what `OTEL_PROPAGATORS` names,
        /// else W3C trace context and baggage.
        #[must_use]
        pub fn propagator(
            mut $this,
            propagator: impl $crate::opentelemetry::propagation::TextMapPropagator
            + Send
            + Sync
            + 'static,
        ) -> Self {
            $options = $options.clone().propagator(propagator);
            $this
        }

        /// Sets what becomes of the trace that a caller sends. Default: `Edge::Trusted`.
        ///
        /// It is for servers and consumers; clients and producers read no one's trace.
        #[must_use]
        pub fn edge(mut $this, edge: $crate::call::Edge) -> Self {
            $options = $options.clone().edge(edge);
            $this
        }

        /// Sets whether a call opens a `tracing` span.
        ///
        /// Default: `Scope::Linked` for servers and consumers, `Scope::Off` for clients and
        /// producers.
        #[must_use]
        pub fn scope(mut $this, scope: $crate::call::Scope) -> Self {
            $options = $options.clone().scope(scope);
            $this
        }

        /// Sets who is told of every call, for metrics. Default: nobody.
        #[must_use]
        pub fn recorder(
            mut $this,
            recorder: impl Into<::std::sync::Arc<dyn $crate::call::Recorder>>,
        ) -> Self {
            $options = $options.clone().recorder(recorder.into());
            $this
        }
    };
}
