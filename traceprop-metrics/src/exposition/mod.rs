//! Writes what a registry gathered, a piece at a time.

mod exemplar;
mod lines;
mod metadata;
mod names;
mod number;
mod plan;
mod point;
pub(crate) mod protobuf;
mod reading;
mod strict;
mod text;
mod wire;

use std::collections::HashSet;
use std::sync::Arc;
use std::vec;

use prometheus::Registry;

use self::lines::Lines;
use self::names::Shape;
use self::plan::Family;
use self::protobuf::Messages;
use crate::accept::Format;
use crate::clock;
use crate::session;
use crate::settings::Settings;
use crate::snapshot::Buckets;

pub(crate) use self::point::is_name;
use self::point::{Labels, Point};

/// A body in the making.
///
/// Holds what the registry gathered, which is a pointer for each series of ours, and the numbers of the
/// one series that is being written.
pub(crate) struct Exposition {
    families: vec::IntoIter<Family>,
    current: Option<Current>,
    writer: Writer,
    buckets: Buckets,
    finished: bool,
}

/// A family being written: OpenMetrics wants one of a clashing name in parts, one after the other.
struct Current {
    family: Family,
    part: usize,
    /// The place among the family's metrics, and among the series that metric stands for.
    metric: usize,
    series: usize,
    /// Whether the part's first series was written, and its metadata before it.
    begun: bool,
    /// Of a family of several sources: the labels of what was written.
    written: HashSet<Vec<u8>>,
}

enum Writer {
    Lines(Lines),
    Messages(Messages),
}

/// Which samples of a family are being written.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Part {
    /// All of them, with the family's own type.
    Whole,
    /// Those with this suffix, as a family of their own without a type.
    Only(&'static str),
}

impl Exposition {
    /// Gathers `registry`, on this thread and at once.
    pub(crate) fn new(registry: &Registry, format: Format, settings: &Arc<Settings>) -> Self {
        clock::catch_up();
        let mut families = plan::families(session::gather(registry), settings.target.as_ref());
        if format.is_openmetrics() {
            plan::shape(&mut families);
        }
        let settings = Arc::clone(settings);
        Self {
            families: families.into_iter(),
            current: None,
            writer: match format {
                Format::Protobuf => Writer::Messages(Messages::new(settings)),
                Format::OpenMetrics(_) => Writer::Lines(Lines::openmetrics(settings)),
                Format::Text => Writer::Lines(Lines::text(settings)),
            },
            buckets: Buckets::default(),
            finished: false,
        }
    }

    /// Appends to `out` until it holds `enough` bytes; `false` once there is nothing more.
    ///
    /// A series is never split, so `out` grows beyond `enough` by one series at most, or one message.
    pub(crate) fn fill(&mut self, out: &mut Vec<u8>, enough: usize) -> bool {
        while !self.finished && out.len() < enough {
            self.step(out);
        }
        !self.finished
    }

    /// Writes one series, or goes on to the next family.
    fn step(&mut self, out: &mut Vec<u8>) {
        if let Some(current) = &mut self.current {
            if current.step(&mut self.writer, &mut self.buckets, out) {
                return;
            }
            self.current = None;
        }
        match self.families.next() {
            Some(family) => self.current = Some(Current::new(family)),
            None => {
                self.writer.finish(out);
                self.finished = true;
            }
        }
    }
}

impl Current {
    fn new(family: Family) -> Self {
        Self {
            family,
            part: 0,
            metric: 0,
            series: 0,
            begun: false,
            written: HashSet::new(),
        }
    }

    fn part(&self) -> Option<Part> {
        match &self.family.shape {
            Shape::Typed => (self.part == 0).then_some(Part::Whole),
            Shape::Unknown(suffixes) => suffixes.get(self.part).copied().map(Part::Only),
        }
    }

    /// Writes the next series; `false` if there is none.
    fn step(&mut self, writer: &mut Writer, buckets: &mut Buckets, out: &mut Vec<u8>) -> bool {
        let Some(part) = self.part() else {
            return false;
        };
        let Some(metric) = self.family.metric(self.metric) else {
            self.end_part(writer, out);
            return true;
        };
        let own = self.family.own(self.metric);
        let point = match own {
            Some(snapshot) => point::own(snapshot, self.series, metric, buckets),
            None if self.series == 0 => Some(point::plain(self.family.kind, metric, buckets)),
            None => None,
        };
        let Some(point) = point else {
            (self.metric, self.series) = (self.metric + 1, 0);
            return true;
        };
        // All series of a snapshot have the same label names.
        let kind = self.family.kind;
        let valid = (own.is_some() && self.series > 0) || point.labels.are_valid(kind);
        self.series += 1;
        if !valid {
            if own.is_some() {
                (self.metric, self.series) = (self.metric + 1, 0);
            }
            return true;
        }
        let once = if self.family.is_mixed() {
            self.written.insert(key(point.labels))
        } else {
            own.is_some() || !self.family.is_repeated(self.metric)
        };
        if once && !self.begun {
            self.begun = true;
            writer.begin(out, &self.family, part);
        }
        if once {
            writer.point(out, &self.family, part, &point);
        }
        true
    }

    fn end_part(&mut self, writer: &mut Writer, out: &mut Vec<u8>) {
        if self.begun {
            writer.end(out);
        }
        self.part += 1;
        (self.metric, self.series, self.begun) = (0, 0, false);
        self.written.clear();
    }
}

/// The labels, sorted: their order makes no other series.
fn key(labels: Labels<'_>) -> Vec<u8> {
    let mut pairs: Vec<_> = labels.iter().collect();
    pairs.sort_unstable();
    let mut key = Vec::new();
    for text in pairs.into_iter().flat_map(|(name, value)| [name, value]) {
        key.extend_from_slice(text.as_bytes());
        // In no UTF-8 text.
        key.push(0xff);
    }
    key
}

impl Writer {
    fn begin(&mut self, out: &mut Vec<u8>, family: &Family, part: Part) {
        match self {
            Self::Lines(lines) => lines.begin(out, family, part),
            Self::Messages(messages) => messages.begin(family),
        }
    }

    fn point(&mut self, out: &mut Vec<u8>, family: &Family, part: Part, point: &Point<'_>) {
        match self {
            Self::Lines(lines) => lines.point(out, family, part, point),
            Self::Messages(messages) => messages.point(out, family, point),
        }
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        if let Self::Messages(messages) = self {
            messages.end(out);
        }
    }

    fn finish(&self, out: &mut Vec<u8>) {
        if let Self::Lines(lines) = self {
            lines.finish(out);
        }
    }
}
