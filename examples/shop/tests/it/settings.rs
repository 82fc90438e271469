//! Settings that cannot be: each is named.

use std::net::TcpListener;

use crate::program::{run, shop, text};

#[test]
fn an_unknown_flag() {
    let ran = run(&["--request", "12"]);
    assert_eq!(ran.status.code(), Some(2));
    assert!(
        text(&ran.stderr).contains("unexpected argument '--request'"),
        "{}",
        text(&ran.stderr)
    );
}

#[test]
fn an_unknown_place() {
    let ran = run(&["--slow", "warehouse"]);
    let errors = text(&ran.stderr);
    assert_eq!(ran.status.code(), Some(2));
    assert!(
        errors.contains("--slow") && errors.contains("notifications"),
        "{errors}"
    );
}

#[test]
fn a_taken_port() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    for arguments in [
        vec!["run", "gateway", "--listen", &address],
        vec!["run", "payments", "--listen", &address],
        vec!["--listen", &address],
        vec!["run", "fulfilment", "--metrics", &address],
    ] {
        let ran = run(&arguments);
        let errors = text(&ran.stderr);
        assert_eq!(ran.status.code(), Some(1), "{arguments:?}");
        let flag = arguments[arguments.len() - 2];
        assert!(
            errors.contains(flag) && errors.contains(&address),
            "{arguments:?}: {errors}"
        );
    }
}

#[test]
fn a_file_that_cannot_be_written() {
    let ran = run(&["--spans", "/nowhere/at/all.jsonl"]);
    let errors = text(&ran.stderr);
    assert_eq!(ran.status.code(), Some(1));
    assert!(
        errors.contains("--spans") && errors.contains("/nowhere/at/all.jsonl"),
        "{errors}"
    );
}

#[test]
fn targets_that_cannot_be_written() {
    let _alone = crate::program::alone();
    let ran = run(&["--targets", "/nowhere/at/all.json"]);
    let errors = text(&ran.stderr);
    assert_eq!(ran.status.code(), Some(1));
    assert!(
        errors.contains("--targets") && errors.contains("/nowhere/at/all.json"),
        "{errors}"
    );
}

#[test]
fn spans_that_go_elsewhere_are_not_written_here() {
    let ran = shop(&["--spans", "spans.jsonl"])
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4317")
        .output()
        .expect("the program starts");
    let errors = text(&ran.stderr);
    assert_eq!(ran.status.code(), Some(1));
    assert!(
        errors.contains("--spans") && errors.contains("OTEL_EXPORTER_OTLP_ENDPOINT"),
        "{errors}"
    );
}

#[test]
fn a_collector_that_is_not_there_fails_no_request() {
    let _alone = crate::program::alone();
    // Nothing listens on the port of a listener that is gone.
    let gone = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let endpoint = format!("http://{}", gone.local_addr().expect("an address"));
    drop(gone);
    let ran = shop(&["--requests", "4"])
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
        .env("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
        .output()
        .expect("the program starts");
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    assert!(
        text(&ran.stdout).contains("4 requests"),
        "{}",
        text(&ran.stdout)
    );
    assert!(
        text(&ran.stdout).contains("sent elsewhere"),
        "{}",
        text(&ran.stdout)
    );
}
