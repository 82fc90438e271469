//! Lines of text: OpenMetrics 1.0.0, and the text format 0.0.4 as `prometheus` itself writes it.
//!
//! <https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md>

use std::sync::Arc;

use prometheus::proto::Quantile;

use super::names::{family_name, sample_suffixes};
use super::number::{write_count, write_float, write_plain, write_seconds};
use super::plan::Family;
use super::point::{Kind, Labels, Point, Value};
use super::text::{concat, escape};
use super::{Part, exemplar, metadata, strict};
use crate::settings::{LeStyle, Settings};
use crate::slot::Exemplar;
use crate::snapshot::Buckets;

pub(super) struct Lines {
    openmetrics: bool,
    settings: Arc<Settings>,
    /// Up to and with the value of the label `le`, for each bound of the last histogram: the others of
    /// its family have the same.
    bounds: Vec<f64>,
    ends: Vec<Vec<u8>>,
    /// What all lines of one series begin with; the room is used again for the next one.
    start: Vec<u8>,
}

#[derive(Clone, Copy)]
enum Number {
    Float(f64),
    Count(u64),
}

impl Lines {
    pub(super) fn openmetrics(settings: Arc<Settings>) -> Self {
        Self {
            openmetrics: true,
            settings,
            bounds: Vec::new(),
            ends: Vec::new(),
            start: Vec::new(),
        }
    }

    pub(super) fn text(settings: Arc<Settings>) -> Self {
        Self {
            openmetrics: false,
            ..Self::openmetrics(settings)
        }
    }

    pub(super) fn finish(&self, out: &mut Vec<u8>) {
        if self.openmetrics {
            out.extend_from_slice(b"# EOF\n");
        }
    }

    pub(super) fn begin(&self, out: &mut Vec<u8>, family: &Family, part: Part) {
        if self.openmetrics {
            metadata::openmetrics(out, family, part, &self.settings);
        } else {
            metadata::text(out, family);
        }
    }

    pub(super) fn point(
        &mut self,
        out: &mut Vec<u8>,
        family: &Family,
        part: Part,
        point: &Point<'_>,
    ) {
        let strict = self.openmetrics && self.settings.strict && part == Part::Whole;
        for suffix in self.order(family.kind) {
            if matches!(part, Part::Only(only) if only != *suffix) {
                continue;
            }
            match (&point.value, *suffix) {
                (value, suffix) if strict && strict::forbids(value, suffix) => {}
                (Value::Histogram(buckets), "_bucket") => {
                    self.buckets(out, family, part, point, buckets)
                }
                (Value::Summary(summary), "") => {
                    let allowed = |quantile: &&_| !strict || strict::allows_quantile(quantile);
                    let quantiles = summary.get_quantile().iter().filter(allowed);
                    self.quantiles(out, family, point, quantiles);
                }
                (value, suffix) => self.single(out, family, part, point, suffix, value),
            }
        }
        if let Some(created_ms) = point.created_ms
            && self.openmetrics
            && self.settings.created
            && part == Part::Whole
        {
            let name = family_name(&family.name, family.kind);
            sample_start(out, name, "_created", point.labels, None);
            write_seconds(out, i64::try_from(created_ms).unwrap_or(i64::MAX));
            out.push(b'\n');
        }
    }

