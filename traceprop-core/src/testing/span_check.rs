//! Assertions on one span.

use std::fmt::Display;

use opentelemetry::{Value, trace::SpanKind};

use super::trace_check::called;
use crate::tree::{Node, Trace};

/// One span of a trace under test. Each assertion returns it again, so that they can be chained;
/// [`child`](Self::child) goes one level down.
///
/// ```
/// # use opentelemetry::{Context, KeyValue, trace::{Span, SpanKind, TraceContextExt, Tracer}};
/// # let otel = traceprop_core::testing::TestOtel::new("orders");
/// # let tracer = otel.tracer();
/// # let request = Context::new().with_span(tracer.start_with_context("GET /orders/{id}", &Context::new()));
/// # tracer
/// #     .span_builder("call_payment")
/// #     .with_kind(SpanKind::Client)
/// #     .with_attributes([KeyValue::new("http.response.status_code", 200)])
/// #     .start_with_context(&tracer, &request);
/// # request.span().end();
/// let trace = otel.single_trace();
/// trace
///     .root("GET /orders/{id}")
///     .child("call_payment")
///     .kind(SpanKind::Client)
///     .attr("http.response.status_code", 200)
///     .no_error();
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SpanCheck<'a> {
    trace: &'a Trace,
    node: Node<'a>,
}

// Each assertion is used for its effect as often as for the span that it returns.
#[allow(clippy::must_use_candidate, clippy::return_self_not_must_use)]
impl<'a> SpanCheck<'a> {
    #[track_caller]
    pub(super) fn only(
        trace: &'a Trace,
        among: impl Iterator<Item = Node<'a>>,
        name: &str,
        place: &str,
    ) -> Self {
        let found: Vec<_> = among.filter(|node| node.name == name).collect();
        match found[..] {
            [node] => Self { trace, node },
            _ => panic!(
                "{} spans `{name}` are {place}, not one\n{}",
                found.len(),
                trace.text()
            ),
        }
    }

