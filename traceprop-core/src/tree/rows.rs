//! The rows of a tree, with the branches that lead to each.

use super::{Charset, Node};

/// One row of a drawn tree.
pub(crate) struct Row<'a> {
    pub(crate) node: Node<'a>,
    /// What stands before the name: `│  ├─ `.
    pub(crate) branches: String,
    /// What stands before a second line of the same row: `│  │  `. The console's alone.
    #[cfg_attr(not(feature = "console"), allow(dead_code))]
    pub(crate) continued: String,
}

/// The rows of the nodes of a trace, which must come with parents before children and each subtree
/// in one piece, as those of [`Trace::nodes`](super::Trace::nodes) do.
///
/// Of the branches of a span deeper than `levels`, the innermost are drawn, after an ellipsis: without
/// a bound a chain of ten thousand spans would fill fifty million columns. Each level takes three.
pub(crate) fn rows<'a>(
    nodes: impl Iterator<Item = Node<'a>>,
    charset: Charset,
    levels: usize,
) -> Vec<Row<'a>> {
    // Whether more siblings follow: one entry for each level from the top down to the current row.
    let mut follows: Vec<bool> = Vec::new();
    let mut depths = Depths::default();
    let row = |node| {
        let (depth, more) = depths.next(&node);
        follows.truncate(depth);
        follows.push(more);
        draw(node, &follows, charset, levels)
    };
    nodes.map(row).collect()
}

/// Tells the depth of each node of a walk in the order of display, and whether siblings follow.
#[derive(Default)]
struct Depths {
    /// Children still to come, for each level above the next node.
    left: Vec<usize>,
}

impl Depths {
    fn next(&mut self, node: &Node<'_>) -> (usize, bool) {
        while self.left.last() == Some(&0) {
            self.left.pop();
        }
        let depth = self.left.len();
        let more = self.left.last_mut().is_some_and(|left| {
            *left -= 1;
            *left > 0
        });
        let children = node.children().len();
        if children > 0 {
            self.left.push(children);
        }
        (depth, more)
    }
}

fn draw<'a>(node: Node<'a>, follows: &[bool], charset: Charset, levels: usize) -> Row<'a> {
    let (line, fork, corner, deep) = match charset {
        Charset::Unicode => ("│  ", "├─ ", "└─ ", "… "),
        Charset::Ascii => ("|  ", "|- ", "`- ", "~ "),
    };
    // The tops have no branch of their own.
    let follows = follows.get(1..).unwrap_or_default();
    let hidden = follows.len().saturating_sub(levels);
    let mut above = if hidden > 0 {
        deep.to_owned()
    } else {
        String::new()
    };
    let (own, outer) = match follows[hidden..].split_last() {
        Some((&own, outer)) => (Some(own), outer),
        None => (None, &[][..]),
    };
    for &more in outer {
        above.push_str(if more { line } else { "   " });
    }
    let below = if node.children().len() > 0 {
        line
    } else {
        "   "
    };
    let (fork, after) = match own {
        Some(true) => (fork, line),
        Some(false) => (corner, "   "),
        None => ("", ""),
    };
    Row {
        node,
        branches: format!("{above}{fork}"),
        continued: format!("{above}{after}{below}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{Trace, fixture::span};

    fn drawn(trace: &Trace, charset: Charset) -> Vec<String> {
        let row = |r: &Row<'_>| format!("{}{}", r.branches, r.node.name);
        rows(trace.nodes(), charset, 9).iter().map(row).collect()
    }

    fn family() -> Trace {
        Trace::build(vec![
            span(1, 0, "root", 0, 9),
            span(2, 1, "a", 1, 2),
            span(3, 2, "b", 1, 2),
            span(4, 3, "c", 1, 2),
            span(5, 1, "d", 3, 4),
            span(6, 5, "e", 3, 4),
            span(7, 5, "f", 4, 5),
            span(8, 99, "orphan", 6, 7),
        ])
    }

    #[test]
    fn branches() {
        let want = [
            "root",
            "├─ a",
            "│  └─ b",
            "│     └─ c",
            "└─ d",
            "   ├─ e",
            "   └─ f",
            "orphan",
        ];
        assert_eq!(drawn(&family(), Charset::Unicode), want);
        let want = [
            "root",
            "|- a",
            "|  `- b",
            "|     `- c",
            "`- d",
            "   |- e",
            "   `- f",
            "orphan",
        ];
        assert_eq!(drawn(&family(), Charset::Ascii), want);
    }

    #[test]
    fn second_lines_keep_the_branches() {
        let trace = family();
        let continued: Vec<_> = rows(trace.nodes(), Charset::Unicode, 9)
            .into_iter()
            .map(|r| r.continued)
            .collect();
        assert_eq!(
            continued,
            [
                "│  ",
                "│  │  ",
                "│     │  ",
                "│           ",
                "   │  ",
                "   │     ",
                "         ",
                "   "
            ]
        );
    }

    #[test]
    fn depth_is_bounded() {
        let deep = Trace::build((1..=500).map(|id| span(id, id - 1, "s", id, 999)).collect());
        let rows = rows(deep.nodes(), Charset::Unicode, 9);
        assert!(
            rows.iter()
                .all(|row| row.branches.chars().count() <= 3 * 9 + 2)
        );
        assert!(rows[499].branches.starts_with("… "));
    }
}
