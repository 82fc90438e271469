//! How busy a tokio runtime is.

use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{Opts, Result};
use tokio::runtime::Handle;

use crate::plain::Plain;

/// How busy a tokio runtime is, read at each scrape; of what tokio tells without `tokio_unstable`.
///
/// | metric | label | what |
/// |---|---|---|
/// | `tokio_workers` | | threads that run tasks |
/// | `tokio_worker_busy_seconds_total` | `worker` | time in which a worker was not parked |
/// | `tokio_global_queue_depth` | | tasks that wait for any worker |
/// | `tokio_alive_tasks` | | tasks that are not over |
///
/// The busy ratio, 1 where no worker ever rests, and an alert on a worker that something blocks while
/// others rest:
///
/// ```promql
/// sum by (instance) (rate(tokio_worker_busy_seconds_total[1m])) / on (instance) tokio_workers
/// max by (instance) (rate(tokio_worker_busy_seconds_total[1m])) > 0.95
/// ```
///
/// It is no gauge here, since each scrape would have to reset it, and there may be two scrapers. A worker
/// adds to its time when it parks, so a task that never yields is seen once it is over.
///
/// ```
/// use prometheus::Registry;
/// use tokio::runtime::Handle;
/// use traceprop_metrics::{OpenMetricsEncoder, TokioCollector};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> prometheus::Result<()> {
/// let registry = Registry::new();
/// registry.register(Box::new(TokioCollector::new(Handle::current())?))?;
/// let body = OpenMetricsEncoder::new().encode(&registry)?;
/// assert!(body.contains("\ntokio_workers 1.0\n"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct TokioCollector {
    runtime: Handle,
    workers: Plain,
    busy: Plain,
    queue: Plain,
    tasks: Plain,
}

impl TokioCollector {
    /// A collector for the runtime of `handle`, to be registered.
    ///
    /// # Errors
    ///
    /// None today: the names are valid.
    pub fn new(handle: Handle) -> Result<Self> {
        Self::with(handle, |opts| opts)
    }

    /// [`new`](Self::new) with the label `runtime` on all its metrics, for processes that have several.
    ///
    /// # Errors
    ///
    /// None today: the names are valid.
    pub fn named(handle: Handle, runtime: &str) -> Result<Self> {
        Self::with(handle, |opts| opts.const_label("runtime", runtime))
    }

    fn with(runtime: Handle, label: impl Fn(Opts) -> Opts) -> Result<Self> {
        let opts = |name: &str, help: &str| label(Opts::new(format!("tokio_{name}"), help));
        let busy = opts(
            "worker_busy_seconds_total",
            "Time in which a worker of the runtime was not parked.",
        );
        Ok(Self {
            runtime,
            workers: Plain::gauge(opts("workers", "Worker threads of the runtime."))?,
            busy: Plain::counter(busy.variable_label("worker"))?,
            queue: Plain::gauge(opts(
                "global_queue_depth",
                "Tasks that wait in the runtime's global queue.",
            ))?,
            tasks: Plain::gauge(opts(
                "alive_tasks",
                "Tasks of the runtime that are not over.",
            ))?,
        })
    }
}

impl Collector for TokioCollector {
    fn desc(&self) -> Vec<&Desc> {
        [&self.workers, &self.busy, &self.queue, &self.tasks]
            .map(Plain::desc)
            .to_vec()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let metrics = self.runtime.metrics();
        let workers = metrics.num_workers();
        let busy: Vec<_> = (0..workers)
            .map(|worker| {
                let busy = metrics.worker_total_busy_duration(worker);
                (worker.to_string(), busy.as_secs_f64())
            })
            .collect();
        vec![
            self.workers.read_one(Some(workers as f64)),
            self.busy
                .read(busy.iter().map(|(worker, busy)| (&**worker, *busy))),
            self.queue
                .read_one(Some(metrics.global_queue_depth() as f64)),
            self.tasks.read_one(Some(metrics.num_alive_tasks() as f64)),
        ]
    }
}
