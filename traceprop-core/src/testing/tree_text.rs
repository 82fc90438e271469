//! A trace as text that is the same on every run.

use std::{collections::HashMap, fmt};

use opentelemetry::trace::{SpanId, SpanKind};

use super::diff;
use crate::tree::{Charset, Node, Position, Trace, printable, rows::rows};

/// A [`Trace`] as text for comparison: services, names, kinds and errors; no ids and no times.
///
/// One line a span, `service  name  kind`, then the attributes that were asked for; `!error` for a
/// failed span; `(remote parent)`, `(orphan)` or `(cycle)` where a span has no parent in the trace and
/// should have one. Siblings are in order of start and then of name.
///
/// ```
/// # use opentelemetry::{KeyValue, trace::{Span, Tracer}};
/// # let otel = traceprop_core::testing::TestOtel::new("orders");
/// # otel.tracer().start("db.query").set_attribute(KeyValue::new("db.system.name", "sqlite"));
/// let trace = otel.single_trace();
/// let text = trace.text().attributes(["db.system.name"]).to_string();
/// assert_eq!(text, "orders  db.query  internal  db.system.name=sqlite\n");
/// ```
#[derive(Clone, Debug)]
pub struct TreeText<'a> {
    trace: &'a Trace,
    attributes: Vec<String>,
    unordered: bool,
}

impl Trace {
    /// The trace as text, for comparison.
    #[must_use]
    pub fn text(&self) -> TreeText<'_> {
        TreeText {
            trace: self,
            attributes: Vec::new(),
            unordered: false,
        }
    }

    /// Compares the [text](Self::text) of the trace with what it should be. Indentation, trailing
    /// spaces, and empty lines before and after do not matter.
    ///
    /// # Panics
    ///
    /// If they differ; the message shows the trace, and what is missing and what is too much.
    #[track_caller]
    pub fn assert_tree(&self, expected: &str) {
        self.text().assert_eq(expected);
    }
}

impl TreeText<'_> {
    /// Shows the attributes with these keys where a span has them, in this order. Default: none.
    #[must_use]
    pub fn attributes<K: Into<String>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        self.attributes = keys.into_iter().map(Into::into).collect();
        self
    }

    /// Sorts siblings by their text, that of their children included, and not by start: for what runs
    /// at once and may start in any order.
    #[must_use]
    pub fn unordered(mut self) -> Self {
        self.unordered = true;
        self
    }

    /// Compares the text with what it should be, as [`Trace::assert_tree`] does.
    ///
    /// # Panics
    ///
    /// If they differ; the message shows the trace, and what is missing and what is too much.
    #[track_caller]
    pub fn assert_eq(&self, expected: &str) {
        let (actual, expected) = (self.to_string(), diff::dedent(expected));
        let (got, want): (Vec<_>, Vec<_>) = (actual.lines().collect(), expected.lines().collect());
        assert!(
            got == want,
            "the trace is not as expected\n{actual}\n- expected, + actual\n{}",
            diff::lines(&want, &got)
        );
    }

    /// The nodes in the order of display, but siblings by the text of their subtrees.
    fn sorted(&self) -> Vec<Node<'_>> {
        // What lies so deep in a subtree no longer decides; keeps deep traces from growing squarely.
        const KEY: usize = 4_000;
        let mut keys: HashMap<SpanId, String> = HashMap::new();
        let sort = |nodes: &mut Vec<Node<'_>>, keys: &HashMap<SpanId, String>| {
            nodes.sort_by(|a, b| keys.get(&a.span_id).cmp(&keys.get(&b.span_id)));
        };
        let preorder: Vec<_> = self.trace.nodes().collect();
        // Backwards, children come before their parents.
        for node in preorder.iter().rev() {
            let mut key = self.label(node);
            let mut children: Vec<_> = node.children().collect();
            sort(&mut children, &keys);
            for text in children.iter().filter_map(|child| keys.get(&child.span_id)) {
                key.push('\n');
                key.extend(text.chars().take(KEY.saturating_sub(key.len())));
            }
            keys.insert(node.span_id, key);
        }
        let mut stack: Vec<_> = self.trace.tops().collect();
        sort(&mut stack, &keys);
        stack.reverse();
        let mut sorted = Vec::new();
        while let Some(node) = stack.pop() {
            let mut children: Vec<_> = node.children().collect();
            sort(&mut children, &keys);
            stack.extend(children.into_iter().rev());
            sorted.push(node);
        }
        sorted
    }

    fn label(&self, node: &Node<'_>) -> String {
        let kind = match node.kind {
            SpanKind::Client => "client",
            SpanKind::Server => "server",
            SpanKind::Producer => "producer",
            SpanKind::Consumer => "consumer",
            SpanKind::Internal => "internal",
        };
        let mut label = format!("{}  {}  {kind}", node.service, node.name);
        for key in &self.attributes {
            if let Some(value) = node.attribute(key) {
                label.push_str(&format!("  {key}={value}"));
            }
        }
        if node.is_error() {
            label.push_str("  !error");
        }
        label.push_str(match (node.position(), node.parent_is_remote) {
            (Position::Orphan, Some(true)) => "  (remote parent)",
            (Position::Orphan, _) => "  (orphan)",
            (Position::Cycle, _) => "  (cycle)",
            (Position::Root | Position::Child, _) => "",
        });
        printable(&label, Charset::Unicode).into_owned()
    }
}

