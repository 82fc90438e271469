//! What is printed at the end of a run.

use std::io::IsTerminal;
use std::process::ExitCode;

use opentelemetry::trace::TraceId;
use traceprop_core::console::Waterfall;
use traceprop_core::tree::{Span, Trace};

use super::load::{Answer, Kind};
use super::metrics::Metrics;
use super::receiver::Receiver;
use super::verdict::{Verdict, judge};
use crate::error::Result;

/// Prints the traces, the metrics and the count; the exit status is the verdict.
///
/// Without a receiver there are no traces to judge, only answers.
pub(super) fn print(
    receiver: Option<&Receiver>,
    answers: &[Answer],
    metrics: &Metrics,
    mut problems: Vec<String>,
) -> Result<ExitCode> {
    let exemplars = metrics.exemplars();
    let Some(receiver) = receiver else {
        problems.extend(answers.iter().filter_map(Answer::problem));
        print_metrics(metrics);
        println!(
            "{} requests, {} exemplars; the traces were sent elsewhere, so that they cannot be judged here",
            answers.len(),
            exemplars.len()
        );
        return Ok(exit(&problems));
    };
    let traces = receiver.store().traces();
    let Verdict {
        spans,
        orphans,
        problems: verdict,
    } = judge(&traces, answers);
    problems.extend(verdict);
    let shown = print_traces(&traces, answers, &exemplars);
    print_metrics(metrics);
    if !exemplars.iter().any(|exemplar| shown.contains(exemplar)) {
        problems.push("no exemplar of orders leads to a trace that arrived".to_owned());
    }
    println!(
        "{} requests, {} traces, {spans} spans, {orphans} orphans, {} exemplars",
        answers.len(),
        traces.len(),
        exemplars.len()
    );
    Ok(exit(&problems))
}

/// Says what is wrong; the exit status is whether anything is.
pub(super) fn exit(problems: &[String]) -> ExitCode {
    for problem in problems {
        eprintln!("shop: {problem}");
    }
    if problems.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// How traces are drawn on standard output.
pub(super) fn waterfall() -> Waterfall {
    let waterfall = Waterfall::detect();
    if std::io::stdout().is_terminal() {
        waterfall
    } else {
        waterfall.color(false)
    }
}

/// Prints the slowest and a failed trace, and one that an exemplar leads to; returns which.
fn print_traces(traces: &[Trace], answers: &[Answer], exemplars: &[TraceId]) -> Vec<TraceId> {
    let waterfall = waterfall();
    let mut shown = Vec::new();
    let mut show = |title: &str, trace: Option<&Trace>| {
        if let Some(trace) = trace.filter(|trace| !shown.contains(&trace.trace_id())) {
            println!("{title}\n{}", waterfall.render(trace));
            shown.push(trace.trace_id());
        }
        exemplars.iter().any(|exemplar| shown.contains(exemplar))
    };
    show(
        "The slowest trace:",
        traces.iter().max_by_key(|trace| trace.duration()),
    );
    let linked = show("A failed trace:", failed(traces, answers));
    if !linked {
        let linked = traces
            .iter()
            .find(|trace| exemplars.contains(&trace.trace_id()));
        show("A trace that an exemplar leads to:", linked);
    }
    shown
}

/// The trace of a declined order, or else any with an error.
fn failed<'a>(traces: &'a [Trace], answers: &[Answer]) -> Option<&'a Trace> {
    let declined = answers.iter().find(|answer| answer.kind == Kind::Declined);
    let declined = declined.and_then(|answer| answer.trace_id);
    let of_declined = traces
        .iter()
        .find(|trace| Some(trace.trace_id()) == declined);
    of_declined.or_else(|| {
        traces
            .iter()
            .find(|trace| trace.spans().iter().any(Span::is_error))
    })
}

fn print_metrics(metrics: &Metrics) {
    println!("GET /metrics of orders:\n{}", metrics.body);
}
