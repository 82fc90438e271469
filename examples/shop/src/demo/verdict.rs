//! Whether every request became one connected trace.

use std::collections::{BTreeSet, HashMap};

use opentelemetry::trace::TraceId;
use traceprop_core::tree::Trace;

use super::load::Answer;
use crate::services;

/// What is counted, and what is wrong.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    pub(super) spans: usize,
    pub(super) orphans: usize,
    pub(super) problems: Vec<String>,
}

/// Judges the traces of a run that sent `answers.len()` requests and nothing else.
pub(super) fn judge(traces: &[Trace], answers: &[Answer]) -> Verdict {
    let mut verdict = Verdict::default();
    for trace in traces {
        verdict.spans += trace.spans().len();
        verdict.orphans += trace.orphans().count();
        verdict.problems.extend(disconnected(trace));
    }
    if traces.len() != answers.len() {
        verdict.problems.push(format!(
            "{} requests became {} traces",
            answers.len(),
            traces.len()
        ));
    }
    let by_id: HashMap<TraceId, &Trace> = traces.iter().map(|t| (t.trace_id(), t)).collect();
    for answer in answers {
        verdict.problems.extend(answer.problem());
        verdict.problems.extend(incomplete(answer, &by_id));
    }
    verdict
}

/// What keeps a trace from being one tree.
fn disconnected(trace: &Trace) -> Vec<String> {
    let id = trace.trace_id();
    let mut problems = Vec::new();
    match trace.roots().count() {
        1 => {}
        roots => problems.push(format!("trace {id} has {roots} roots")),
    }
    for orphan in trace.orphans() {
        problems.push(format!(
            "trace {id}: {} of {} has a parent that never came",
            orphan.name, orphan.service
        ));
    }
    for cycle in trace.cycles() {
        problems.push(format!("trace {id}: {} is its own ancestor", cycle.name));
    }
    for again in trace.duplicates() {
        problems.push(format!(
            "trace {id}: {} has the id of another span",
            again.name
        ));
    }
    problems
}

/// An order that was placed goes through all five services.
fn incomplete(answer: &Answer, traces: &HashMap<TraceId, &Trace>) -> Option<String> {
    if answer.status.is_err() {
        return None;
    }
    let Some(id) = answer.trace_id else {
        return Some("an answer of the gateway names no trace".to_owned());
    };
    let Some(trace) = traces.get(&id) else {
        return Some(format!("trace {id} did not arrive"));
    };
    if !answer.placed() {
        return None;
    }
    let seen: BTreeSet<&str> = trace.spans().iter().map(|span| &*span.service).collect();
    let missing: Vec<&str> = services::NAMES
        .into_iter()
        .filter(|name| !seen.contains(name))
        .collect();
    (!missing.is_empty()).then(|| format!("trace {id} lacks {}", missing.join(", ")))
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use opentelemetry::trace::SpanId;
    use traceprop_core::tree::Span;

    use super::super::load::Kind;
    use super::*;

    fn span(id: u64, parent: u64, service: &'static str) -> Span {
        let now = SystemTime::UNIX_EPOCH;
        let mut span = Span::new(
            TraceId::from(7),
            SpanId::from(id),
            service,
            "span",
            now,
            now,
        );
        span.parent_span_id = (parent > 0).then(|| SpanId::from(parent));
        span
    }

    fn chain() -> Vec<Span> {
        (1..)
            .zip(services::NAMES)
            .map(|(id, service)| span(id, id - 1, service))
            .collect()
    }

    #[test]
    fn only_one_whole_tree_passes() {
        let mut orphan = chain();
        orphan.remove(1);
        let mut roots = chain();
        roots.push(span(9, 0, "orders"));
        let mut again = chain();
        again.push(span(1, 0, "gateway"));
        let mut short = chain();
        short.pop();
        #[rustfmt::skip]
        let table = [
            ("a chain of all five",      chain(), 0),
            ("a parent never came",      orphan,  2),
            ("two roots",                roots,   1),
            ("one id twice",             again,   1),
            ("no fifth service",         short,   1),
        ];
        let answer = Answer {
            kind: Kind::Order,
            status: Ok(201),
            trace_id: Some(TraceId::from(7)),
        };
        let answers = [answer];
        for (name, spans, problems) in table {
            let verdict = judge(&[Trace::build(spans)], &answers);
            assert_eq!(
                verdict.problems.len(),
                problems,
                "{name}: {:?}",
                verdict.problems
            );
        }
        assert_eq!(judge(&[], &answers).problems.len(), 2, "no trace at all");
    }
}
