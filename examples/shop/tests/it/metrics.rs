//! Each service serves metrics, and the file of `--targets` says where.

use rustix::process::Signal;
use serde_json::Value;

use crate::program::{Running, alone, eventually, http, shop};

const OPENMETRICS: &str = "accept: application/openmetrics-text; version=1.0.0\r\n";

/// The services in the file of `--targets`, and where their metrics are.
fn targets(file: &str) -> Vec<(String, String)> {
    let groups: Value = serde_json::from_str(file).expect("one JSON value");
    let groups = groups.as_array().expect("an array");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    groups
        .iter()
        .map(|group| (text(&group["labels"]["job"]), text(&group["targets"][0])))
        .collect()
}

#[test]
fn every_service_is_a_target_with_exemplars() {
    let _alone = alone();
    let path = std::env::temp_dir().join(format!("shop-targets-{}.json", std::process::id()));
    let shop = Running::start({
        let mut command = shop(&["--serve", "--requests", "12", "--targets"]);
        command.arg(&path);
        command
    });
    shop.find("an open shop", |line| {
        line.contains("is open").then_some(())
    });
    let file = std::fs::read_to_string(&path).expect("the file was written");
    std::fs::remove_file(&path).expect("the file is ours");
    let mut targets = targets(&file);
    targets.sort();
    let services: Vec<&str> = targets.iter().map(|(service, _)| &**service).collect();
    assert_eq!(
        services,
        [
            "fulfilment",
            "gateway",
            "notifications",
            "orders",
            "payments"
        ]
    );
    for (service, address) in &targets {
        eventually(&format!("{service} has an exemplar"), || {
            let answer = http(address, "GET", "/metrics", OPENMETRICS, "");
            assert!(answer.starts_with("HTTP/1.1 200"), "{service}: {answer}");
            answer.contains(" # {trace_id=\"")
        });
    }
    shop.signal(Signal::TERM);
    assert_eq!(shop.end().code(), Some(0));
}

#[test]
fn a_service_alone_serves_them_where_it_is_told_to() {
    let mut command = shop(&["run", "notifications", "--listen", "127.0.0.1:0"]);
    command.env("SHOP_METRICS", "127.0.0.1:0");
    let service = Running::start(command);
    let address =
        |begins: &'static str| move |line: &str| Some(line.strip_prefix(begins)?.to_owned());
    let metrics = service.find("the address of the metrics", address("metrics "));
    let notifications = service.find("the address", address("ready "));
    let answer = http(&metrics, "GET", "/metrics", OPENMETRICS, "");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let answer = http(&notifications, "GET", "/metrics", OPENMETRICS, "");
    assert!(
        answer.starts_with("HTTP/1.1 404"),
        "strangers see none: {answer}"
    );
    service.signal(Signal::TERM);
    assert_eq!(service.end().code(), Some(0));
}
