//! What the process uses of its machine.

#[cfg(target_os = "linux")]
mod linux;
mod usage;

use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{Opts, Result};

use self::usage::Usage;
use crate::plain::Plain;

/// The [standard process metrics], read at each scrape.
///
/// | metric | where |
/// |---|---|
/// | `process_cpu_seconds_total` | every Unix |
/// | `process_max_fds` | every Unix; absent where there is no limit |
/// | `process_virtual_memory_max_bytes` | every Unix; absent where there is no limit |
/// | `process_open_fds` | Linux |
/// | `process_virtual_memory_bytes` | Linux |
/// | `process_resident_memory_bytes` | Linux |
/// | `process_start_time_seconds` | Linux |
/// | `process_threads` | Linux |
///
/// What a system does not tell is absent; on Windows that is all of it. The standard's
/// `process_heap_bytes` is left out, since only an allocator could tell it. Linux is asked through
/// `/proc`: where that is not mounted, the five are absent, too.
///
/// CPU time has the clock's resolution, where `prometheus`'s own collector counts whole seconds. Register
/// one of the two: the names are the same.
///
/// ```
/// use prometheus::Registry;
/// use traceprop_metrics::{OpenMetricsEncoder, ProcessCollector};
///
/// let registry = Registry::new();
/// registry.register(Box::new(ProcessCollector::new()?))?;
/// let body = OpenMetricsEncoder::new().encode(&registry)?;
/// # #[cfg(target_os = "linux")]
/// assert!(body.contains("\nprocess_resident_memory_bytes "));
/// # Ok::<(), prometheus::Error>(())
/// ```
///
/// [standard process metrics]: https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics
#[derive(Debug)]
pub struct ProcessCollector {
    metrics: Vec<(Plain, Read)>,
}

/// How a metric is found in what was read.
type Read = fn(&Usage) -> Option<f64>;

impl ProcessCollector {
    /// A collector for this process, to be registered.
    ///
    /// # Errors
    ///
    /// None today: the names are valid.
    pub fn new() -> Result<Self> {
        let gauge = |name: &str, help: &str, read: Read| {
            Plain::gauge(Opts::new(format!("process_{name}"), help)).map(|plain| (plain, read))
        };
        let cpu = Opts::new(
            "process_cpu_seconds_total",
            "Total user and system CPU time spent in seconds.",
        );
        let cpu_seconds: Read = |usage| usage.cpu_seconds;
        Ok(Self {
            metrics: vec![
                (Plain::counter(cpu)?, cpu_seconds),
                gauge("open_fds", "Number of open file descriptors.", |usage| {
                    usage.open_fds
                })?,
                gauge(
                    "max_fds",
                    "Maximum number of open file descriptors.",
                    |usage| usage.max_fds,
                )?,
                gauge(
                    "virtual_memory_bytes",
                    "Virtual memory size in bytes.",
                    |usage| usage.virtual_bytes,
                )?,
                gauge(
                    "virtual_memory_max_bytes",
                    "Maximum amount of virtual memory available in bytes.",
                    |usage| usage.virtual_max_bytes,
                )?,
                gauge(
                    "resident_memory_bytes",
                    "Resident memory size in bytes.",
                    |usage| usage.resident_bytes,
                )?,
                gauge(
                    "start_time_seconds",
                    "Start time of the process since unix epoch in seconds.",
                    |usage| usage.start_seconds,
                )?,
                gauge("threads", "Number of OS threads in the process.", |usage| {
                    usage.threads
                })?,
            ],
        })
    }
}

impl Collector for ProcessCollector {
    fn desc(&self) -> Vec<&Desc> {
        self.metrics.iter().map(|(plain, _)| plain.desc()).collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let usage = Usage::read();
        let families = self
            .metrics
            .iter()
            .map(|(plain, read)| plain.read_one(read(&usage)));
        families.collect()
    }
}
