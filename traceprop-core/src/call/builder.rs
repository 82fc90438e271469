//! The description of a call that is about to start.

use std::borrow::Cow;

use opentelemetry::trace::{Link, SpanBuilder, SpanContext, SpanKind, TraceContextExt};
use opentelemetry::{Context, KeyValue, StringValue};

use super::facts::Facts;
use super::labels::Labels;
use super::opened::Opened;
use super::recorder::Started;
use super::scope::Scope;
use super::{Call, Options, Running, clock, edge};
use crate::propagation::ContextExt;
use crate::propagation::carrier::JAEGER_DEBUG_ID;

/// Describes a call before it starts: what a sampler may want to see, and what metrics need.
///
/// ```
/// use opentelemetry::{Context, KeyValue};
/// use traceprop_core::call::{Call, Options, Outcome, Scope};
///
/// let options = Options::new("my-adapter", Scope::Off);
/// let call = Call::client("GET")
///     .parent(Context::current())
///     .attributes(vec![KeyValue::new("http.request.method", "GET")])
///     .start(&options);
/// call.finish(Outcome::Completed);
/// ```
#[derive(Debug)]
#[must_use = "a call starts with `start`"]
pub struct CallBuilder {
    // The call itself, so that what each setter moves is small.
    running: Box<Running>,
    name: Cow<'static, str>,
    parent: Option<Context>,
    attributes: Vec<KeyValue>,
    links: Vec<Link>,
}

impl CallBuilder {
    #[inline]
    pub(super) fn new(kind: SpanKind, name: Cow<'static, str>) -> Self {
        Self {
            running: Box::new(Running::new(kind)),
            name,
            parent: None,
            attributes: Vec::new(),
            links: Vec::new(),
        }
    }

    // The setters are inlined, since each moves the whole description.

    /// Sets the parent's context, local or remote. Default: [`Context::current`].
    #[inline]
    pub fn parent(mut self, parent: Context) -> Self {
        self.parent = Some(parent);
        self
    }

    /// Sets the attributes that a sampler may want to see; all others are set once the call records.
    #[inline]
    pub fn attributes(mut self, attributes: Vec<KeyValue>) -> Self {
        self.attributes = attributes;
        self
    }

    /// Links another span, which is related and not the parent.
    #[inline]
    pub fn link(mut self, span_context: SpanContext) -> Self {
        if span_context.is_valid() {
            self.links.push(Link::with_context(span_context));
        }
        self
    }

    /// Links another span, with attributes on the link.
    #[inline]
    pub fn link_with(mut self, span_context: SpanContext, attributes: Vec<KeyValue>) -> Self {
        if span_context.is_valid() {
            self.links.push(Link::new(span_context, attributes, 0));
        }
        self
    }

    /// Sets what the call is about, for its log scope and its metrics.
    #[inline]
    pub fn facts(mut self, facts: Facts) -> Self {
        self.running.known.facts = facts;
        self
    }

    /// Keeps the name, also when a route is found later.
    #[inline]
    pub fn keeps_name(mut self) -> Self {
        self.running.known.keeps_name = true;
        self
    }

    /// Labels the call for its metrics; see [`Labels`] for what a label may be.
    #[inline]
    pub fn label(mut self, name: &'static str, value: impl Into<StringValue>) -> Self {
        self.running.known.labels.set(name, value);
        self
    }

    /// Starts the span, opens the scope and tells the recorder.
    #[must_use = "a call that is dropped ends as cancelled"]
    pub fn start(self, options: &Options) -> Call {
        self.begin(options, None)
    }

    /// Starts the call with a scope of the user's own, if its [`Scope`] is linked: the `tracing` span
    /// that `make` gives, in the place of the usual one. A field `trace_id` that it declares as `Empty`
    /// is filled in.
    #[must_use = "a call that is dropped ends as cancelled"]
    pub fn start_in(self, options: &Options, make: impl FnOnce() -> tracing::Span) -> Call {
        let mut make = Some(make);
        let mut once = || make.take().map_or_else(tracing::Span::none, |make| make());
        self.begin(options, Some(&mut once))
    }

    fn begin(self, options: &Options, users: Option<&mut dyn FnMut() -> tracing::Span>) -> Call {
        let Self {
            mut running,
            name,
            parent,
            mut attributes,
            mut links,
        } = self;
        let parent = parent.unwrap_or_else(Context::current);
        if !parent.span().span_context().is_valid() {
            from_afar(&parent, &mut attributes, &mut links);
        }
        let (started, started_at) = clock::now();
        let mut span = SpanBuilder::from_name(name)
            .with_kind(running.kind.clone())
            .with_start_time(started_at);
        // Not `with_attributes`, which copies them one by one.
        span.attributes = Some(attributes);
        span.links = (!links.is_empty()).then_some(links);
        let begun = options.start(span, &parent);
        running.recorder = options.recorder_handle().cloned();
        if let Some(recorder) = &running.recorder {
            if let (SpanKind::Client | SpanKind::Producer, Some(given)) =
                (&running.kind, parent.get())
            {
                let later = std::mem::take(&mut running.known.labels);
                running.known.labels = Labels::clone(given).merged(later);
            }
            recorder.started(&Started {
                kind: &running.kind,
                facts: &running.known.facts,
            });
        }
        // Without a span of the call's own there is nothing to adopt and no id for the log lines.
        let scope = if begun.own {
            options.scope_kind()
        } else {
            Scope::Off
        };
        running.opened = Opened::open(scope, &running.known.facts, users, &begun.context);
        running.context = begun.context;
        running.recording = begun.recording;
        running.started = Some((started, started_at));
        Call { running }
    }
}

/// What the first span of a trace takes from a caller that is not its parent.
fn from_afar(parent: &Context, attributes: &mut Vec<KeyValue>, links: &mut Vec<Link>) {
    if let Some(caller) = edge::link(parent) {
        links.push(Link::with_context(caller));
    }
    if let Some(id) = parent.jaeger_debug_id() {
        attributes.push(KeyValue::new(JAEGER_DEBUG_ID, id.to_owned()));
    }
}
