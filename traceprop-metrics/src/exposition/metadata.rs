//! The lines that stand before a family's samples.

use super::Part;
use super::names::family_name;
use super::plan::Family;
use super::point::Kind;
use super::text::{concat, escape, escape_help};
use crate::settings::Settings;

/// TYPE, UNIT and HELP, in the order that OpenMetrics asks for.
pub(super) fn openmetrics(out: &mut Vec<u8>, family: &Family, part: Part, settings: &Settings) {
    let (name, suffix, type_name) = match part {
        Part::Whole => (
            family_name(&family.name, family.kind),
            "",
            type_name(family.kind),
        ),
        Part::Only(suffix) => (&*family.name, suffix, "unknown"),
    };
    concat(out, &["# TYPE ", name, suffix, " ", type_name, "\n"]);
    // A suffix is no unit. OpenMetrics 1.0.0, "Info": there may be none at all.
    let may_have_unit = suffix.is_empty() && family.kind != Kind::Info;
    if let Some(unit) = settings.unit_of(name).filter(|_| may_have_unit) {
        concat(out, &["# UNIT ", name, " ", unit, "\n"]);
    }
    if !family.help.is_empty() {
        concat(out, &["# HELP ", name, suffix, " "]);
        escape(out, &family.help);
        out.push(b'\n');
    }
}

/// HELP and TYPE, as `prometheus` writes them in text 0.0.4.
pub(super) fn text(out: &mut Vec<u8>, family: &Family) {
    if !family.help.is_empty() {
        concat(out, &["# HELP ", &family.name, " "]);
        escape_help(out, &family.help);
        out.push(b'\n');
    }
    let type_name = match family.kind {
        Kind::Info => "gauge",
        kind => type_name(kind),
    };
    concat(out, &["# TYPE ", &family.name, " ", type_name, "\n"]);
}

fn type_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Counter => "counter",
        Kind::Gauge => "gauge",
        Kind::Histogram => "histogram",
        Kind::Info => "info",
        Kind::Summary => "summary",
    }
}
