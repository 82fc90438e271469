//! Which layer sees what: one filter for log lines, another for spans.
//!
//! `RUST_LOG` is for log lines alone. Calls' scopes pass both filters, whatever these say, so a
//! filter costs neither trace ids nor spans.

use tracing::level_filters::LevelFilter;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::{FilterExt, FilterFn, filter_fn};
use tracing_subscriber::layer::Filter;
use tracing_subscriber::registry::LookupSpan;

use super::env::Env;

const LOGS: &str = "RUST_LOG";
const SPANS: &str = "TRACEPROP_SPAN_FILTER";
const DEFAULT: &str = "info";

/// The crates that spans are exported with, and this one's own log lines. What they say of an export
/// must make no spans, which would be exported in turn.
const EXPORT_PATH: [&str; 7] = [
    "h2",
    "hyper",
    "hyper_util",
    "reqwest",
    "tonic",
    "tower",
    "traceprop",
];

/// The filter of log lines: `RUST_LOG`, `info` without it.
pub(super) fn of_logs<S>(env: &mut Env) -> impl Filter<S> + Send + Sync + 'static + use<S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    scopes().or(from_env(LOGS, env))
}

/// The filter of spans and of their events: `TRACEPROP_SPAN_FILTER`, `info` without it.
pub(super) fn of_spans<S>(env: &mut Env) -> impl Filter<S> + Send + Sync + 'static + use<S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let others = filter_fn(|metadata: &Metadata<'_>| !is_export_path(metadata.target()));
    scopes().or(from_env(SPANS, env).and(others))
}

/// Lets the spans of calls pass, and none of their log lines.
fn scopes() -> FilterFn {
    filter_fn::<fn(&Metadata<'_>) -> bool>(|metadata| {
        metadata.is_span() && *metadata.level() == Level::ERROR && metadata.target() == "traceprop"
    })
    .with_max_level_hint(LevelFilter::ERROR)
}

fn from_env(name: &str, env: &mut Env) -> EnvFilter {
    let directives = env.text(name);
    let parsed = directives.map(|directives| EnvFilter::builder().parse(directives));
    match parsed {
        Some(Ok(filter)) => filter,
        None => EnvFilter::new(DEFAULT),
        Some(Err(error)) => {
            env.ignored(name, format_args!("{error}; it is `{DEFAULT}`"));
            EnvFilter::new(DEFAULT)
        }
    }
}

fn is_export_path(target: &str) -> bool {
    let name = target.split_once("::").map_or(target, |(name, _)| name);
    // The SDK's crates are many, and their targets have dashes or underscores.
    EXPORT_PATH.contains(&name) || name.starts_with("opentelemetry")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn export_path_table() {
        for target in [
            "h2::codec::framed_write",
            "hyper_util::client::legacy::pool",
            "opentelemetry-http",
            "opentelemetry_sdk::trace",
            "tonic::transport",
            "tower::buffer::worker",
            "traceprop",
        ] {
            assert!(is_export_path(target), "{target}");
        }
        for target in [
            "tower_http::trace",
            "my_app",
            "hyperion",
            "h2o::x",
            "tonics",
        ] {
            assert!(!is_export_path(target), "{target}");
        }
    }
}
