//! The time during which a thread is inside a call.

use std::sync::Arc;

use opentelemetry::trace::TraceContextExt;
use opentelemetry::{Context, KeyValue};

use super::Call;
use super::current::Learning;
use super::facts::Facts;
use super::labels::Labels;
use super::scope::Inside;
use crate::semconv;

/// Keeps this thread inside a [`Call`]: its scope is entered, its context attached.
///
/// It borrows the call, so a call cannot end while a thread is inside it: its end would run under
/// locks that the scope takes as well.
#[must_use = "the thread leaves the call when this is dropped"]
pub struct Entered<'a> {
    _inside: Inside<'a>,
    learning: Option<Learning>,
    named: Named<'a>,
}

/// The parts of a call that its route goes into.
pub(super) struct Named<'a> {
    pub(super) facts: &'a mut Facts,
    pub(super) labels: &'a mut Labels,
    pub(super) context: &'a Context,
    pub(super) recording: bool,
}

impl<'a> Entered<'a> {
    pub(super) fn new(call: &'a mut Call) -> Self {
        let learning = call.is_handled_here().then(Learning::begin);
        Self {
            _inside: call.opened.enter(&call.context),
            learning,
            named: Named {
                facts: &mut call.facts,
                labels: &mut call.labels,
                context: &call.context,
                recording: call.recording,
            },
        }
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        let Some(learnt) = self.learning.as_mut().map(Learning::end) else {
            return;
        };
        if let Some(route) = learnt.route {
            self.named.set_route(route);
        }
        if !learnt.labels.is_empty() {
            self.named.labels.merge(learnt.labels);
        }
    }
}

impl Named<'_> {
    pub(super) fn set_route(&mut self, route: Arc<str>) {
        let Facts::Http(http) = &mut *self.facts else {
            return;
        };
        if self.recording {
            let span = self.context.span();
            span.update_name(format!("{} {route}", http.name_of_method()));
            span.set_attribute(KeyValue::new(semconv::HTTP_ROUTE, route.clone()));
        }
        http.route = Some(route);
    }
}

impl std::fmt::Debug for Entered<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Entered")
    }
}
