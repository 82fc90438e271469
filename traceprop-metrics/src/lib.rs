//! Prometheus histograms and counters that link to the traces behind them, in your own
//! `prometheus::Registry`.
//!
//! ```
//! use prometheus::{HistogramOpts, Registry};
//! use traceprop_metrics::{ExemplarHistogramVec, MetricsService};
//!
//! let registry = Registry::new();
//! let opts = HistogramOpts::new("checkout_duration_seconds", "How long a checkout takes.");
//! let duration = ExemplarHistogramVec::new(opts, &["payment"])?;
//! registry.register(Box::new(duration.clone()))?;
//!
//! // Within a sampled span, the bucket of 42 ms now links to that span.
//! duration.with_label_values(&["card"]).observe(0.042);
//!
//! let metrics = MetricsService::new(registry);
//! let app: axum::Router = axum::Router::new().route_service("/metrics", metrics);
//! # Ok::<(), prometheus::Error>(())
//! ```
//!
//! Exemplars are in the OpenMetrics format, which has to be asked for:
//!
//! ```text
//! $ curl -H 'Accept: application/openmetrics-text; version=1.0.0' http://localhost:3000/metrics
//! # TYPE checkout_duration_seconds histogram
//! # UNIT checkout_duration_seconds seconds
//! # HELP checkout_duration_seconds How long a checkout takes.
//! checkout_duration_seconds_bucket{payment="card",le="0.005"} 0
//! ...
//! checkout_duration_seconds_bucket{payment="card",le="0.05"} 1 # {trace_id="0af7651916cd43dd8448eb211c80319c",span_id="b7ad6b7169203331"} 0.042 1763740800.123
//! ```
//!
//! Whoever does not ask for it, `curl` without the header or an old scraper, gets the text format 0.0.4,
//! which has no room for them.
//!
//! # Prometheus
//!
//! The server asks for OpenMetrics by itself, and keeps exemplars only when it is told to:
//!
//! ```text
//! prometheus --config.file=prometheus.yaml --enable-feature=exemplar-storage
//! ```
//!
//! `GET /api/v1/query_exemplars?query=checkout_duration_seconds_bucket&start=...&end=...` shows what it has.
//! It keeps the last 100,000 (`storage.exemplars.max_exemplars`). To another server they go with
//! `send_exemplars: true` in `remote_write`.
//!
//! # Grafana
//!
//! The Prometheus data source has to know which label is a trace's id, and where traces are:
//!
//! ```yaml
//! jsonData:
//!   exemplarTraceIdDestinations:
//!     - name: trace_id
//!       datasourceUid: tempo
//! ```
//!
//! Then switch on "Exemplars" below the query of a Time series panel or of a heat map. The query must select
//! the `_bucket` series, or counters, that have the exemplars: those of slow requests are at the buckets
//! above. The folder `examples/stack` of the repository has a data source, a dashboard, and rules for alerts.
//!
//! # Which measurements become exemplars
//!
//! Those within sampled spans: a link to a trace that nobody stored is dead. A bucket has room for one, and
//! takes a new one once a second at most, each bucket by itself, so that the many fast requests do not
//! crowd out the rare slow one. `ExemplarOptions` say otherwise: any span, for tail sampling, another
//! interval, or the slowest instead of the latest. An exemplar always has the time of its measurement, which
//! grows within a bucket: Prometheus refuses what does not.
//!
//! # The labels' names
//!
//! An exemplar has the labels `trace_id` and `span_id`, as OpenTelemetry's specification asks.
//! [`EncoderBuilder::trace_label`] renames the first, to `traceID` for instance, which is what Tempo's own
//! metrics have; `name` in Grafana's data source must be the same.
//!
//! # Coming from the text format
//!
//! OpenMetrics writes bucket bounds as `le="1.0"` and `le="1e+06"`, where the text format has `le="1"` and
//! `le="1000000"`. **Prometheus 2 stores what it sees**: from the first scrape in OpenMetrics on, those
//! buckets are new series, and a query for `le="1"` finds nothing. [`LeStyle::Legacy`] keeps the old
//! spelling:
//!
//! ```
//! use prometheus::Registry;
//! use traceprop_metrics::{LeStyle, MetricsService, OpenMetricsEncoder};
//!
//! let encoder = OpenMetricsEncoder::builder().le_style(LeStyle::Legacy).build()?;
//! let metrics = MetricsService::new(Registry::new()).encoder(encoder);
//! # Ok::<(), traceprop_metrics::SettingError>(())
//! ```
//!
//! Prometheus 3 stores `1.0` either way. No other series changes its name: a counter that does not end in
//! `_total` keeps its name, and is of an unknown type in OpenMetrics, which has no such counters.
//!
//! # How many series
//!
//! Each set of label values is a series, of 17 numbers for a histogram of 14 buckets, for as long as the
//! process runs. So a label never holds what a stranger chooses: no path, no address, no user's name. Where
//! that happens after all, [`Limits`] keep it bounded: a label has 100 values at most and a metric 2,000
//! series, and what is over lands in a series labelled `_overflow`, so that sums stay exact. Register
//! [`OverflowCounter`], and an alert on `traceprop_metrics_overflow_total` tells of it; its exemplar is the
//! trace of who did it. Trace ids are exemplars, and refused as labels.
//!
//! # What is lost
//!
//! A trace that was dropped on its way is a link that leads nowhere. [`TelemetryCollector`] shows what becomes
//! of the process's spans, by the conventions' names, and each of these is an alert:
//!
//! ```text
//! sum by (job) (rate(otel_sdk_processor_span_processed_total{error_type!=""}[5m])) > 0
//! sum by (job) (rate(otel_sdk_exporter_span_exported_total{error_type!=""}[5m])) > 0
//! otel_sdk_processor_span_queue_size / otel_sdk_processor_span_queue_capacity > 0.8
//! ```
//!
//! # What is here
//!
//! * [`ExemplarHistogram`], [`ExemplarHistogramVec`], [`ExemplarCounter`] and [`ExemplarCounterVec`] are
//!   collectors like `prometheus`'s own, with an exemplar beside each bucket and each counter. They have
//!   the timers and the handles for one thread that its users know.
//! * [`ExemplarOptions`] say which measurements become exemplars.
//! * [`OpenMetricsEncoder`] writes a whole registry as one body, and [`MetricsService`] serves it.
//! * [`Limits`] keep their series few whatever the labels hold, and [`OverflowCounter`] tells where they
//!   had to.
//! * [`PrometheusRecorder`] turns what the traceprop adapters report into the standard metrics, and the
//!   [`meter`]s do with settings of yours.
//! * [`TelemetryCollector`] tells whether the traces get through; `ProcessCollector` and
//!   `TokioCollector` (features) what process and runtime are doing.
//!
//! # Crate features
//!
//! * **gzip** (off): [`MetricsService`] compresses for those who accept it.
//! * **otel** (off): `OtelRecorder`, the same metrics with an OpenTelemetry `Meter`.
//! * **process** (off): `ProcessCollector`, the standard `process_*` metrics. Pulls in `rustix`, on Unix.
//! * **protobuf** (off): [`MetricsService`] answers with protobuf where that is asked for, exemplars
//!   included. Turns on `prometheus/protobuf`, whose encoder then writes our exemplars, too, but those of
//!   the buckets of +Inf. The crate works with either of `prometheus`'s models, whoever turned on which.
//! * **tokio** (off): `TokioCollector`. Pulls in `tokio`.

