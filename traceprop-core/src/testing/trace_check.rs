//! Assertions on whole traces.

use super::SpanCheck;
use crate::tree::{Charset, Node, Position, Trace, printable};

/// The text of all traces, for the message of a failed assertion.
pub(super) fn all(traces: &[Trace]) -> String {
    match traces {
        [] => "no span has ended".to_owned(),
        _ => traces
            .iter()
            .map(|trace| trace.text().to_string())
            .collect::<Vec<_>>()
            .join("\n"),
    }
}

/// A span as a message calls it.
pub(super) fn called(node: &Node<'_>) -> String {
    printable(
        &format!("{} `{}`", node.service, node.name),
        Charset::Unicode,
    )
    .into_owned()
}

impl Trace {
    /// Asserts that all spans hang together: there is at least one; they have one trace id; no two have
    /// the same span id; none is its own ancestor; and exactly one has no parent among them.
    ///
    /// That one may have a parent in a process that records nothing here, such as the test's own
    /// `traceparent` header.
    ///
    /// # Panics
    ///
    /// If they do not; the message shows the trace, and each span in the wrong place with the reason.
    #[track_caller]
    pub fn assert_connected(&self) {
        let mut problems = Vec::new();
        if self.spans().is_empty() {
            problems.push("it has no spans".to_owned());
        }
        for span in self.foreign() {
            problems.push(format!("{} is of trace {}", span.name, span.trace_id));
        }
        for span in self.duplicates() {
            problems.push(format!(
                "{} has the id {} of another span",
                span.name, span.span_id
            ));
        }
        let alone = self.tops().count() == 1;
        for top in self.tops() {
            let remote = top.parent_is_remote == Some(true);
            match top.position() {
                Position::Root if alone => {}
                Position::Orphan if alone && remote => {}
                _ => problems.push(format!("{} {}", called(&top), without_parent(&top))),
            }
        }
        let problems: Vec<_> = problems
            .iter()
            .map(|p| printable(p, Charset::Unicode))
            .collect();
        assert!(
            problems.is_empty(),
            "the trace is not connected:\n- {}\n{}",
            problems.join("\n- "),
            self.text()
        );
    }

    /// The span of that name without a parent in the trace, for more assertions.
    ///
    /// # Panics
    ///
    /// If there is none, or more than one; the message shows the trace.
    #[must_use]
    #[track_caller]
    pub fn root(&self, name: &str) -> SpanCheck<'_> {
        SpanCheck::only(self, self.tops(), name, "at the top")
    }

    /// The span of that name, wherever it is in the trace, for more assertions.
    ///
    /// # Panics
    ///
    /// If there is none, or more than one; the message shows the trace.
    #[must_use]
    #[track_caller]
    pub fn find(&self, name: &str) -> SpanCheck<'_> {
        SpanCheck::only(self, self.nodes(), name, "in the trace")
    }
}

/// Why a span has no parent in the trace.
pub(super) fn without_parent(node: &Node<'_>) -> String {
    match (node.position(), node.parent_span_id, node.parent_is_remote) {
        (Position::Cycle, ..) => "is its own ancestor".to_owned(),
        (_, Some(id), Some(true)) => format!(
            "names the remote parent {id}, which has not ended here: the span that was injected is \
             open, not sampled, or not of a recorded service"
        ),
        (_, Some(id), _) => {
            format!("names the parent {id}, which has not ended here: it is open or not sampled")
        }
        (_, None, _) => "is a root: no context reached it".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{Span, fixture::span};
    use opentelemetry::trace::TraceId;

    fn orphan(remote: Option<bool>) -> Span {
        let mut orphan = span(2, 9, "orphan", 1, 2);
        orphan.parent_is_remote = remote;
        orphan
    }

    #[test]
    fn connected() {
        Trace::build(vec![span(1, 0, "root", 0, 9), span(2, 1, "child", 1, 2)]).assert_connected();
        Trace::build(vec![orphan(Some(true)), span(3, 2, "child", 1, 2)]).assert_connected();
    }

    #[test]
    fn not_connected() {
        let root = || span(1, 0, "root", 0, 9);
        let foreign = || {
            let mut foreign = span(2, 1, "foreign", 1, 2);
            foreign.trace_id = TraceId::from(2);
            foreign
        };
        #[rustfmt::skip]
        let table = [
            // what it shows     spans                                    the reason
            ("empty",            vec![],                                  "it has no spans"),
            ("two roots",        vec![root(), span(2, 0, "b", 1, 2)],     "orders `b` is a root: no context reached it"),
            ("a local orphan",   vec![orphan(Some(false))],               "names the parent 0000000000000009"),
            ("not known where",  vec![orphan(None)],                      "names the parent 0000000000000009"),
            ("remote and root",  vec![root(), orphan(Some(true))],        "names the remote parent 0000000000000009"),
            ("a cycle",          vec![span(1, 1, "a", 0, 9)],             "orders `a` is its own ancestor"),
            ("a duplicate",      vec![root(), span(1, 0, "x\n", 1, 2)],   "x␊ has the id 0000000000000001 of another"),
            ("of another trace", vec![root(), foreign()],                 "foreign is of trace 00000000000000000000000000000002"),
        ];
        for (name, spans, reason) in table {
            let trace = Trace::build(spans);
            let failure = std::panic::catch_unwind(|| trace.assert_connected()).unwrap_err();
            let message = failure.downcast::<String>().unwrap();
            assert!(
                message.starts_with("the trace is not connected:\n- "),
                "{name}: {message}"
            );
            assert!(message.contains(reason), "{name}: {message}");
            assert!(
                message.ends_with(&trace.text().to_string()),
                "{name}: {message}"
            );
        }
    }
}
