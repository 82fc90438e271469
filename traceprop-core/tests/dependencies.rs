//! The default features are the propagators alone, with nothing but `opentelemetry` beneath them.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;

/// The names of the packages that `cargo tree` shows for these arguments; none without cargo.
fn tree(args: &[&str]) -> Option<Vec<String>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let common = [
        "tree",
        "--offline",
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ];
    let command = Command::new(cargo)
        .args(common)
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output();
    let Ok(output) = command else {
        eprintln!("SKIPPED: there is no cargo to ask for the dependencies");
        return None;
    };
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let text = String::from_utf8(output.stdout).unwrap();
    let name = |line: &str| line.split(' ').next().unwrap().to_owned();
    Some(
        text.lines()
            .filter(|line| !line.is_empty())
            .map(name)
            .collect(),
    )
}

#[test]
fn without_features_there_is_opentelemetry_alone() {
    let Some(direct) = tree(&["--package", "traceprop-core", "--depth", "1"]) else {
        return;
    };
    assert_eq!(direct, ["traceprop-core", "opentelemetry"]);

    // And of that only what traces need: no exporter, no runtime, no `tracing`.
    let all = tree(&["--package", "traceprop-core"]).unwrap();
    for absent in [
        "tracing",
        "tokio",
        "opentelemetry_sdk",
        "http",
        "tower",
        "prometheus",
    ] {
        assert!(
            !all.iter().any(|name| name == absent),
            "{absent} in {all:?}"
        );
    }
    assert!(all.len() < 25, "{all:?}");
}