    /// The suffixes of a point's samples in the order in which they are written.
    fn order(&self, kind: Kind) -> &'static [&'static str] {
        match kind {
            Kind::Histogram if !self.openmetrics => &["_bucket", "_sum", "_count"],
            Kind::Summary if !self.openmetrics => &["", "_sum", "_count"],
            _ => sample_suffixes(kind),
        }
    }

    /// A sample without a label of the format's own.
    fn single(
        &self,
        out: &mut Vec<u8>,
        family: &Family,
        part: Part,
        point: &Point<'_>,
        suffix: &str,
        value: &Value<'_>,
    ) {
        let (number, exemplar) = match value {
            Value::Number { value, exemplar } => (Number::Float(*value), exemplar.as_ref()),
            Value::Histogram(buckets) if suffix == "_sum" => (Number::Float(buckets.sum), None),
            Value::Histogram(buckets) => (Number::Count(buckets.total()), None),
            Value::Summary(summary) if suffix == "_sum" => {
                (Number::Float(summary.sample_sum()), None)
            }
            Value::Summary(summary) => (Number::Count(summary.sample_count()), None),
        };
        sample_start(out, &family.name, suffix, point.labels, None);
        self.number(out, number);
        self.end(
            out,
            point.timestamp_ms,
            exemplar.filter(|_| part == Part::Whole),
        );
    }

    fn buckets(
        &mut self,
        out: &mut Vec<u8>,
        family: &Family,
        part: Part,
        point: &Point<'_>,
        buckets: &Buckets,
    ) {
        self.spell_bounds(&buckets.bounds);
        self.start.clear();
        sample_start(
            &mut self.start,
            &family.name,
            "_bucket",
            point.labels,
            Some("le"),
        );
        for ((_, count, exemplar), end) in buckets.iter().zip(&self.ends) {
            out.extend_from_slice(&self.start);
            out.extend_from_slice(end);
            write_count(out, count);
            self.end(
                out,
                point.timestamp_ms,
                exemplar.filter(|_| part == Part::Whole),
            );
        }
    }

    fn spell_bounds(&mut self, bounds: &[f64]) {
        if self.bounds == bounds {
            return;
        }
        let spelt = |bound: &f64| {
            let mut end = Vec::new();
            self.own_label(&mut end, *bound);
            end
        };
        self.ends = bounds.iter().map(spelt).collect();
        self.bounds.clear();
        self.bounds.extend_from_slice(bounds);
    }

    fn quantiles<'a>(
        &self,
        out: &mut Vec<u8>,
        family: &Family,
        point: &Point<'_>,
        quantiles: impl Iterator<Item = &'a Quantile>,
    ) {
        for quantile in quantiles {
            sample_start(out, &family.name, "", point.labels, Some("quantile"));
            self.own_label(out, quantile.quantile());
            self.number(out, Number::Float(quantile.value()));
            self.end(out, point.timestamp_ms, None);
        }
    }

    /// The value of `le` or `quantile`, and all there is up to the sample's value.
    fn own_label(&self, out: &mut Vec<u8>, value: f64) {
        let canonical = self.openmetrics && self.settings.le_style == LeStyle::Canonical;
        if canonical || value.is_infinite() {
            write_float(out, value);
        } else {
            write_plain(out, value);
        }
        out.extend_from_slice(b"\"} ");
    }

    fn number(&self, out: &mut Vec<u8>, number: Number) {
        match number {
            Number::Count(count) => write_count(out, count),
            Number::Float(value) if self.openmetrics => write_float(out, value),
            Number::Float(value) => write_plain(out, value),
        }
    }

    /// What follows a sample's value.
    fn end(&self, out: &mut Vec<u8>, timestamp_ms: i64, exemplar: Option<&Exemplar>) {
        if timestamp_ms != 0 {
            out.push(b' ');
            if self.openmetrics {
                write_seconds(out, timestamp_ms);
            } else {
                if timestamp_ms < 0 {
                    out.push(b'-');
                }
                write_count(out, timestamp_ms.unsigned_abs());
            }
        }
        if let Some(exemplar) = exemplar.filter(|_| self.openmetrics) {
            exemplar::write(out, exemplar, &self.settings);
        }
        out.push(b'\n');
    }
}

/// The name and labels, up to the sample's value or, with a label of the `format`'s own, up to its value.
fn sample_start(
    out: &mut Vec<u8>,
    name: &str,
    suffix: &str,
    labels: Labels<'_>,
    format: Option<&str>,
) {
    concat(out, &[name, suffix]);
    let mut separator = b'{';
    for (name, value) in labels.iter() {
        out.push(separator);
        concat(out, &[name, "=\""]);
        escape(out, value);
        out.push(b'"');
        separator = b',';
    }
    if let Some(name) = format {
        out.push(separator);
        concat(out, &[name, "=\""]);
    } else {
        concat(out, &[if separator == b',' { "} " } else { " " }]);
    }
}