#![forbid(unsafe_code)]

mod accept;
mod body;
mod bounds;
mod by_name;
mod cache;
mod carrier;
mod clock;
mod counter;
mod counter_vec;
mod created;
mod descriptor;
mod encoder;
mod exemplar_counter;
mod exemplar_histogram;
mod exemplar_options;
mod exposition;
mod extra_labels;
mod family;
mod gauge_vec;
mod guard;
mod gzip;
mod histogram;
mod histogram_vec;
mod key;
mod listing;
mod local_counter;
mod local_counter_vec;
mod local_histogram;
mod local_histogram_vec;
mod local_vec;
pub mod meter;
mod plain;
#[cfg(feature = "process")]
mod process;
mod seqlock;
mod service;
mod session;
mod settings;
mod shards;
mod slot;
mod snapshot;
mod sync;
mod table;
mod target_info;
mod telemetry;
mod timer;
#[cfg(feature = "tokio")]
mod tokio_runtime;
mod total;
mod waiting;
mod wrapped;

pub use prometheus;
pub use traceprop_core::opentelemetry;

pub use self::body::MetricsBody;
pub use self::counter_vec::ExemplarCounterVec;
pub use self::encoder::OpenMetricsEncoder;
pub use self::exemplar_counter::ExemplarCounter;
pub use self::exemplar_histogram::ExemplarHistogram;
pub use self::exemplar_options::{ExemplarFilter, ExemplarOptions, ExemplarPolicy};
pub use self::extra_labels::dropped_exemplar_labels;
pub use self::guard::{Limits, OverflowCounter};
pub use self::histogram_vec::ExemplarHistogramVec;
pub use self::local_counter::LocalExemplarCounter;
pub use self::local_counter_vec::LocalExemplarCounterVec;
pub use self::local_histogram::LocalExemplarHistogram;
pub use self::local_histogram_vec::LocalExemplarHistogramVec;
#[cfg(feature = "otel")]
pub use self::meter::OtelRecorder;
pub use self::meter::{HttpMeter, MessagingMeter, MeterError, PrometheusRecorder, RpcMeter};
#[cfg(feature = "process")]
pub use self::process::ProcessCollector;
pub use self::service::MetricsService;
pub use self::settings::{EncoderBuilder, LeStyle, SettingError};
pub use self::target_info::TargetInfo;
pub use self::telemetry::TelemetryCollector;
pub use self::timer::ExemplarTimer;
#[cfg(feature = "tokio")]
pub use self::tokio_runtime::TokioCollector;

/// Runs the README's example with the tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
