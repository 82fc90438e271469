//! The file of `--spans`, and the tree that its spans make.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use crate::program::{alone, run, text};

const SERVER: u64 = 2;
const CLIENT: u64 = 3;
const PRODUCER: u64 = 4;
const CONSUMER: u64 = 5;

#[derive(Clone, Debug)]
struct Span {
    trace: String,
    id: String,
    parent: String,
    service: String,
    name: String,
    kind: u64,
    error: Option<String>,
}

/// Every span of a file, after a look at the form of each.
fn read(file: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    for line in file.lines() {
        let request: Value = serde_json::from_str(line).expect("each line is one JSON value");
        for resource in request["resourceSpans"].as_array().expect("resource spans") {
            let service = attribute(&resource["resource"], "service.name");
            let service = service.expect("every resource has a service");
            for scope in resource["scopeSpans"].as_array().expect("scope spans") {
                let of_scope = scope["spans"].as_array().expect("spans");
                spans.extend(of_scope.iter().map(|span| parse(span, &service)));
            }
        }
    }
    spans
}

/// The text of an attribute of a resource or a span.
fn attribute(of: &Value, key: &str) -> Option<String> {
    let attributes = of["attributes"].as_array().expect("attributes");
    let found = attributes
        .iter()
        .find(|attribute| attribute["key"] == key)?;
    found["value"]["stringValue"].as_str().map(str::to_owned)
}

fn parse(span: &Value, service: &str) -> Span {
    let hex = |key: &str, lengths: &[usize]| {
        let id = span[key]
            .as_str()
            .unwrap_or_else(|| panic!("{key} is a string: {span}"));
        assert!(lengths.contains(&id.len()), "{key}: {span}");
        assert!(
            id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')),
            "{key}: {span}"
        );
        id.to_owned()
    };
    let nanos = |key: &str| -> u64 {
        let time = span[key]
            .as_str()
            .unwrap_or_else(|| panic!("{key} is a string: {span}"));
        time.parse().expect("a number of nanoseconds")
    };
    assert!(
        nanos("startTimeUnixNano") <= nanos("endTimeUnixNano"),
        "{span}"
    );
    Span {
        trace: hex("traceId", &[32]),
        id: hex("spanId", &[16]),
        parent: hex("parentSpanId", &[0, 16]),
        service: service.to_owned(),
        name: span["name"].as_str().expect("a name").to_owned(),
        kind: span["kind"].as_u64().expect("a kind"),
        error: attribute(span, "error.type"),
    }
}

/// One trace's spans by id.
struct Tree(HashMap<String, Span>);

impl Tree {
    fn parent(&self, span: &Span) -> Option<&Span> {
        self.0.get(&span.parent)
    }

    /// The spans that a service has of a kind.
    fn of(&self, service: &str, kind: u64) -> Vec<&Span> {
        let all = self.0.values();
        all.filter(|span| span.service == service && span.kind == kind)
            .collect()
    }

    /// Asserts that `to` was reached from `from`: each of its spans has a parent there.
    fn assert_hop(&self, from: (&str, u64), to: (&str, u64)) {
        let arrived = self.of(to.0, to.1);
        assert!(!arrived.is_empty(), "nothing of kind {} in {}", to.1, to.0);
        for span in arrived {
            let parent = self
                .parent(span)
                .unwrap_or_else(|| panic!("{span:?} has no parent"));
            assert_eq!((parent.service.as_str(), parent.kind), from, "{span:?}");
        }
    }
}

fn trees(spans: Vec<Span>) -> Vec<Tree> {
    let mut traces: HashMap<String, HashMap<String, Span>> = HashMap::new();
    for span in spans {
        let again = traces
            .entry(span.trace.clone())
            .or_default()
            .insert(span.id.clone(), span);
        assert!(again.is_none(), "an id twice: {again:?}");
    }
    traces.into_values().map(Tree).collect()
}

#[test]
fn the_file_holds_one_tree_for_each_request() {
    let _alone = alone();
    let path = std::env::temp_dir().join(format!("shop-spans-{}.jsonl", std::process::id()));
    let ran = run(&[
        "--requests",
        "12",
        "--spans",
        path.to_str().expect("a name in UTF-8"),
    ]);
    let file = std::fs::read_to_string(&path).expect("the file was written");
    std::fs::remove_file(&path).expect("the file is ours");
    assert!(ran.status.success(), "{}", text(&ran.stderr));

    let trees = trees(read(&file));
    assert_eq!(trees.len(), 12);
    let mut placed = 0;
    let mut cancelled = 0;
    for tree in &trees {
        let roots: Vec<_> = tree
            .0
            .values()
            .filter(|span| span.parent.is_empty())
            .collect();
        assert!(matches!(roots[..], [root] if root.service == "gateway" && root.kind == SERVER));
        for span in tree.0.values().filter(|span| !span.parent.is_empty()) {
            assert!(tree.parent(span).is_some(), "an orphan: {span:?}");
        }
        cancelled += usize::from(
            roots
                .iter()
                .any(|root| root.error.as_deref() == Some("cancelled")),
        );
        tree.assert_hop(("gateway", CLIENT), ("orders", SERVER));
        placed += usize::from(tree.of("orders", PRODUCER).len() == 1);
    }
    assert_eq!(cancelled, 1, "one client goes away");
    // Of twelve requests one is declined, one goes away, and two are looks.
    assert!(placed >= 8, "{placed} orders were placed");
    for tree in trees
        .iter()
        .filter(|tree| !tree.of("orders", PRODUCER).is_empty())
    {
        tree.assert_hop(("orders", CLIENT), ("payments", SERVER));
        tree.assert_hop(("orders", SERVER), ("orders", PRODUCER));
        tree.assert_hop(("orders", PRODUCER), ("fulfilment", CONSUMER));
        tree.assert_hop(("fulfilment", CLIENT), ("notifications", SERVER));
        let services: BTreeSet<&str> = tree.0.values().map(|span| &*span.service).collect();
        assert_eq!(services.len(), 5, "{services:?}");
        let names: BTreeSet<&str> = tree.0.values().map(|span| &*span.name).collect();
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
    let output = text(&ran.stdout);
    let last = output.lines().last().expect("a closing line");
    assert!(last.starts_with("12 requests, 12 traces, "), "{last}");
    assert!(last.contains(" 0 orphans, "), "{last}");
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
