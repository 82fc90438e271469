//! Several propagators as one.

use opentelemetry::Context;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::TraceContextExt;

use super::error::on_current_context;

/// Runs propagators in the order of a list, as [OpenTelemetry] has it.
///
/// Each extracts into the context that the one before has left: of two that find a span context the
/// last wins, and one that finds nothing changes nothing. Without propagators it does nothing.
/// [`first_match`](Self::first_match) is for those who need it the other way round.
///
/// [`fields`](TextMapPropagator::fields) names each header once, in the order of the list.
///
/// ```
/// use opentelemetry::propagation::TextMapPropagator;
/// use traceprop_core::propagation::{
///     BaggagePropagator, CompositePropagator, TraceContextPropagator,
/// };
///
/// let propagator = CompositePropagator::new(vec![
///     Box::new(TraceContextPropagator::new()),
///     Box::new(BaggagePropagator::new()),
/// ]);
/// let fields: Vec<_> = propagator.fields().collect();
/// assert_eq!(fields, ["traceparent", "tracestate", "baggage"]);
/// ```
///
/// [OpenTelemetry]: https://opentelemetry.io/docs/specs/otel/context/api-propagators/#composite-propagator
#[derive(Debug, Default)]
pub struct CompositePropagator {
    propagators: Vec<Box<dyn TextMapPropagator + Send + Sync>>,
    fields: Vec<String>,
    first_match: bool,
}

impl CompositePropagator {
    /// Makes one propagator of these, in this order.
    #[must_use]
    pub fn new(propagators: Vec<Box<dyn TextMapPropagator + Send + Sync>>) -> Self {
        let mut fields: Vec<String> = Vec::new();
        for field in propagators
            .iter()
            .flat_map(|propagator| propagator.fields())
        {
            if !fields.iter().any(|known| known == field) {
                fields.push(field.to_owned());
            }
        }
        Self {
            propagators,
            fields,
            first_match: false,
        }
    }

    /// The same, but of two that find a span context the first wins: for a migration, in which the
    /// headers of the old format may be stale.
    ///
    /// All is left out that a later one reads beside its span context.
    ///
    /// ```
    /// use std::collections::HashMap;
    /// use opentelemetry::{Context, propagation::TextMapPropagator, trace::TraceContextExt};
    /// use traceprop_core::propagation::{
    ///     B3Propagator, CompositePropagator, TraceContextPropagator,
    /// };
    ///
    /// let propagator = CompositePropagator::first_match(vec![
    ///     Box::new(TraceContextPropagator::new()),
    ///     Box::new(B3Propagator::single()),
    /// ]);
    /// let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    /// let request = HashMap::from([
    ///     ("traceparent".to_owned(), parent.to_owned()),
    ///     ("b3".to_owned(), "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1".to_owned()),
    /// ]);
    /// let cx = propagator.extract_with_context(&Context::new(), &request);
    /// assert_eq!(cx.span().span_context().span_id().to_string(), "b7ad6b7169203331");
    /// ```
    #[must_use]
    pub fn first_match(propagators: Vec<Box<dyn TextMapPropagator + Send + Sync>>) -> Self {
        Self {
            first_match: true,
            ..Self::new(propagators)
        }
    }

    /// What is left once the first span context that is found has won.
    fn extract_first(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let mut found = false;
        self.propagators.iter().fold(cx.clone(), |cx, propagator| {
            let next = propagator.extract_with_context(&cx, extractor);
            let another = next.span().span_context() != cx.span().span_context();
            if another && found {
                return cx;
            }
            found |= another;
            next
        })
    }
}

impl TextMapPropagator for CompositePropagator {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        for propagator in &self.propagators {
            propagator.inject_context(cx, injector);
        }
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        if self.first_match {
            return self.extract_first(cx, extractor);
        }
        self.propagators.iter().fold(cx.clone(), |cx, propagator| {
            propagator.extract_with_context(&cx, extractor)
        })
    }

    on_current_context!();

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&self.fields)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::super::{BaggagePropagator, TraceContextPropagator};
    use super::*;

    #[test]
    fn fields_are_named_once_in_the_order_of_the_list() {
        let twice = CompositePropagator::new(vec![
            Box::new(BaggagePropagator::new()),
            Box::new(TraceContextPropagator::new()),
            Box::new(BaggagePropagator::new()),
        ]);
        let fields: Vec<_> = twice.fields().collect();
        assert_eq!(fields, ["baggage", "traceparent", "tracestate"]);
    }

    #[test]
    fn one_that_finds_nothing_changes_nothing() {
        let propagator = CompositePropagator::new(vec![
            Box::new(TraceContextPropagator::new()),
            Box::new(BaggagePropagator::new()),
        ]);
        let value = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let good = HashMap::from([("traceparent".to_owned(), value.to_owned())]);
        let bad = HashMap::from([
            ("traceparent".to_owned(), "garbage".to_owned()),
            ("baggage".to_owned(), "garbage".to_owned()),
        ]);
        let before = propagator.extract_with_context(&Context::new(), &good);
        let after = propagator.extract_with_context(&before, &bad);
        assert_eq!(after.span().span_context(), before.span().span_context());
        assert!(after.span().span_context().is_remote());
    }

    #[test]
    fn none_at_all_do_nothing() {
        let propagator = CompositePropagator::default();
        let mut carrier = HashMap::new();
        propagator.inject_context(&Context::new(), &mut carrier);
        assert!(carrier.is_empty());
        assert_eq!(propagator.fields().count(), 0);
    }
}
