//! Finds each span's place in its trace: parents, tops, duplicates, cycles.

use std::collections::{HashMap, hash_map::Entry};

use super::{Position, Span};

/// Where a span stands; indices are into the sorted spans.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) position: Position,
    /// `None` for every position but [`Position::Child`].
    pub(super) parent: Option<usize>,
    /// In ascending order, which is that of start and name.
    pub(super) children: Vec<usize>,
}

/// Sorts by start, name and id, so that the order of arrival changes nothing, and takes out all but
/// the first span of each id.
pub(super) fn sort(mut spans: Vec<Span>) -> (Vec<Span>, Vec<Span>) {
    spans.sort_by(|a, b| {
        (a.start, &a.name, a.span_id.to_bytes()).cmp(&(b.start, &b.name, b.span_id.to_bytes()))
    });
    let mut seen = HashMap::with_capacity(spans.len());
    let mut duplicates = Vec::new();
    let mut unique = Vec::with_capacity(spans.len());
    for span in spans {
        match seen.entry(span.span_id) {
            Entry::Vacant(entry) => {
                entry.insert(());
                unique.push(span);
            }
            Entry::Occupied(_) => duplicates.push(span),
        }
    }
    (unique, duplicates)
}

/// Links sorted spans of distinct ids into a forest: from the tops, each span is reached exactly once.
pub(super) fn link(spans: &[Span]) -> Vec<Place> {
    let index: HashMap<_, _> = spans
        .iter()
        .enumerate()
        .map(|(at, s)| (s.span_id, at))
        .collect();
    let mut places: Vec<Place> = spans
        .iter()
        .map(|span| {
            let parent = span.parent_span_id.and_then(|id| index.get(&id).copied());
            let position = match (span.parent_span_id, parent) {
                (None, _) => Position::Root,
                (Some(_), None) => Position::Orphan,
                (Some(_), Some(_)) => Position::Child,
            };
            Place {
                position,
                parent,
                children: Vec::new(),
            }
        })
        .collect();
    cut_cycles(&mut places);
    for at in 0..places.len() {
        if let Some(parent) = places[at].parent {
            places[parent].children.push(at);
        }
    }
    places
}

/// Takes the parent from one span of each cycle: the one that started first.
fn cut_cycles(places: &mut [Place]) {
    // The walk that came by a span, counted from one; spans of earlier walks are known to be sound.
    let mut visited = vec![0; places.len()];
    for first in 0..places.len() {
        let walk = first + 1;
        let mut at = first;
        while visited[at] == 0 {
            visited[at] = walk;
            let Some(parent) = places[at].parent else {
                break;
            };
            if visited[parent] == walk {
                let earliest = cycle(places, parent).into_iter().min().unwrap_or(parent);
                places[earliest].parent = None;
                places[earliest].position = Position::Cycle;
                break;
            }
            at = parent;
        }
    }
}

fn cycle(places: &[Place], start: usize) -> Vec<usize> {
    let mut members = vec![start];
    let mut at = start;
    while let Some(parent) = places[at].parent.filter(|&parent| parent != start) {
        members.push(parent);
        at = parent;
    }
    members
}
