//! The table of who has which bug.

use std::fmt::Write;

/// A library that a bug was looked for in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Library {
    Ours,
    OpenTelemetry,
    Zipkin,
    Jaeger,
    TracingOpenTelemetry,
    InstrumentationTower,
    TowerOtel,
    AxumTracing,
    TonicTracing,
    ReqwestTracing,
}

impl Library {
    fn name(self) -> &'static str {
        match self {
            Self::Ours => "traceprop",
            Self::OpenTelemetry => "opentelemetry_sdk",
            Self::Zipkin => "opentelemetry-zipkin",
            Self::Jaeger => "opentelemetry-jaeger-propagator",
            Self::TracingOpenTelemetry => "tracing-opentelemetry",
            Self::InstrumentationTower => "opentelemetry-instrumentation-tower",
            Self::TowerOtel => "tower-otel",
            Self::AxumTracing => "axum-tracing-opentelemetry",
            Self::TonicTracing => "tonic-tracing-opentelemetry",
            Self::ReqwestTracing => "reqwest-tracing",
        }
    }
}

/// A bug, and whether each library has it.
pub struct Row {
    pub bug: &'static str,
    pub found: Vec<(Library, bool)>,
}

impl Row {
    pub fn new(bug: &'static str, found: impl IntoIterator<Item = (Library, bool)>) -> Self {
        Self {
            bug,
            found: found.into_iter().collect(),
        }
    }

    /// Whether we have it.
    pub fn is_ours(&self) -> bool {
        !self.found.contains(&(Library::Ours, false))
    }
}

pub fn markdown(rows: &[Row]) -> String {
    let mut text =
        "| what goes wrong | traceprop | who has it | who does not |\n|---|---|---|---|\n"
            .to_owned();
    for row in rows {
        let here = if row.is_ours() { "yes" } else { "no" };
        let list = |has: bool| {
            let peers = row
                .found
                .iter()
                .filter(|(library, _)| *library != Library::Ours);
            let names = peers
                .filter(|(_, bug)| *bug == has)
                .map(|(library, _)| library.name());
            names.collect::<Vec<_>>().join(", ")
        };
        let (there, not_there) = (list(true), list(false));
        let _ = writeln!(text, "| {} | {here} | {there} | {not_there} |", row.bug);
    }
    let mut peers: Vec<_> = rows
        .iter()
        .flat_map(|row| &row.found)
        .map(|(library, _)| *library)
        .collect();
    peers.retain(|library| *library != Library::Ours);
    peers.sort_by_key(|library| library.name());
    peers.dedup();
    let versions: Vec<_> = peers.into_iter().map(version).collect();
    let _ = writeln!(text, "\nThese are {}.", versions.join(", "));
    text
}

/// The library with the version that was built, by the lock file.
fn version(library: Library) -> String {
    let name = library.name();
    let package = format!("name = \"{name}\"\nversion = \"");
    let found = include_str!("../Cargo.lock").split(&package).skip(1);
    // The newest, where there are several: packages are sorted.
    let version = found.last().and_then(|rest| rest.split('"').next());
    format!("{name} {}", version.unwrap_or_default())
}

const START: &str = "<!-- what `tests/peers/bugs` found -->\n";
const END: &str = "<!-- that was it -->\n";

/// The text before the table, the table, and the text after it.
fn split(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once(START)?;
    let (table, after) = rest.split_once(END)?;
    Some((before, table, after))
}

pub fn check(file: &str, table: &str) -> Result<(), String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    let (_, held, _) = split(&text).ok_or_else(|| format!("{file} has no place for the table"))?;
    match held == table {
        true => Ok(()),
        false => Err(format!(
            "{file} holds another table; write this one with --write {file}"
        )),
    }
}

pub fn write(file: &str, table: &str) -> Result<(), String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    let (before, _, after) = split(&text).ok_or_else(|| format!("{file} has no place for it"))?;
    let text = format!("{before}{START}{table}{END}{after}");
    std::fs::write(file, text).map_err(|error| format!("{file}: {error}"))
}
