//! The protobuf format: `MetricFamily` messages, each after its length.
//!
//! <https://github.com/prometheus/client_model/blob/v0.6.1/io/prometheus/client/metrics.proto>
//!
//! Written byte by byte from the series themselves. The messages of the crate `prometheus` know neither
//! exemplars nor the time at which a series began, and would all have to be there at once.

use std::sync::Arc;

use super::names::family_name;
use super::plan::Family;
use super::point::{Kind, Point, Value};
use super::wire;
use crate::settings::Settings;
use crate::slot::Exemplar;
use crate::snapshot::Buckets;

/// A family of more than this goes on in another message of the same name: a message's length stands
/// before it, so all of it must be held.
const ENOUGH: usize = 1 << 20;

pub(super) struct Messages {
    settings: Arc<Settings>,
    /// The message that is being made, and how much of it stands before the first metric.
    message: Vec<u8>,
    header: usize,
}

impl Messages {
    pub(super) fn new(settings: Arc<Settings>) -> Self {
        Self {
            settings,
            message: Vec::new(),
            header: 0,
        }
    }

    pub(super) fn begin(&mut self, family: &Family) {
        let message = &mut self.message;
        message.clear();
        wire::bytes(message, 1, family.name.as_bytes());
        if !family.help.is_empty() {
            wire::bytes(message, 2, family.help.as_bytes());
        }
        let kind = match family.kind {
            Kind::Counter => 0,
            Kind::Gauge | Kind::Info => 1,
            Kind::Summary => 2,
            Kind::Histogram => 4,
        };
        wire::varint(message, 3, kind);
        let name = family_name(&family.name, family.kind);
        if let Some(unit) = self.settings.unit_of(name) {
            wire::bytes(message, 5, unit.as_bytes());
        }
        self.header = message.len();
    }

    pub(super) fn point(&mut self, out: &mut Vec<u8>, family: &Family, point: &Point<'_>) {
        if self.message.len() > ENOUGH {
            self.end(out);
            self.begin(family);
        }
        let settings = &self.settings;
        wire::nested(&mut self.message, 4, |metric| {
            for (name, value) in point.labels.iter() {
                wire::nested(metric, 1, |label| {
                    wire::bytes(label, 1, name.as_bytes());
                    wire::bytes(label, 2, value.as_bytes());
                });
            }
            match &point.value {
                Value::Number { value, exemplar } if family.kind == Kind::Counter => {
                    wire::nested(metric, 3, |counter| {
                        wire::double(counter, 1, *value);
                        if let Some(exemplar) = exemplar {
                            wire::nested(counter, 2, |out| write_exemplar(out, exemplar, settings));
                        }
                        created(counter, 3, point.created_ms);
                    });
                }
                Value::Number { value, .. } => {
                    wire::nested(metric, 2, |gauge| wire::double(gauge, 1, *value));
                }
                Value::Histogram(buckets) => wire::nested(metric, 7, |histogram| {
                    write_histogram(histogram, buckets, settings);
                    created(histogram, 15, point.created_ms);
                }),
                Value::Summary(summary) => wire::nested(metric, 4, |out| {
                    wire::varint(out, 1, summary.sample_count());
                    wire::double(out, 2, summary.sample_sum());
                    for quantile in summary.get_quantile() {
                        wire::nested(out, 3, |out| {
                            wire::double(out, 1, quantile.quantile());
                            wire::double(out, 2, quantile.value());
                        });
                    }
                }),
            }
            if point.timestamp_ms != 0 {
                // Negative numbers are written as their two's complement.
                wire::varint(metric, 6, point.timestamp_ms as u64);
            }
        });
    }

    /// Sends the message on its way, if there is a metric in it.
    pub(super) fn end(&mut self, out: &mut Vec<u8>) {
        if self.message.len() > self.header {
            wire::length(out, self.message.len());
            out.extend_from_slice(&self.message);
        }
        self.message.clear();
        self.header = 0;
    }
}

fn write_histogram(out: &mut Vec<u8>, buckets: &Buckets, settings: &Settings) {
    wire::varint(out, 1, buckets.total());
    wire::double(out, 2, buckets.sum);
    for (bound, count, exemplar) in buckets.iter() {
        // Readers add the last bucket from the count; only its exemplar has no other place.
        if bound == f64::INFINITY && exemplar.is_none() {
            continue;
        }
        wire::nested(out, 3, |bucket| {
            wire::varint(bucket, 1, count);
            wire::double(bucket, 2, bound);
            if let Some(exemplar) = exemplar {
                wire::nested(bucket, 3, |out| write_exemplar(out, exemplar, settings));
            }
        });
    }
}

fn created(out: &mut Vec<u8>, field: u64, unix_ms: Option<u64>) {
    if let Some(unix_ms) = unix_ms {
        wire::nested(out, field, |out| timestamp(out, unix_ms));
    }
}

/// The fields of an `Exemplar` message.
pub(crate) fn write_exemplar(out: &mut Vec<u8>, exemplar: &Exemplar, settings: &Settings) {
    wire::nested(out, 1, |label| {
        wire::bytes(label, 1, settings.trace_label.as_bytes());
        wire::hex(label, 2, exemplar.trace_id.to_be_bytes());
    });
    wire::nested(out, 1, |label| {
        wire::bytes(label, 1, settings.span_label.as_bytes());
        wire::hex(label, 2, exemplar.span_id.to_be_bytes());
    });
    for (name, value) in exemplar.more_labels([&settings.trace_label, &settings.span_label]) {
        wire::nested(out, 1, |label| {
            wire::bytes(label, 1, name.as_bytes());
            wire::bytes(label, 2, value.as_bytes());
        });
    }
    wire::double(out, 2, exemplar.value);
    wire::nested(out, 3, |out| timestamp(out, exemplar.unix_ms));
}

/// The fields of a `google.protobuf.Timestamp`.
fn timestamp(out: &mut Vec<u8>, unix_ms: u64) {
    wire::varint(out, 1, unix_ms / 1000);
    wire::varint(out, 2, unix_ms % 1000 * 1_000_000);
}
