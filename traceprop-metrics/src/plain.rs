//! Metrics whose values are read when they are collected: no exemplars, nothing kept.

use prometheus::core::{Desc, Describer};
use prometheus::proto::{self, LabelPair, MetricFamily, MetricType};
use prometheus::{Opts, Result};

/// A gauge or a counter with one variable label at most.
#[derive(Debug)]
pub(crate) struct Plain {
    desc: Desc,
    kind: MetricType,
}

impl Plain {
    pub(crate) fn gauge(opts: Opts) -> Result<Self> {
        Self::new(opts, MetricType::GAUGE)
    }

    /// Name it `..._total`.
    pub(crate) fn counter(opts: Opts) -> Result<Self> {
        Self::new(opts, MetricType::COUNTER)
    }

    fn new(opts: Opts, kind: MetricType) -> Result<Self> {
        Ok(Self {
            desc: opts.describe()?,
            kind,
        })
    }

    pub(crate) fn desc(&self) -> &Desc {
        &self.desc
    }

    /// The family with a series for each of the values, named by the variable label's value.
    pub(crate) fn read<'a>(
        &self,
        values: impl IntoIterator<Item = (&'a str, f64)>,
    ) -> MetricFamily {
        let metrics = values
            .into_iter()
            .map(|(label, value)| self.metric(label, value));
        let mut family = MetricFamily::default();
        family.set_name(self.desc.fq_name.clone());
        family.set_help(self.desc.help.clone());
        family.set_field_type(self.kind);
        family.set_metric(metrics.collect());
        family
    }

    /// The family of a metric without a variable label; without series if there is no value.
    pub(crate) fn read_one(&self, value: Option<f64>) -> MetricFamily {
        self.read(value.map(|value| ("", value)))
    }

    fn metric(&self, label: &str, value: f64) -> proto::Metric {
        let mut labels: Vec<LabelPair> = self.desc.const_label_pairs.clone();
        // There is one at most.
        labels.extend(self.desc.variable_labels.iter().map(|name| {
            let mut pair = LabelPair::default();
            pair.set_name(name.clone());
            pair.set_value(label.to_owned());
            pair
        }));
        labels.sort();
        let mut metric = proto::Metric::from_label(labels);
        if self.kind == MetricType::COUNTER {
            let mut counter = proto::Counter::default();
            counter.set_value(value);
            metric.set_counter(counter);
        } else {
            let mut gauge = proto::Gauge::default();
            gauge.set_value(value);
            metric.set_gauge(gauge);
        }
        metric
    }
}
