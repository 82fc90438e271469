//! `RUST_LOG` is for log lines: spans, events, propagation and recorders do not depend on it.
//!
//! Each case needs an environment, a subscriber and a stderr of its own, so a process of its own.

#![allow(clippy::unwrap_used, reason = "this is all tests")]

mod support;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use traceprop_core::Telemetry;
use traceprop_core::call::{Call, Finished, Options, Outcome, Recorder, Scope, Started};
use traceprop_core::logs::Format;

type Variables = &'static [(&'static str, &'static str)];

#[derive(Debug, Default)]
struct Counts(AtomicU64);

impl Recorder for Counts {
    fn started(&self, _: &Started<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
    fn finished(&self, call: &Finished<'_>) {
        assert!(call.span_context.is_sampled());
        self.0.fetch_add(100, Ordering::Relaxed);
    }
}

#[tracing::instrument(target = "my_app")]
fn inner() {
    tracing::info!(target: "my_app", "information");
    tracing::debug!(target: "my_app", "debugging");
    tracing::warn!(target: "my_app", "warning");
    tracing::info!(target: "hyper::proto", "from the export path");
    tracing::info!(target: "traceprop", "from traceprop itself");
}

/// Makes one call and prints on stdout what came of it, without ids.
fn report(format: Format) {
    let kept = support::Kept::default();
    let telemetry = Telemetry::builder("orders")
        .exporter(kept.clone())
        .logs(format)
        .init()
        .unwrap();
    let counts = Arc::new(Counts::default());
    let options = Options::new("test", Scope::Linked).recorder(counts.clone());
    let mut call = Call::server("GET /orders").start(&options);
    let mut headers = HashMap::new();
    {
        let _inside = call.enter();
        tracing::info!(target: "my_app", "in the call");
        inner();
        options.inject(&opentelemetry::Context::current(), &mut headers);
    }
    let mut from_global = HashMap::new();
    opentelemetry::global::get_text_map_propagator(|propagator| {
        propagator.inject_context(call.context(), &mut from_global);
    });
    assert_eq!(headers, from_global);
    call.finish(Outcome::Completed);
    telemetry.shutdown_blocking(Duration::from_secs(5)).unwrap();

    for span in kept.spans() {
        let root = headers["traceparent"].contains(&span.span_context.span_id().to_string());
        let events: Vec<_> = span.events.iter().map(|event| &*event.name).collect();
        println!("SPAN {} root={root} {events:?}", span.name);
    }
    println!("RECORDED {}", counts.0.load(Ordering::Relaxed));
}

fn facts(name: &str, variables: &[(&str, &str)]) -> (Vec<String>, String) {
    let output = support::run(name, variables);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{stderr}");
    let stdout = String::from_utf8(output.stdout).unwrap();
    let lines = stdout.lines().filter_map(|line| {
        let at = line.find("SPAN ").or_else(|| line.find("RECORDED "))?;
        Some(line[at..].to_owned())
    });
    (lines.collect(), stderr)
}

#[test]
fn log_lines_follow_rust_log_and_nothing_else_does() {
    if support::is_child() {
        return report(Format::Text);
    }
    let name = "log_lines_follow_rust_log_and_nothing_else_does";
    let want = [
        r#"SPAN inner root=false ["information", "warning"]"#,
        r#"SPAN GET /orders root=true ["in the call"]"#,
        "RECORDED 101",
    ];
    #[rustfmt::skip]
    let table: [(Variables, &[&str], &[&str]); 6] = [
        // variables                     on stderr                       not on stderr
        (&[],                            &["information", "warning", "tracing is set up"], &["debugging"]),
        (&[("RUST_LOG", "")],            &["information", "warning"],    &["debugging"]),
        (&[("RUST_LOG", "warn")],        &["warning"],                   &["information", "set up"]),
        (&[("RUST_LOG", "my_app=debug")], &["debugging", "information"], &["set up"]),
        (&[("RUST_LOG", "off")],         &[],                            &["warning", "set up", "traceprop"]),
        (&[("RUST_LOG", "=/nonsense/=")], &["information", "RUST_LOG is ignored"], &["debugging"]),
    ];
    for (variables, there, absent) in table {
        let (facts, stderr) = facts(name, variables);
        assert_eq!(facts, want, "{variables:?}: {stderr}");
        for word in there {
            let line = stderr.lines().find(|line| line.contains(word));
            let line = line.unwrap_or_else(|| panic!("{variables:?}: no {word} in {stderr}"));
            let of_call = ["information", "warning", "debugging"].contains(word);
            assert_eq!(line.contains("trace_id="), of_call, "{variables:?}: {line}");
            assert!(!line.contains('\u{1b}'), "no colours in a pipe: {line}");
        }
        for word in absent {
            assert!(!stderr.contains(word), "{variables:?}: {word} in {stderr}");
        }
    }
}

#[test]
fn json_lines_have_the_trace_id() {
    if support::is_child() {
        return report(Format::Json);
    }
    let (_, stderr) = facts("json_lines_have_the_trace_id", &[]);
    let line = stderr.lines().find(|line| line.contains("information"));
    let line: serde_json::Value = serde_json::from_str(line.unwrap()).unwrap();
    let id = line["spans"][0]["trace_id"].as_str().unwrap();
    assert_eq!(id.len(), 32, "{line}");
}

#[test]
fn no_log_lines_at_all() {
    if support::is_child() {
        return report(Format::Off);
    }
    let (facts, stderr) = facts("no_log_lines_at_all", &[]);
    assert_eq!(facts.len(), 3, "{stderr}");
    assert!(!stderr.contains("information"), "{stderr}");
}

#[test]
fn spans_have_a_filter_of_their_own() {
    if support::is_child() {
        return report(Format::Text);
    }
    let name = "spans_have_a_filter_of_their_own";
    let (all, _) = facts(name, &[("TRACEPROP_SPAN_FILTER", "trace")]);
    // Neither the export path's lines nor our own become events, even so.
    assert_eq!(
        all[0],
        r#"SPAN inner root=false ["information", "debugging", "warning"]"#
    );
    // A filter that says nothing of calls does not end theirs.
    let (some, _) = facts(name, &[("TRACEPROP_SPAN_FILTER", "my_app=warn")]);
    let want = [r#"SPAN GET /orders root=true ["warning"]"#, "RECORDED 101"];
    assert_eq!(some, want);
    let (some, _) = facts(name, &[("TRACEPROP_SPAN_FILTER", "my_app=info")]);
    assert_eq!(some[1], r#"SPAN GET /orders root=true ["in the call"]"#);
    let (none, stderr) = facts(name, &[("TRACEPROP_SPAN_FILTER", "off")]);
    assert_eq!(none, ["SPAN GET /orders root=true []", "RECORDED 101"]);
    assert!(stderr.contains("information"), "{stderr}");
}
