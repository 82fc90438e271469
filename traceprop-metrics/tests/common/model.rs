//! The messages of Prometheus' client_model, as far as anything here writes them.

use prost::Message;

#[derive(Clone, PartialEq, Message)]
pub(crate) struct MetricFamily {
    #[prost(string, optional, tag = "1")]
    pub(crate) name: Option<String>,
    #[prost(string, optional, tag = "2")]
    pub(crate) help: Option<String>,
    #[prost(int32, optional, tag = "3")]
    pub(crate) r#type: Option<i32>,
    #[prost(message, repeated, tag = "4")]
    pub(crate) metric: Vec<Metric>,
    #[prost(string, optional, tag = "5")]
    pub(crate) unit: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Metric {
    #[prost(message, repeated, tag = "1")]
    pub(crate) label: Vec<LabelPair>,
    #[prost(message, optional, tag = "2")]
    pub(crate) gauge: Option<Gauge>,
    #[prost(message, optional, tag = "3")]
    pub(crate) counter: Option<Counter>,
    #[prost(message, optional, tag = "4")]
    pub(crate) summary: Option<Summary>,
    #[prost(message, optional, tag = "7")]
    pub(crate) histogram: Option<Histogram>,
    #[prost(int64, optional, tag = "6")]
    pub(crate) timestamp_ms: Option<i64>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct LabelPair {
    #[prost(string, optional, tag = "1")]
    pub(crate) name: Option<String>,
    #[prost(string, optional, tag = "2")]
    pub(crate) value: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Gauge {
    #[prost(double, optional, tag = "1")]
    pub(crate) value: Option<f64>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Counter {
    #[prost(double, optional, tag = "1")]
    pub(crate) value: Option<f64>,
    #[prost(message, optional, tag = "2")]
    pub(crate) exemplar: Option<Exemplar>,
    #[prost(message, optional, tag = "3")]
    pub(crate) created_timestamp: Option<Timestamp>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Summary {
    #[prost(uint64, optional, tag = "1")]
    pub(crate) sample_count: Option<u64>,
    #[prost(double, optional, tag = "2")]
    pub(crate) sample_sum: Option<f64>,
    #[prost(message, repeated, tag = "3")]
    pub(crate) quantile: Vec<Quantile>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Quantile {
    #[prost(double, optional, tag = "1")]
    pub(crate) quantile: Option<f64>,
    #[prost(double, optional, tag = "2")]
    pub(crate) value: Option<f64>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Histogram {
    #[prost(uint64, optional, tag = "1")]
    pub(crate) sample_count: Option<u64>,
    #[prost(double, optional, tag = "2")]
    pub(crate) sample_sum: Option<f64>,
    #[prost(message, repeated, tag = "3")]
    pub(crate) bucket: Vec<Bucket>,
    #[prost(message, optional, tag = "15")]
    pub(crate) created_timestamp: Option<Timestamp>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Bucket {
    #[prost(uint64, optional, tag = "1")]
    pub(crate) cumulative_count: Option<u64>,
    #[prost(double, optional, tag = "2")]
    pub(crate) upper_bound: Option<f64>,
    #[prost(message, optional, tag = "3")]
    pub(crate) exemplar: Option<Exemplar>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Exemplar {
    #[prost(message, repeated, tag = "1")]
    pub(crate) label: Vec<LabelPair>,
    #[prost(double, optional, tag = "2")]
    pub(crate) value: Option<f64>,
    #[prost(message, optional, tag = "3")]
    pub(crate) timestamp: Option<Timestamp>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Timestamp {
    #[prost(int64, tag = "1")]
    pub(crate) seconds: i64,
    #[prost(int32, tag = "2")]
    pub(crate) nanos: i32,
}

/// Every message of a delimited body; panics where one is malformed.
pub(crate) fn read(mut body: &[u8]) -> Vec<MetricFamily> {
    let mut families = Vec::new();
    while !body.is_empty() {
        families.push(MetricFamily::decode_length_delimited(&mut body).unwrap());
    }
    families
}

impl MetricFamily {
    pub(crate) fn rename_exemplar_label(&mut self, from: &str, to: &str) {
        let label = |label: &mut LabelPair| {
            if label.name() == from {
                label.name = Some(to.to_owned());
            }
        };
        let exemplars = self.metric.iter_mut().flat_map(|metric| {
            let counter = metric.counter.iter_mut().flat_map(|c| &mut c.exemplar);
            let buckets = metric.histogram.iter_mut().flat_map(|h| &mut h.bucket);
            counter.chain(buckets.flat_map(|bucket| &mut bucket.exemplar))
        });
        exemplars
            .flat_map(|exemplar| &mut exemplar.label)
            .for_each(label);
    }

    pub(crate) fn has_created(&self) -> bool {
        self.metric.iter().any(|metric| {
            let counter = metric
                .counter
                .as_ref()
                .and_then(|c| c.created_timestamp.as_ref());
            let histogram = metric
                .histogram
                .as_ref()
                .and_then(|h| h.created_timestamp.as_ref());
            counter
                .or(histogram)
                .is_some_and(|time| time.seconds > 1_600_000_000)
        })
    }

    pub(crate) fn forget_created(&mut self) {
        for metric in &mut self.metric {
            metric
                .counter
                .iter_mut()
                .for_each(|c| c.created_timestamp = None);
            metric
                .histogram
                .iter_mut()
                .for_each(|h| h.created_timestamp = None);
        }
    }
}

impl Metric {
    pub(crate) fn labels(&self) -> Vec<(&str, &str)> {
        self.label
            .iter()
            .map(|pair| (pair.name(), pair.value()))
            .collect()
    }
}

impl Bucket {
    pub(crate) fn trace_id(&self) -> String {
        self.exemplar
            .as_ref()
            .map_or_else(String::new, Exemplar::trace_id)
    }
}

impl Exemplar {
    /// The value of the first label, whatever its name.
    pub(crate) fn trace_id(&self) -> String {
        self.label[0].value().to_owned()
    }

    pub(crate) fn unix_seconds(&self) -> f64 {
        let time = self.timestamp.as_ref().unwrap();
        time.seconds as f64 + f64::from(time.nanos) / 1e9
    }
}
