//! An exemplar in OpenMetrics' text.

use super::number::{write_float, write_hex, write_seconds};
use super::text::escape;
use crate::settings::Settings;
use crate::slot::Exemplar;

/// Writes ` # {trace_id="...",span_id="..."} value seconds`: OpenMetrics 1.0.0, "Exemplars".
///
/// With the default names that is 63 of the 128 characters that the labels may have; the settings take no
/// names that would go beyond. More labels follow the span id, as many as fit.
pub(super) fn write(out: &mut Vec<u8>, exemplar: &Exemplar, settings: &Settings) {
    out.extend_from_slice(&settings.exemplar_start);
    write_hex(out, exemplar.trace_id.to_be_bytes());
    out.extend_from_slice(&settings.exemplar_middle);
    write_hex(out, exemplar.span_id.to_be_bytes());
    for (name, value) in exemplar.more_labels([&settings.trace_label, &settings.span_label]) {
        out.extend_from_slice(b"\",");
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"=\"");
        escape(out, value);
    }
    out.extend_from_slice(b"\"} ");
    write_float(out, exemplar.value);
    out.push(b' ');
    write_seconds(out, i64::try_from(exemplar.unix_ms).unwrap_or(i64::MAX));
}
