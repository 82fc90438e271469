//! How wide each column of a drawing is.

use super::{
    Waterfall,
    cells::{DURATION, elide, width},
};
use crate::tree::rows::Row;

/// What stands between two columns.
pub(super) const GAP: usize = 2;

/// The widths in terminal columns; zero for a column that is left out.
pub(super) struct Columns {
    pub(super) name: usize,
    pub(super) service: usize,
    pub(super) bar: usize,
}

impl Columns {
    /// Gives the bars what the other columns leave; `ending` is what stands behind the durations.
    pub(super) fn fit(style: &Waterfall, rows: &[Row<'_>], ending: usize) -> Self {
        // Of a longer name only so much counts, so that a megabyte is not measured.
        let text = |text: &str| width(&elide(text, style.width, style.charset()));
        let names = rows
            .iter()
            .map(|row| width(&row.branches) + text(&row.node.name));
        let services = rows.iter().map(|row| text(&row.node.service));
        let name = names.max().unwrap_or(0).min(style.name_limit());
        let service = services.max().unwrap_or(0).min(style.width / 7);
        let others = name + service + DURATION + ending + 4 * GAP;
        let bar = if style.bars {
            style.width.saturating_sub(others)
        } else {
            0
        };
        Self { name, service, bar }
    }
}

impl Waterfall {
    /// Whether there is room for more than the bare necessities.
    pub(super) fn wide(&self) -> bool {
        self.width >= 80
    }

    /// The columns that branches and name take at most, so that some are left for the bars.
    fn name_limit(&self) -> usize {
        self.width * if self.bars { 33 } else { 50 } / 100
    }

    /// The levels of the tree that are drawn, so that ten columns or so are left for the name.
    pub(super) fn levels(&self) -> usize {
        (self.name_limit() - 12) / 3
    }

    /// What marks the bottleneck.
    pub(super) fn arrow(&self, percent: u8) -> String {
        let arrow = if self.ascii { "<-" } else { "←" };
        let word = if self.wide() { " bottleneck" } else { "" };
        format!("{arrow}{word} {percent}%")
    }
}
