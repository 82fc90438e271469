//! W3C baggage.

use opentelemetry::Context;
use opentelemetry::baggage::{Baggage, BaggageExt};
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use traceprop_core::propagation::BaggagePropagator;

use super::{Row, check, hop, read, written};
use crate::carriers::Lines;

/// A row of a list and what of it goes on.
fn list(rules: &'static str, name: &'static str, sent: &str, onward: &str) -> Row {
    let want = [("baggage", onward)];
    let want = if onward.is_empty() { &[] } else { &want[..] };
    hop(rules, name, "baggage", &[("baggage", sent)], want)
}

/// A row of a value, its metadata, and how they are written.
fn sets(
    rules: &'static str,
    name: &'static str,
    value: &'static str,
    metadata: &'static str,
    want: &'static str,
) -> Row {
    check(rules, name, move || {
        let mut baggage = Baggage::new();
        baggage.insert_with_metadata("k", value, metadata);
        let lines = written(
            &BaggagePropagator::new(),
            &Context::new().with_baggage(baggage),
        );
        assert_eq!(lines.get("baggage"), Some(want));
    })
}

pub(super) fn rows() -> Vec<Row> {
    let names: Vec<_> = (10..74).map(|n| format!("k{n}=v")).collect();
    let names = names.join(",");
    let long = format!("a={}", "x".repeat(8190));
    vec![
        list(
            "BG1",
            "whitespace around everything",
            " a = 1 ;\tp = v , b=2\t",
            "a=1;p=v,b=2",
        ),
        hop(
            "BG1",
            "several headers are one list",
            "baggage",
            &[("baggage", "a=1"), ("baggage", "b=2")],
            &[("baggage", "a=1,b=2")],
        ),
        list("BG2", "names are not decoded", "a%20b=1", "a%20b=1"),
        list("BG2", "and have a case", "A=1,a=2", "A=1,a=2"),
        list("BG3", "the first sign splits", "a==b=", "a==b="),
        list("BG3", "an empty value", "a=", "a="),
        list(
            "BG4 BG20",
            "encoded space at the ends is data",
            "a= %20x%09 ",
            "a=%20x%09",
        ),
        list(
            "BG5",
            "decoded once, bad UTF-8 is marked",
            "a=%252C,b=%ff",
            "a=%252C,b=%EF%BF%BD",
        ),
        list("BG6", "a plus is a plus", "a=1+1", "a=1+1"),
        list(
            "BG8",
            "malformed members are dropped",
            "a,=1,b c=1,d=\",e=é,f=1",
            "f=1",
        ),
        list(
            "BG9",
            "properties stay as they are",
            "a=1;p=x%3By%2C;;q",
            "a=1;p=x%3By%2C;q",
        ),
        list(
            "BG11",
            "the last of one name, with its metadata",
            "a=1;p,a=2",
            "a=2",
        ),
        list("BG12", "64 names", &names, &names),
        list("BG12", "8192 bytes", &long, &long),
        check("BG14", "nothing usable leaves the context's own", || {
            let before = read("baggage", &[("baggage", "mine=1")]);
            for value in ["", "garbage", ",;="] {
                let lines = Lines::new([("baggage", value)]);
                let after = BaggagePropagator::new().extract_with_context(&before, &lines);
                assert!(after.baggage().get("mine").is_some(), "{value}");
            }
        }),
        sets(
            "BG16",
            "what must be encoded",
            "a b,c;d\"e\\f%é",
            "",
            "k=a%20b%2Cc%3Bd%22e%5Cf%25%C3%A9",
        ),
        sets(
            "BG16",
            "and nothing else",
            "!#$&'()*+-./:<=>?@[]^_`{|}~",
            "",
            "k=!#$&'()*+-./:<=>?@[]^_`{|}~",
        ),
        check(
            "BG17",
            "names that are no tokens cannot be set, so none is written",
            || {
                let mut baggage = Baggage::new();
                for name in ["a b", "a,b", "é", "a=b", ""] {
                    baggage.insert(name.to_owned(), "1");
                }
                assert!(
                    written(
                        &BaggagePropagator::new(),
                        &Context::new().with_baggage(baggage)
                    )
                    .0
                    .is_empty()
                );
            },
        ),
        sets(
            "BG18",
            "metadata is made legal",
            "1",
            "p=x,y\r\n;q, r=1;s",
            "k=1;p=x%2Cy%0D%0A;s",
        ),
        check(
            "BG19",
            "members that do not fit are skipped, the same ones each time",
            || {
                let mut baggage = Baggage::new();
                baggage.insert("b", " ".repeat(3000));
                baggage.insert("c", "3");
                baggage.insert("a", "1");
                let lines = written(
                    &BaggagePropagator::new(),
                    &Context::new().with_baggage(baggage),
                );
                assert_eq!(lines.get("baggage"), Some("a=1,c=3"));
            },
        ),
        sets("BG20", "nothing is trimmed", " a ", "", "k=%20a%20"),
    ]
}