impl fmt::Display for TreeText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Nobody reads beyond; without a bound, a runaway test would print megabytes.
        const LEVELS: usize = 40;
        let nodes = if self.unordered {
            self.sorted()
        } else {
            self.trace.nodes().collect()
        };
        for row in rows(nodes.into_iter(), Charset::Unicode, LEVELS) {
            writeln!(f, "{}{}", row.branches, self.label(&row.node))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::fixture::{of_service, span};
    use opentelemetry::{KeyValue, trace::Status};

    fn concurrent(turn: bool) -> Trace {
        let (a, b) = if turn { (1, 2) } else { (2, 1) };
        Trace::build(vec![
            span(1, 0, "root", 0, 9),
            span(2, 1, "call", a, 5),
            span(3, 2, "left", a, 5),
            span(4, 1, "call", b, 5),
            span(5, 4, "right", b, 5),
        ])
    }

    #[test]
    fn concurrent_siblings_have_one_text() {
        let ordered = |turn| concurrent(turn).text().to_string();
        assert_ne!(ordered(true), ordered(false));
        for turn in [true, false] {
            concurrent(turn).text().unordered().assert_eq(
                "
                orders  root  internal
                ├─ orders  call  internal
                │  └─ orders  left  internal
                └─ orders  call  internal
                   └─ orders  right  internal",
            );
        }
    }

    #[test]
    fn marks_and_attributes() {
        let mut failed = of_service(span(1, 9, "GET", 0, 9), "orders", SpanKind::Server);
        failed.status = Status::error("boom");
        failed.parent_is_remote = Some(true);
        failed.attributes = vec![KeyValue::new("order.id", 7), KeyValue::new("noise", 1)];
        let trace = Trace::build(vec![
            failed,
            span(2, 8, "lost\n", 1, 2),
            span(3, 3, "loop", 3, 4),
        ]);
        trace.text().attributes(["order.id", "absent"]).assert_eq(
            "orders  GET  server  order.id=7  !error  (remote parent)
             orders  lost␊  internal  (orphan)
             orders  loop  internal  (cycle)",
        );
    }

    #[test]
    #[should_panic(expected = "the trace is not as expected\n\
        orders  root  internal\n\
        └─ orders  child  internal\n\
        \n- expected, + actual\n\
        \x20 orders  root  internal\n\
        - └─ orders  kid  internal\n\
        + └─ orders  child  internal\n")]
    fn a_difference_is_shown() {
        let trace = Trace::build(vec![span(1, 0, "root", 0, 9), span(2, 1, "child", 1, 2)]);
        trace.assert_tree("orders  root  internal\n└─ orders  kid  internal");
    }

    #[test]
    fn deep_traces_do_not_overflow_the_stack() {
        let deep = Trace::build(
            (1..=20_000)
                .map(|id| span(id, id - 1, "s", id, 99_999))
                .collect(),
        );
        assert_eq!(deep.text().unordered().to_string().lines().count(), 20_000);
    }
}
