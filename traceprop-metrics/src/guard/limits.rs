//! How many values a label may have, and a metric series.

/// Limits of a metric, or of all metrics of a recorder. The default is [`new`](Self::new).
///
/// A label value that may not have a series of its own is replaced by `_overflow`. A label set that may
/// not lands in the one series of the metric whose labels are all `_overflow`. So every observation
/// lands in exactly one series, and sums over all series stay exact. What was replaced is counted by
/// [`OverflowCounter`](crate::OverflowCounter).
///
/// Who comes first has the series: limits never touch those that exist. Removing a series makes room,
/// for itself and for those of its values that no other series has.
///
/// A value that has the form of a trace id, a span id or a `traceparent` (16 or 32 hexadecimal digits,
/// or 55 characters of that header) is never given a series: it belongs into an exemplar. See
/// [`allow_ids`](Self::allow_ids) for labels that look alike. Labels that are *named* after such ids are
/// refused where a metric is made.
///
/// ```
/// use prometheus::Opts;
/// use traceprop_metrics::{ExemplarCounterVec, Limits};
///
/// let limits = Limits::new().series(500).values_of("route", 2);
/// let opts = Opts::new("visits_total", "Visits by route.");
/// let visits = ExemplarCounterVec::new(opts, &["route"])?.limits(&limits);
///
/// for route in ["/", "/cart", "/wp-admin", "/.env"] {
///     visits.with_label_values(&[route]).inc();
/// }
/// assert_eq!(visits.with_label_values(&["/cart"]).get(), 1.0);
/// assert_eq!(visits.with_label_values(&["_overflow"]).get(), 2.0);
/// # Ok::<(), prometheus::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Limits {
    series: usize,
    values: usize,
    values_of: Vec<(Box<str>, usize)>,
    value_bytes: usize,
    ids: Vec<Box<str>>,
    all_ids: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}

impl Limits {
    /// Series of one metric, by default; the number that OpenTelemetry's SDKs have.
    pub const SERIES: usize = 2000;

    /// Distinct values of one label of one metric, by default.
    pub const VALUES: usize = 100;

    /// Length of a label value, by default, in bytes.
    pub const VALUE_BYTES: usize = 1024;

    /// The default limits: [`SERIES`](Self::SERIES), [`VALUES`](Self::VALUES) and
    /// [`VALUE_BYTES`](Self::VALUE_BYTES).
    #[must_use]
    pub fn new() -> Self {
        Self {
            series: Self::SERIES,
            values: Self::VALUES,
            values_of: Vec::new(),
            value_bytes: Self::VALUE_BYTES,
            ids: Vec::new(),
            all_ids: false,
        }
    }

    /// No limits at all, and values that look like ids are as good as any: for labels whose values the
    /// program chooses itself.
    #[must_use]
    pub fn none() -> Self {
        Self {
            series: usize::MAX,
            values: usize::MAX,
            values_of: Vec::new(),
            value_bytes: usize::MAX,
            ids: Vec::new(),
            all_ids: true,
        }
    }

    /// Sets how many series a metric may have. Default: [`SERIES`](Self::SERIES).
    ///
    /// The series whose labels are all `_overflow` may come on top of them.
    #[must_use]
    pub fn series(mut self, most: usize) -> Self {
        self.series = most;
        self
    }

    /// Sets how many distinct values each label may have. Default: [`VALUES`](Self::VALUES).
    #[must_use]
    pub fn values(mut self, most: usize) -> Self {
        self.values = most;
        self
    }

    /// Sets how many distinct values the label of this name may have, whatever [`values`](Self::values)
    /// says.
    ///
    /// A name that a metric has no label of has no effect on it: one `Limits` does for many metrics.
    #[must_use]
    pub fn values_of(mut self, label: &str, most: usize) -> Self {
        self.values_of.retain(|(name, _)| **name != *label);
        self.values_of.push((label.into(), most));
        self
    }

    /// Sets how long a label value may be, in bytes. Default: [`VALUE_BYTES`](Self::VALUE_BYTES).
    #[must_use]
    pub fn value_bytes(mut self, most: usize) -> Self {
        self.value_bytes = most;
        self
    }

    /// Lets the label of this name have values of the form of a trace or span id.
    ///
    /// For values that look alike and are few, such as hashes of builds. The other limits hold for them.
    #[must_use]
    pub fn allow_ids(mut self, label: &str) -> Self {
        self.ids.push(label.into());
        self
    }

    pub(super) fn most_series(&self) -> usize {
        self.series
    }

    pub(super) fn most_bytes(&self) -> usize {
        self.value_bytes
    }

    pub(super) fn most_values(&self, label: &str) -> usize {
        let own = self.values_of.iter().find(|(name, _)| **name == *label);
        own.map_or(self.values, |(_, most)| *most)
    }

    pub(super) fn allows_ids(&self, label: &str) -> bool {
        self.all_ids || self.ids.iter().any(|name| **name == *label)
    }
}
