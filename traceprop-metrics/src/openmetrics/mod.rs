//! OpenMetrics text, version 1.0.0.
//!
//! <https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md>

mod model;
mod names;
mod number;
mod reading;
mod writer;

use crate::session::Gathered;

/// The whole body, `# EOF` included.
pub(crate) fn body(gathered: &Gathered, strict: bool) -> String {
    let families = model::families(gathered);
    let shapes = names::shapes(&families);
    let mut writer = writer::Writer::new(strict);
    for (family, shape) in families.iter().zip(&shapes) {
        writer.family(family, shape);
    }
    writer.finish()
}
