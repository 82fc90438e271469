//! Lines of text.

use std::fmt::Write;

use super::model::{Family, Kind, Point, Value};
use super::names::{Shape, sample_suffixes};
use super::number::{write_float, write_seconds};
use crate::slot::Exemplar;

/// The units we tell, where a name ends in one. OpenMetrics allows no other than the name's own.
const UNITS: [&str; 2] = ["seconds", "bytes"];

pub(super) struct Writer {
    out: String,
    strict: bool,
}

#[derive(Clone, Copy)]
enum Number {
    Float(f64),
    Count(u64),
}

/// The part of a sample after its labels.
struct Tail<'a> {
    number: Number,
    timestamp_ms: i64,
    exemplar: Option<&'a Exemplar>,
}

impl Writer {
    pub(super) fn new(strict: bool) -> Self {
        Self {
            out: String::with_capacity(4096),
            strict,
        }
    }

    pub(super) fn finish(mut self) -> String {
        self.out.push_str("# EOF\n");
        self.out
    }

    pub(super) fn family(&mut self, family: &Family<'_>, shape: &Shape<'_>) {
        match shape {
            Shape::Typed(name) => {
                self.metadata(name, "", type_name(family.kind), family.help);
                for point in &family.points {
                    for suffix in sample_suffixes(family.kind) {
                        self.point(family, point, suffix, true);
                    }
                }
            }
            Shape::Unknown(suffixes) => {
                for suffix in suffixes {
                    self.metadata(family.name, suffix, "unknown", family.help);
                    for point in &family.points {
                        self.point(family, point, suffix, false);
                    }
                }
            }
        }
    }

    /// TYPE, UNIT and HELP, in the order the format asks for.
    fn metadata(&mut self, name: &str, suffix: &str, type_name: &str, help: &str) {
        let _ = writeln!(self.out, "# TYPE {name}{suffix} {type_name}");
        let is_unit = |unit: &&str| {
            name.strip_suffix(unit)
                .is_some_and(|rest| rest.ends_with('_'))
        };
        if let Some(unit) = UNITS
            .into_iter()
            .find(is_unit)
            .filter(|_| suffix.is_empty())
        {
            let _ = writeln!(self.out, "# UNIT {name} {unit}");
        }
        if !help.is_empty() {
            let _ = write!(self.out, "# HELP {name}{suffix} ");
            self.escaped(help);
            self.out.push('\n');
        }
    }

    /// Those samples of `point` whose name ends in `suffix`.
    fn point(&mut self, family: &Family<'_>, point: &Point<'_>, suffix: &str, typed: bool) {
        let timestamp_ms = point.timestamp_ms;
        let plain = |number| Tail {
            number,
            timestamp_ms,
            exemplar: None,
        };
        match (&point.value, suffix) {
            (Value::Number { value, exemplar }, _) => {
                // Only counters have one, and only as counters may they show it.
                let exemplar = exemplar.as_ref().filter(|_| typed);
                let tail = Tail {
                    number: Number::Float(*value),
                    timestamp_ms,
                    exemplar,
                };
                self.sample(family.name, suffix, &point.labels, None, &tail);
            }
            (Value::Histogram { buckets, .. }, "_bucket") => {
                for bucket in buckets {
                    let exemplar = bucket.exemplar.as_ref().filter(|_| typed);
                    let tail = Tail {
                        number: Number::Count(bucket.count),
                        timestamp_ms,
                        exemplar,
                    };
                    self.sample(
                        family.name,
                        suffix,
                        &point.labels,
                        Some(("le", bucket.upper_bound)),
                        &tail,
                    );
                }
            }
            (Value::Histogram { buckets, sum }, _) => {
                let negative = buckets.first().is_some_and(|first| first.upper_bound < 0.0);
                if self.strict && typed && (negative || sum.is_nan() || *sum < 0.0) {
                    return;
                }
                let count = buckets.last().map_or(0, |last| last.count);
                let number = if suffix == "_sum" {
                    Number::Float(*sum)
                } else {
                    Number::Count(count)
                };
                self.sample(family.name, suffix, &point.labels, None, &plain(number));
            }
            (Value::Summary { quantiles, .. }, "") => {
                for (quantile, value) in quantiles {
                    let tail = plain(Number::Float(*value));
                    self.sample(
                        family.name,
                        suffix,
                        &point.labels,
                        Some(("quantile", *quantile)),
                        &tail,
                    );
                }
            }
            (Value::Summary { sum, count, .. }, _) => {
                let number = if suffix == "_sum" {
                    Number::Float(*sum)
                } else {
                    Number::Count(*count)
                };
                self.sample(family.name, suffix, &point.labels, None, &plain(number));
            }
        }
    }

    fn sample(
        &mut self,
        name: &str,
        suffix: &str,
        labels: &[(&str, &str)],
        own: Option<(&str, f64)>,
        tail: &Tail<'_>,
    ) {
        self.out.push_str(name);
        self.out.push_str(suffix);
        let mut separator = '{';
        for (name, value) in labels {
            self.out.push(separator);
            self.out.push_str(name);
            self.out.push_str("=\"");
            self.escaped(value);
            self.out.push('"');
            separator = ',';
        }
        if let Some((name, value)) = own {
            let _ = write!(self.out, "{separator}{name}=\"");
            write_float(&mut self.out, value);
            self.out.push('"');
            separator = ',';
        }
        self.out.push_str(if separator == ',' { "} " } else { " " });
        match tail.number {
            Number::Float(value) => write_float(&mut self.out, value),
            Number::Count(count) => _ = write!(self.out, "{count}"),
        }
        if tail.timestamp_ms != 0 {
            self.out.push(' ');
            write_seconds(&mut self.out, tail.timestamp_ms);
        }
        if let Some(exemplar) = tail.exemplar {
            self.exemplar(exemplar);
        }
        self.out.push('\n');
    }

    /// 63 of the 128 characters that an exemplar's labels may have.
    fn exemplar(&mut self, exemplar: &Exemplar) {
        let Exemplar {
            trace_id,
            span_id,
            value,
            unix_ms,
        } = exemplar;
        let _ = write!(
            self.out,
            " # {{trace_id=\"{trace_id:032x}\",span_id=\"{span_id:016x}\"}} "
        );
        write_float(&mut self.out, *value);
        self.out.push(' ');
        write_seconds(&mut self.out, i64::try_from(*unix_ms).unwrap_or(i64::MAX));
    }

    /// Help and label values alike; text 0.0.4 leaves the quotes in help alone.
    fn escaped(&mut self, text: &str) {
        let mut rest = text;
        while let Some(at) = rest.find(['\\', '\n', '"']) {
            let (before, from) = rest.split_at(at);
            self.out.push_str(before);
            let mut chars = from.chars();
            self.out.push_str(match chars.next() {
                Some('\n') => "\\n",
                Some('"') => "\\\"",
                _ => "\\\\",
            });
            rest = chars.as_str();
        }
        self.out.push_str(rest);
    }
}

fn type_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Counter => "counter",
        Kind::Gauge => "gauge",
        Kind::Histogram => "histogram",
        Kind::Summary => "summary",
    }
}
