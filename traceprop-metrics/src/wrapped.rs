//! A histogram that somebody already has, counted in as before.

use prometheus::Histogram;
use prometheus::core::{Collector, Metric};
use prometheus::{Error, Opts, Result};

use crate::bounds::Bounds;
use crate::descriptor::Descriptor;
use crate::shards::Counts;

/// The name, help and labels of `histogram`; those that tell it from others of its family are constant.
pub(crate) fn descriptor(histogram: &Histogram, reserved: Option<&str>) -> Result<Descriptor> {
    let descs = histogram.desc();
    let Some(desc) = descs.first() else {
        return Err(Error::Msg("a histogram without a description".into()));
    };
    let mut opts = Opts::new(desc.fq_name.clone(), desc.help.clone());
    for pair in histogram.metric().get_label() {
        opts = opts.const_label(pair.name(), pair.value());
    }
    Descriptor::new(&opts, &[], reserved)
}

/// The upper bounds of `histogram`.
pub(crate) fn bounds(histogram: &Histogram) -> Result<Bounds> {
    let metric = histogram.metric();
    let buckets = metric.get_histogram().get_bucket();
    let bounds: Vec<f64> = buckets.iter().map(|bucket| bucket.upper_bound()).collect();
    if bounds.is_empty() {
        // Its only bound was +Inf. An empty list would mean the default ones.
        return Bounds::new(vec![f64::INFINITY]);
    }
    Bounds::new(bounds)
}

/// What `histogram` has counted up to now, whoever counted it.
pub(crate) fn counts(histogram: &Histogram) -> Counts {
    let metric = histogram.metric();
    let histogram = metric.get_histogram();
    let mut before = 0;
    let mut alone = |cumulative: u64| {
        let alone = cumulative.saturating_sub(before);
        before = cumulative;
        alone
    };
    let buckets = histogram.get_bucket().iter();
    let mut buckets: Vec<u64> = buckets
        .map(|bucket| alone(bucket.cumulative_count()))
        .collect();
    buckets.push(alone(histogram.get_sample_count()));
    Counts {
        buckets,
        sum: histogram.get_sample_sum(),
    }
}
