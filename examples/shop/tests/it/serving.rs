//! `--serve`: it goes on, shows each trace, and leaves nothing behind.

use rustix::process::Signal;

use crate::program::{Running, alone, http, shop};

const ORDER: &str = r#"{"item":"lamp","quantity":1,"card":"visa"}"#;

/// Starts to serve; returns where the gateway listens.
fn serve() -> (Running, String) {
    let shop = Running::start(shop(&["--serve"]));
    let gateway = shop.find("the address of the gateway", |line| {
        let (_, rest) = line.split_once("curl http://")?;
        Some(rest.split_once("/orders")?.0.to_owned())
    });
    (shop, gateway)
}

fn trace_id(answer: &str) -> String {
    let header = answer
        .lines()
        .find_map(|line| line.strip_prefix("trace-id: "));
    header
        .unwrap_or_else(|| panic!("no trace id in {answer}"))
        .to_owned()
}

#[test]
fn every_trace_is_shown_and_a_signal_ends_all() {
    let _alone = alone();
    let (shop, gateway) = serve();
    for (path, order, status) in [("/orders", ORDER, "201"), ("/orders", "{", "400")] {
        let answer = http(&gateway, "POST", path, "", order);
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{answer}"
        );
        if status == "201" {
            let head = format!("trace {}", trace_id(&answer));
            let head = shop.find("the trace", |line| {
                line.contains(&head).then(|| line.to_owned())
            });
            assert!(head.contains("5 services"), "{head}");
        }
    }
    #[cfg(target_os = "linux")]
    let children = shop.children();
    shop.signal(Signal::TERM);
    assert_eq!(shop.end().code(), Some(0));
    #[cfg(target_os = "linux")]
    {
        assert_eq!(children.len(), 5);
        assert!(!children.into_iter().any(crate::program::runs));
    }
}

#[test]
fn ctrl_c_ends_it_too() {
    let _alone = alone();
    let (shop, _) = serve();
    shop.signal(Signal::INT);
    assert_eq!(shop.end().code(), Some(0));
}

/// Also where nothing can be done in order.
#[cfg(target_os = "linux")]
#[test]
fn no_service_outlives_its_parent() {
    let _alone = alone();
    let (shop, _) = serve();
    let children = shop.children();
    assert_eq!(children.len(), 5);
    shop.signal(Signal::KILL);
    assert_eq!(shop.end().code(), None);
    crate::program::eventually("the services end", || {
        !children.iter().copied().any(crate::program::runs)
    });
}

#[test]
fn hostile_headers_are_no_trouble() {
    let _alone = alone();
    let (shop, gateway) = serve();
    let valid = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let members: Vec<String> = (0..10_000).map(|n| format!("k{n}=v")).collect();
    let members = members.join(",");
    #[rustfmt::skip]
    let table = [
        ("garbage",           "traceparent: nonsense;;\u{ff}\r\n".to_owned()),
        ("two of them",       format!("traceparent: {valid}\r\ntraceparent: {valid}\r\n")),
        ("a long tracestate", format!("traceparent: {valid}\r\ntracestate: {members}\r\n")),
        ("a long baggage",    format!("baggage: {members}\r\n")),
    ];
    for (name, headers) in table {
        let answer = http(&gateway, "POST", "/orders", &headers, ORDER);
        assert!(answer.starts_with("HTTP/1.1 201"), "{name}: {answer}");
    }
    shop.signal(Signal::TERM);
    assert_eq!(shop.end().code(), Some(0));
}

#[test]
fn a_signal_ends_a_run_in_the_middle() {
    let _alone = alone();
    let started = std::time::Instant::now();
    let shop = Running::start(shop(&["--requests", "10000"]));
    std::thread::sleep(std::time::Duration::from_secs(2));
    shop.signal(Signal::TERM);
    assert_eq!(shop.end().code(), Some(0));
    assert!(started.elapsed().as_secs() < 15);
}
