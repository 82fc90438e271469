//! The file of `--spans`, and the tree that its spans make.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use opentelemetry::KeyValue;
use opentelemetry::trace::{SpanId, SpanKind, TraceId};
use serde_json::Value;
use traceprop_core::tree::{self, Span, Trace};

use crate::program::{alone, run, text};

/// Every span of a file, after a look at the form of each.
fn read(file: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    for line in file.lines() {
        let request: Value = serde_json::from_str(line).expect("each line is one JSON value");
        for resource in request["resourceSpans"].as_array().expect("resource spans") {
            let attributes = attributes(&resource["resource"]);
            for scope in resource["scopeSpans"].as_array().expect("scope spans") {
                let of_scope = scope["spans"].as_array().expect("spans");
                spans.extend(of_scope.iter().map(|span| parse(span, &attributes)));
            }
        }
    }
    spans
}

/// The attributes of a resource or a span that are text.
fn attributes(of: &Value) -> Vec<KeyValue> {
    let attributes = of["attributes"].as_array().expect("attributes");
    let texts = attributes.iter().filter_map(|attribute| {
        let key = attribute["key"].as_str().expect("a key").to_owned();
        let value = attribute["value"]["stringValue"].as_str()?.to_owned();
        Some(KeyValue::new(key, value))
    });
    texts.collect()
}

fn parse(span: &Value, resource: &[KeyValue]) -> Span {
    let word = |key: &str| {
        span[key]
            .as_str()
            .unwrap_or_else(|| panic!("{key} is text: {span}"))
    };
    let lower_hex = |key: &str| {
        let id = word(key);
        let digits = id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        assert!(digits, "{key}: {span}");
        id
    };
    let time = |key: &str| {
        let nanos = word(key).parse().expect("a number of nanoseconds");
        SystemTime::UNIX_EPOCH + Duration::from_nanos(nanos)
    };
    let (trace_id, span_id) = (lower_hex("traceId"), lower_hex("spanId"));
    assert_eq!((trace_id.len(), span_id.len()), (32, 16), "{span}");
    let service = resource.iter().find(|kv| kv.key.as_str() == "service.name");
    let mut parsed = Span::new(
        TraceId::from_hex(trace_id).expect("a trace id"),
        SpanId::from_hex(span_id).expect("a span id"),
        service
            .expect("every resource has a service")
            .value
            .as_str()
            .into_owned(),
        word("name").to_owned(),
        time("startTimeUnixNano"),
        time("endTimeUnixNano"),
    );
    assert!(parsed.start <= parsed.end, "{span}");
    parsed.resource = resource.into();
    parsed.parent_span_id = match lower_hex("parentSpanId") {
        "" => None,
        parent => Some(SpanId::from_hex(parent).expect("a span id")),
    };
    parsed.kind = match span["kind"].as_u64().expect("a kind") {
        2 => SpanKind::Server,
        3 => SpanKind::Client,
        4 => SpanKind::Producer,
        5 => SpanKind::Consumer,
        _ => SpanKind::Internal,
    };
    parsed.attributes = attributes(span);
    parsed
}

fn has(trace: &Trace, service: &str, kind: SpanKind) -> bool {
    let mut spans = trace.spans().iter();
    spans.any(|span| &*span.service == service && span.kind == kind)
}

#[test]
fn the_file_holds_one_tree_for_each_request() {
    let _alone = alone();
    let path = std::env::temp_dir().join(format!("shop-spans-{}.jsonl", std::process::id()));
    let file = path.to_str().expect("a name in UTF-8");
    let ran = run(&["--requests", "12", "--spans", file]);
    let file = std::fs::read_to_string(&path).expect("the file was written");
    std::fs::remove_file(&path).expect("the file is ours");
    assert!(ran.status.success(), "{}", text(&ran.stderr));

    let traces = tree::group(read(&file));
    assert_eq!(traces.len(), 12);
    let mut cancelled = 0;
    for trace in &traces {
        trace.assert_connected();
        trace.assert_hop("gateway", "orders");
        let root = trace.roots().next().expect("a root");
        assert_eq!((&*root.service, &root.kind), ("gateway", &SpanKind::Server));
        cancelled += usize::from(root.attribute("error.type") == Some(&"cancelled".into()));
    }
    assert_eq!(cancelled, 1, "one client goes away");
    let placed = |trace: &&Trace| has(trace, "orders", SpanKind::Producer);
    let placed: Vec<_> = traces.iter().filter(placed).collect();
    // Of twelve requests one is declined, one goes away, and two are looks.
    assert!(placed.len() >= 8, "{} orders were placed", placed.len());
    for trace in placed {
        went_through_all_five(trace);
    }
    let output = text(&ran.stdout);
    let last = output.lines().last().expect("a closing line");
    assert!(last.starts_with("12 requests, 12 traces, "), "{last}");
    assert!(last.contains(" 0 orphans, "), "{last}");
}

fn went_through_all_five(trace: &Trace) {
    trace.assert_hop("orders", "payments");
    trace.assert_hop("orders", "fulfilment");
    trace.assert_hop("fulfilment", "notifications");
    assert!(
        has(trace, "orders", SpanKind::Producer) && has(trace, "fulfilment", SpanKind::Consumer)
    );
    let services: BTreeSet<&str> = trace.spans().iter().map(|span| &*span.service).collect();
    assert_eq!(services.len(), 5, "{services:?}");
    for span in trace.spans() {
        let known = |key: &str| span.resource.iter().any(|kv| kv.key.as_str() == key);
        assert!(known("service.version"), "{:?}", span.resource);
        assert!(known("telemetry.sdk.name"), "{:?}", span.resource);
    }
    let names: BTreeSet<&str> = trace.spans().iter().map(|span| &*span.name).collect();
    for name in [
        "POST /orders",
        "INSERT orders",
        "shop.Payments/Verify",
        "shop.Payments/Receipts",
        "card gateway",
        "send orders",
        "process orders",
        "POST /notify",
    ] {
        assert!(names.contains(name), "no {name} in {names:?}");
    }
}

#[test]
fn an_exemplar_leads_to_a_trace_that_is_shown() {
    let _alone = alone();
    let ran = run(&["--requests", "12"]);
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    let output = text(&ran.stdout);
    let shown: Vec<&str> = output
        .lines()
        .filter_map(|line| line.strip_prefix("trace ")?.split_whitespace().next())
        .collect();
    assert!(shown.len() >= 2, "{output}");
    let buckets = output
        .lines()
        .filter(|line| line.contains("_bucket{") && line.contains(" # {"));
    let led = buckets.filter(|line| shown.iter().any(|id| line.contains(id)));
    assert!(led.count() >= 1, "{output}");
    assert!(output.lines().any(|line| line == "# EOF"), "{output}");
}
