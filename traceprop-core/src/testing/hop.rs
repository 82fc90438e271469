//! Asserts that a trace goes from one service to another.

use opentelemetry::trace::SpanKind;

use super::trace_check::{called, without_parent};
use crate::tree::{Node, Trace};

impl Trace {
    /// Asserts that the trace goes directly from one service to another: a client's or producer's span
    /// of `from` is the parent, in another process, of a server's or consumer's span of `to`.
    ///
    /// # Panics
    ///
    /// If it does not; the message shows the trace, and for each span at which it could have arrived
    /// why it did not.
    #[track_caller]
    pub fn assert_hop(&self, from: &str, to: &str) {
        let mut reasons = Vec::new();
        for entry in self
            .nodes()
            .filter(|node| &*node.service == to && is_entry(node))
        {
            match obstacle(&entry, from) {
                None => return,
                Some(reason) => reasons.push(format!("{} {reason}", called(&entry))),
            }
        }
        if reasons.is_empty() {
            reasons.push(format!(
                "no server's or consumer's span of {to} is in this trace"
            ));
        }
        panic!(
            "no hop from {from} to {to}:\n- {}\n{}",
            reasons.join("\n- "),
            self.text()
        );
    }
}

fn is_entry(node: &Node<'_>) -> bool {
    matches!(node.kind, SpanKind::Server | SpanKind::Consumer)
}

/// Why the trace did not come from `from` to this span.
fn obstacle(entry: &Node<'_>, from: &str) -> Option<String> {
    let Some(parent) = entry.parent() else {
        return Some(without_parent(entry));
    };
    let name = called(&parent);
    if &*parent.service != from {
        return Some(format!("was called by {name}"));
    }
    if !matches!(parent.kind, SpanKind::Client | SpanKind::Producer) {
        return Some(format!(
            "has the parent {name}, which is no client's or producer's span: the context around the \
             call was injected, not the call's own"
        ));
    }
    (entry.parent_is_remote == Some(false)).then(|| {
        format!("has the parent {name} in its own process: the context did not pass a carrier")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{
        Span,
        fixture::{of_service, span},
    };
    use opentelemetry::trace::SpanKind::{Client, Consumer, Internal, Producer, Server};

    fn pair(from: SpanKind, to: SpanKind, parent: u64, remote: bool) -> Vec<Span> {
        let mut entry = of_service(span(3, parent, "verify", 2, 3), "payments", to);
        entry.parent_is_remote = (parent != 0).then_some(remote);
        vec![
            of_service(span(1, 0, "GET", 0, 9), "orders", Server),
            of_service(span(2, 1, "call", 1, 4), "orders", from),
            entry,
        ]
    }

    #[test]
    fn hops() {
        for (from, to) in [(Client, Server), (Producer, Consumer)] {
            Trace::build(pair(from, to, 2, true)).assert_hop("orders", "payments");
        }
        let mut unknown = pair(Client, Server, 2, true);
        unknown[2].parent_is_remote = None;
        Trace::build(unknown).assert_hop("orders", "payments");
    }

    #[test]
    fn reasons() {
        #[rustfmt::skip]
        let table = [
            // what it shows     spans                              from        the reason
            ("no entry",         pair(Client, Internal, 2, true),   "orders",   "no server's or consumer's span of payments"),
            ("a root",           pair(Client, Server, 0, true),     "orders",   "payments `verify` is a root: no context reached it"),
            ("never recorded",   pair(Client, Server, 99, true),    "orders",   "names the remote parent 0000000000000063"),
            ("from elsewhere",   pair(Client, Server, 2, true),     "shipping", "was called by orders `call`"),
            ("not from a call",  pair(Internal, Server, 2, true),   "orders",   "which is no client's or producer's span"),
            ("no carrier",       pair(Client, Server, 2, false),    "orders",   "in its own process"),
        ];
        for (name, spans, from, reason) in table {
            let trace = Trace::build(spans);
            let failed = std::panic::catch_unwind(|| trace.assert_hop(from, "payments"));
            let message = *failed.unwrap_err().downcast::<String>().unwrap();
            assert!(
                message.starts_with(&format!("no hop from {from} to payments:\n- ")),
                "{name}"
            );
            assert!(message.contains(reason), "{name}: {message}");
            assert!(
                message.ends_with(&trace.text().to_string()),
                "{name}: {message}"
            );
        }
    }
}
