//! The scope of one call: opened with it, adopted when it is first entered.

use opentelemetry::trace::TraceContextExt;
use opentelemetry::{Context, ContextGuard};
use tracing::field::display;

use super::adopt::{self, Expected};
use super::facts::Facts;
use super::scope::{self, IdText, Scope, TRACE_ID};

/// What a call enters around every poll.
#[derive(Debug)]
pub(super) struct Opened {
    /// None without a scope, or with one that a filter disabled.
    span: Option<tracing::Span>,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// Nobody has entered it yet, so it is not known who adopts it: tracing-opentelemetry starts a span
    /// when it is first entered, or at its end if it never was.
    Fresh(Expected),
    /// A scope for log lines; nobody adopted it.
    Logs,
    /// A scope that attaches the context when it is entered.
    Adopted,
    /// A layer that does not adopt made a span of its own, which would hide the call's: not entered.
    Foreign,
}

/// Leaves the scope first, then detaches the context.
pub(super) struct Inside<'a> {
    _scope: Option<tracing::span::Entered<'a>>,
    _context: Option<ContextGuard>,
}

impl Opened {
    pub(super) const NONE: Self = Self {
        span: None,
        state: State::Logs,
    };

    /// Opens the scope of a call that runs in `context`.
    ///
    /// `users` makes a span of the user's own in the place of the usual one. It is made only if it is
    /// entered: tracing-opentelemetry records every span that was made.
    pub(super) fn open(
        scope: Scope,
        facts: &Facts,
        users: Option<&mut dyn FnMut() -> tracing::Span>,
        context: &Context,
    ) -> Self {
        if scope == Scope::Off || !scope::is_safe(facts) {
            return Self::NONE;
        }
        // tracing-opentelemetry takes a span's parent from here, and from that what it attaches.
        let _attached = context.clone().attach();
        let trace_id = context.span().span_context().trace_id();
        let (span, expected) = match users {
            None => (
                scope::span(facts, trace_id),
                Expected::Scope(scope::name(facts)),
            ),
            Some(make) => {
                let span = make();
                span.record(TRACE_ID, display(IdText::of(trace_id)));
                let name = span.metadata().map_or("", tracing::Metadata::name);
                (span, Expected::Users(name))
            }
        };
        if span.is_disabled() {
            scope::warn_of_filter();
            return Self::NONE;
        }
        Self {
            span: Some(span),
            state: State::Fresh(expected),
        }
    }

    pub(super) fn enter<'a>(&'a mut self, context: &Context) -> Inside<'a> {
        let attached = match self.state {
            State::Fresh(expected) => return self.enter_first(expected, context),
            State::Logs | State::Foreign => Some(context.clone().attach()),
            // The layer attaches its own context for the same span, with the same values.
            State::Adopted => None,
        };
        Inside {
            _scope: self.scope(),
            _context: attached,
        }
    }

    /// Enters the scope, if it is one to be entered.
    fn scope(&self) -> Option<tracing::span::Entered<'_>> {
        let span = self.span.as_ref();
        span.filter(|_| !matches!(self.state, State::Foreign))
            .map(tracing::Span::enter)
    }

    /// Has the scope adopted if it never was entered: it is about to be dropped.
    pub(super) fn settle(&mut self, context: &Context) {
        if matches!(self.state, State::Fresh(_)) {
            drop(self.enter(context));
        }
    }

    fn enter_first<'a>(&'a mut self, expected: Expected, context: &Context) -> Inside<'a> {
        let attached = context.clone().attach();
        let Self { span, state } = self;
        let ((entered, foreign), adopted) = adopt::offer(expected, context.clone(), || {
            let entered = span.as_ref().map(tracing::Span::enter);
            let current = scope::current_span_id();
            (entered, current != context.span().span_context().span_id())
        });
        *state = match (adopted, foreign) {
            (true, _) => State::Adopted,
            (false, true) => State::Foreign,
            (false, false) => State::Logs,
        };
        if matches!(state, State::Foreign) {
            scope::found_foreign_layer();
        }
        Inside {
            _scope: entered.filter(|_| !matches!(state, State::Foreign)),
            _context: Some(attached),
        }
    }
}
