//! Puts the rows of a trace on paper.

use std::collections::HashSet;

use super::{
    Waterfall,
    cells::{DURATION, bar, duration, elide, pad, width},
    columns::{Columns, GAP},
    detail,
};
use crate::tree::{
    Bottleneck, Trace,
    rows::{Row, rows},
};

pub(super) fn draw(trace: &Trace, style: &Waterfall) -> String {
    let rows = rows(
        trace.nodes().take(style.max_spans),
        style.charset(),
        style.levels(),
    );
    let bottleneck = trace.bottleneck();
    let endings: Vec<_> = rows
        .iter()
        .map(|row| Ending::of(row, bottleneck, style))
        .collect();
    let ending = endings.iter().map(Ending::width).max().unwrap_or(0);
    let columns = Columns::fit(style, &rows, ending);
    let mut drawing = Drawing {
        style,
        trace,
        columns,
        bottleneck,
        out: String::new(),
    };
    drawing.line("", &drawing.head(), Paint::Bold);
    let longest_wait = trace.longest_wait();
    for (row, ending) in rows.iter().zip(&endings) {
        drawing.row(row, ending);
        let error = row.node.error().map(|text| format!("! {text}"));
        let detail = detail::line(&row.node, longest_wait.as_ref(), style);
        for (text, paint) in [
            (error.unwrap_or_default(), Paint::Red),
            (detail, Paint::Dim),
        ] {
            if !text.is_empty() {
                drawing.line(&row.continued, &text, paint);
            }
        }
    }
    let rest = trace.spans().len() - rows.len();
    if rest > 0 {
        let more = drawing.more(rest, &rows);
        drawing.line("", &more, Paint::Dim);
    }
    drawing.out
}

/// What stands behind a row's duration; empty for most.
struct Ending {
    own: String,
    arrow: String,
}

impl Ending {
    fn of(row: &Row<'_>, bottleneck: Option<Bottleneck<'_>>, style: &Waterfall) -> Self {
        let node = &row.node;
        // The time of a span without children is all its own.
        let parent = style.wide() && node.children().len() > 0;
        let own = || format!("self {}", duration(node.self_time(), style.charset()));
        let slow = bottleneck.filter(|slow| slow.node.span_id == node.span_id);
        Self {
            own: parent.then(own).unwrap_or_default(),
            arrow: slow
                .map(|slow| style.arrow(slow.percent()))
                .unwrap_or_default(),
        }
    }

    fn width(&self) -> usize {
        let gap = if self.own.is_empty() || self.arrow.is_empty() {
            0
        } else {
            GAP
        };
        width(&self.own) + gap + width(&self.arrow)
    }
}

#[derive(Clone, Copy)]
enum Paint {
    Plain,
    Bold,
    Dim,
    Red,
    Yellow,
}

struct Drawing<'a> {
    style: &'a Waterfall,
    trace: &'a Trace,
    columns: Columns,
    bottleneck: Option<Bottleneck<'a>>,
    out: String,
}

impl Drawing<'_> {
    fn head(&self) -> String {
        let spans = self.trace.spans();
        let services: HashSet<&str> = spans.iter().map(|span| &*span.service).collect();
        let errors = spans.iter().filter(|span| span.is_error()).count();
        let time = duration(self.trace.duration(), self.style.charset());
        let mut head = format!("trace {}  {time}", self.trace.trace_id());
        for (number, name) in [
            (spans.len(), "span"),
            (services.len(), "service"),
            (errors, "error"),
            (self.trace.duplicates().len(), "duplicate"),
            (self.trace.foreign().len(), "stray"),
        ] {
            let s = if number == 1 { "" } else { "s" };
            let part = format!("  {number} {name}{s}");
            if number > 0 && width(&head) + part.len() <= self.style.width {
                head.push_str(&part);
            }
        }
        head
    }

    fn row(&mut self, row: &Row<'_>, ending: &Ending) {
        let (node, charset) = (&row.node, self.style.charset());
        let Columns {
            name,
            service,
            bar: bar_width,
        } = self.columns;
        let paint = match (node.is_error(), ending.arrow.is_empty()) {
            (true, _) => Paint::Red,
            (false, false) => Paint::Yellow,
            (false, true) => Paint::Plain,
        };
        let room = name.saturating_sub(width(&row.branches));
        self.paint(&row.branches, Paint::Dim);
        self.paint(&pad(&elide(&node.name, room, charset), room), paint);
        self.gap(GAP);
        self.paint(
            &pad(&elide(&node.service, service, charset), service),
            Paint::Plain,
        );
        if bar_width > 0 {
            self.gap(GAP);
            let bar = bar(node.extent(), self.trace.duration(), bar_width, charset);
            self.paint(&bar, paint);
        }
        let time = duration(node.duration(), charset);
        self.gap((GAP + DURATION).saturating_sub(width(&time)));
        self.paint(&time, paint);
        for (text, paint) in [(&ending.own, Paint::Dim), (&ending.arrow, Paint::Yellow)] {
            if !text.is_empty() {
                self.gap(GAP);
                self.paint(text, paint);
            }
        }
        self.out.push('\n');
    }

    /// What the last line says where not all spans are shown.
    fn more(&self, rest: usize, shown: &[Row<'_>]) -> String {
        let dots = if self.style.ascii { "..." } else { "…" };
        let hidden = self.bottleneck.filter(|slow| {
            shown
                .iter()
                .all(|row| row.node.span_id != slow.node.span_id)
        });
        match hidden {
            None => format!("{dots} {rest} more"),
            Some(slow) => {
                let name = elide(&slow.node.name, 30, self.style.charset());
                let arrow = self.style.arrow(slow.percent());
                format!("{dots} {rest} more, among them {name} {arrow}")
            }
        }
    }

    /// A line of text behind branches, cut at the width of the drawing.
    fn line(&mut self, branches: &str, text: &str, paint: Paint) {
        let room = self.style.width.saturating_sub(width(branches));
        self.paint(branches, Paint::Dim);
        self.paint(&elide(text, room, self.style.charset()), paint);
        self.out.push('\n');
    }

    fn gap(&mut self, columns: usize) {
        self.out.extend(std::iter::repeat_n(' ', columns));
    }

    fn paint(&mut self, text: &str, paint: Paint) {
        let code = match paint {
            Paint::Plain => "",
            Paint::Bold => "1",
            Paint::Dim => "2",
            Paint::Red => "31",
            Paint::Yellow => "33",
        };
        if !self.style.color || code.is_empty() || text.is_empty() {
            self.out.push_str(text);
        } else {
            self.out.push_str(&format!("\x1b[{code}m{text}\x1b[0m"));
        }
    }
}