    /// The span with its place in the tree.
    #[must_use]
    pub fn node(self) -> Node<'a> {
        self.node
    }

    /// The child of that name.
    ///
    /// # Panics
    ///
    /// If it has none, or more than one; the message shows the trace.
    #[must_use]
    #[track_caller]
    pub fn child(self, name: &str) -> Self {
        let place = format!("below {}", called(&self.node));
        Self::only(self.trace, self.node.children(), name, &place)
    }

    /// Asserts how many children it has.
    ///
    /// # Panics
    ///
    /// If it has another number of them; the message shows the trace.
    #[track_caller]
    pub fn children(self, count: usize) -> Self {
        let found = self.node.children().len();
        self.check(
            found == count,
            format_args!("has {found} children, not {count}"),
        )
    }

    /// Asserts its kind.
    ///
    /// # Panics
    ///
    /// If it is of another kind; the message shows the trace.
    // By value, so that a test can write `SpanKind::Client` without a reference.
    #[allow(clippy::needless_pass_by_value)]
    #[track_caller]
    pub fn kind(self, kind: SpanKind) -> Self {
        let is = &self.node.span().kind;
        self.check(*is == kind, format_args!("is of kind {is:?}, not {kind:?}"))
    }

    /// Asserts which service it is of.
    ///
    /// # Panics
    ///
    /// If it is of another; the message shows the trace.
    #[track_caller]
    pub fn service(self, service: &str) -> Self {
        self.check(
            &*self.node.service == service,
            format_args!("is not of service {service}"),
        )
    }

    /// Asserts the value of an attribute, and its type.
    ///
    /// # Panics
    ///
    /// If it has another value or none; the message shows the trace and all its attributes.
    #[track_caller]
    pub fn attr(self, key: &str, value: impl Into<Value>) -> Self {
        let (is, value) = (self.node.span().attribute(key), value.into());
        let all = &self.node.span().attributes;
        self.check(
            is == Some(&value),
            format_args!("has not {key}={value:?}, but {all:?}"),
        )
    }

    /// Asserts that an attribute is not set, for example one that would hold a secret.
    ///
    /// # Panics
    ///
    /// If it is set; the message shows the trace and the value.
    #[track_caller]
    pub fn no_attr(self, key: &str) -> Self {
        let is = self.node.span().attribute(key);
        self.check(is.is_none(), format_args!("has {key}={is:?}"))
    }

    /// Asserts that it has an event of that name.
    ///
    /// # Panics
    ///
    /// If it has none; the message shows the trace and the names of all its events.
    #[track_caller]
    pub fn event(self, name: &str) -> Self {
        let all: Vec<_> = self
            .node
            .span()
            .events
            .iter()
            .map(|event| &*event.name)
            .collect();
        self.check(
            all.contains(&name),
            format_args!("has no event {name}, but {all:?}"),
        )
    }

    /// Asserts that its status is an error with that [text](crate::tree::Span::error).
    ///
    /// # Panics
    ///
    /// If its status is none, or has another text; the message shows the trace.
    #[track_caller]
    pub fn error(self, text: &str) -> Self {
        let is = self.node.span().error();
        self.check(
            is == Some(text),
            format_args!("has the error {is:?}, not {text:?}"),
        )
    }

    /// Asserts that its status is no error.
    ///
    /// # Panics
    ///
    /// If it is one; the message shows the trace and the error.
    #[track_caller]
    pub fn no_error(self) -> Self {
        let is = self.node.span().error();
        self.check(is.is_none(), format_args!("has the error {is:?}"))
    }

    #[track_caller]
    fn check(self, holds: bool, failure: impl Display) -> Self {
        assert!(
            holds,
            "{} {failure}\n{}",
            called(&self.node),
            self.trace.text()
        );
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::fixture::{at, span};
    use opentelemetry::{
        KeyValue,
        trace::{Event, Status},
    };

    fn trace() -> Trace {
        let mut call = span(2, 1, "call", 1, 2);
        call.kind = SpanKind::Client;
        call.status = Status::error("refused");
        call.attributes = vec![KeyValue::new("port", 80), KeyValue::new("host", "a")];
        call.events = vec![Event::new("retry", at(1), Vec::new(), 0)];
        Trace::build(vec![
            span(1, 0, "root", 0, 9),
            call,
            span(3, 1, "twin", 3, 4),
            span(4, 1, "twin", 4, 5),
        ])
    }

    #[test]
    fn what_holds() {
        let trace = trace();
        let call = trace.root("root").no_error().children(3).child("call");
        call.kind(SpanKind::Client)
            .service("orders")
            .attr("port", 80)
            .attr("host", "a");
        call.no_attr("secret")
            .event("retry")
            .error("refused")
            .children(0);
        assert_eq!(call.node().span_id, trace.find("call").node().span_id);
    }

    #[test]
    fn what_does_not() {
        type Check = fn(&Trace) -> SpanCheck<'_>;
        #[rustfmt::skip]
        let table: [(Check, &str); 14] = [
            (|t| t.root("call"),                        "0 spans `call` are at the top, not one"),
            (|t| t.find("twin"),                        "2 spans `twin` are in the trace, not one"),
            (|t| t.root("root").child("x"),             "0 spans `x` are below orders `root`, not one"),
            (|t| t.root("root").child("twin"),          "2 spans `twin` are below orders `root`, not one"),
            (|t| t.root("root").children(2),            "orders `root` has 3 children, not 2"),
            (|t| t.find("call").kind(SpanKind::Server), "orders `call` is of kind Client, not Server"),
            (|t| t.find("call").service("payments"),    "orders `call` is not of service payments"),
            (|t| t.find("call").attr("port", "80"),     "has not port=String(Static(\"80\")), but"),
            (|t| t.find("call").attr("absent", 1),      "orders `call` has not absent=I64(1), but"),
            (|t| t.find("call").no_attr("port"),        "orders `call` has port=Some(I64(80))"),
            (|t| t.find("call").event("x"),             "orders `call` has no event x, but [\"retry\"]"),
            (|t| t.find("call").error("late"),          "has the error Some(\"refused\"), not \"late\""),
            (|t| t.root("root").error("late"),          "has the error None, not \"late\""),
            (|t| t.find("call").no_error(),             "orders `call` has the error Some(\"refused\")"),
        ];
        for (check, reason) in table {
            let trace = trace();
            let failed = std::panic::catch_unwind(|| check(&trace)).unwrap_err();
            let message = failed.downcast::<String>().unwrap();
            assert!(message.contains(reason), "{reason}: {message}");
            assert!(message.ends_with(&trace.text().to_string()), "{message}");
        }
    }
}
