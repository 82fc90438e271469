//! What is known of a call, which grows while it runs.

use std::borrow::Cow;
use std::sync::Arc;

use opentelemetry::trace::TraceContextExt;
use opentelemetry::{Context, KeyValue};

use super::current::Learnt;
use super::facts::Facts;
use super::labels::Labels;
use super::recorder::Outcome;
use crate::semconv;

#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) facts: Facts,
    pub(super) labels: Labels,
    /// The `error.type` that code inside the call gave it.
    pub(super) failure: Option<Cow<'static, str>>,
    pub(super) ignored: bool,
    /// A panic went through the call.
    pub(super) panicked: bool,
    /// The span's name is the user's own, which a route does not change.
    pub(super) keeps_name: bool,
}

impl Known {
    pub(super) fn learn(&mut self, learnt: Learnt, context: &Context, recording: bool) {
        if let Some(route) = learnt.route {
            self.set_route(route, context, recording);
        }
        if !learnt.labels.is_empty() {
            self.labels.merge(learnt.labels);
        }
        if learnt.failure.is_some() {
            self.failure = learnt.failure;
        }
        self.ignored |= learnt.ignored;
    }

    pub(super) fn set_route(&mut self, route: Arc<str>, context: &Context, recording: bool) {
        let Facts::Http(http) = &mut self.facts else {
            return;
        };
        if http.route.as_ref() == Some(&route) {
            return;
        }
        if recording {
            let span = context.span();
            if !self.keeps_name {
                span.update_name([http.name_of_method(), " ", &route].concat());
            }
            span.set_attribute(KeyValue::new(semconv::HTTP_ROUTE, route.clone()));
        }
        http.route = Some(route);
    }

    /// How the call ended, by all that is known of it; `outcome` is what its adapter saw.
    pub(super) fn verdict(&mut self, outcome: Outcome) -> Outcome {
        if self.ignored {
            Outcome::Ignored
        } else if self.panicked {
            Outcome::failed("panic")
        } else if let Some(error_type) = self.failure.take() {
            Outcome::failed(error_type)
        } else {
            outcome
        }
    }
}
