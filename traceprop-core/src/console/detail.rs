//! What stands below a row, if anything: its error, where it comes from, where it leads.

use opentelemetry::{Value, trace::SpanKind};

use super::{
    Waterfall,
    cells::{duration, elide},
};
use crate::tree::{Bottleneck, Charset, Node, Position};

/// The columns that one attribute's value takes at most.
const VALUE: usize = 40;

/// The links that are shown of a span; a batch can have thousands.
pub(super) const LINKS: usize = 4;

/// Where a call leads that has left no span of its own, in order of preference.
const PEERS: [&str; 3] = [
    "peer.service",
    "server.address",
    "messaging.destination.name",
];

/// Whether [`line`] or [`Span::error`](crate::tree::Span::error) looks at an attribute.
pub(super) fn looks_at(key: &str) -> bool {
    key == "error.type" || PEERS.contains(&key)
}

/// What is worth saying about a span beside its times; empty for most.
pub(super) fn line(
    node: &Node<'_>,
    longest_wait: Option<&Bottleneck<'_>>,
    style: &Waterfall,
) -> String {
    let charset = style.charset();
    let (into, from) = match charset {
        Charset::Unicode => ("⇢", "←"),
        Charset::Ascii => ("->", "<-"),
    };
    let mut notes = Vec::new();
    if let Some(wait) = longest_wait.filter(|wait| wait.node.span_id == node.span_id) {
        let waited = duration(node.waited(), charset);
        notes.push(format!("{from} waited {waited}, {}%", wait.percent()));
    }
    notes.extend(origin(node).map(|text| format!("{from} {text}")));
    let outgoing = matches!(node.kind, SpanKind::Client | SpanKind::Producer);
    if outgoing && node.children().len() == 0 {
        let peer = PEERS.iter().find_map(|key| node.attribute(key));
        notes.extend(peer.map(|peer| format!("{into} {}", shown(peer, charset))));
    }
    for link in node.links.iter().take(LINKS) {
        let context = &link.span_context;
        notes.push(format!("link {}/{}", context.trace_id(), context.span_id()));
    }
    if node.links.len() > LINKS {
        notes.push("and more".to_owned());
    }
    for key in &style.attributes {
        let value = node.attribute(key);
        notes.extend(value.map(|value| format!("{key}={}", shown(value, charset))));
    }
    notes.join("  ")
}

fn origin(node: &Node<'_>) -> Option<String> {
    match (node.position(), node.parent_span_id, node.parent_is_remote) {
        (Position::Cycle, ..) => Some("its own ancestor".to_owned()),
        (Position::Orphan, Some(id), Some(true)) => Some(format!("{id} in another process")),
        (Position::Orphan, Some(id), _) => Some(format!("{id}, not recorded")),
        _ => None,
    }
}

fn shown(value: &Value, charset: Charset) -> String {
    elide(&value.as_str(), VALUE, charset)
}
