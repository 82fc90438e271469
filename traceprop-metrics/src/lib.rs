//! Prometheus histograms and counters that link to the traces behind them, in your own
//! `prometheus::Registry`.
//!
//! ```
//! use prometheus::{HistogramOpts, Registry};
//! use traceprop_metrics::{ExemplarHistogramVec, OpenMetricsEncoder};
//!
//! let registry = Registry::new();
//! let opts = HistogramOpts::new("checkout_duration_seconds", "How long a checkout takes.");
//! let duration = ExemplarHistogramVec::new(opts, &["payment"])?;
//! registry.register(Box::new(duration.clone()))?;
//!
//! // Within a sampled span, the bucket of 42 ms now links to that span.
//! duration.with_label_values(&["card"]).observe(0.042);
//!
//! // Everything in the registry, plain metrics too, with exemplars where the scraper takes them.
//! let encoder = OpenMetricsEncoder::for_accept(Some("application/openmetrics-text; version=1.0.0"));
//! let body = encoder.encode(&registry)?;
//! assert!(body.contains("checkout_duration_seconds_bucket{payment=\"card\",le=\"0.05\"} 1"));
//! # Ok::<(), prometheus::Error>(())
//! ```
//!
//! * [`ExemplarHistogram`], [`ExemplarHistogramVec`], [`ExemplarCounter`] and [`ExemplarCounterVec`] are
//!   collectors like `prometheus`'s own, with an exemplar beside each bucket and each counter.
//! * [`OpenMetricsEncoder`] writes a whole registry as one body, and [`MetricsService`] serves it.
//! * [`Limits`] keep their series few whatever the labels hold, and [`OverflowCounter`] tells where they
//!   had to.
//! * [`PrometheusRecorder`] turns what the traceprop adapters report into the standard metrics, and the
//!   [`meter`]s do with settings of yours.
//! * [`TelemetryCollector`] tells whether the traces get through; `ProcessCollector` and
//!   `TokioCollector` (features) what process and runtime are doing.
//!
//! An exemplar is the pair of `trace_id` and `span_id` of a sampled span, with the value measured there
//! and the time. Prometheus keeps exemplars with `--enable-feature=exemplar-storage`; in Grafana the data
//! source's `exemplarTraceIdDestinations` must name `trace_id`.
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
mod cache;
mod carrier;
mod clock;
mod counter;
mod counter_vec;
mod created;
mod descriptor;
mod encoder;
mod exposition;
mod family;
mod gauge_vec;
mod guard;
mod gzip;
mod histogram;
mod histogram_vec;
mod key;
mod listing;
pub mod meter;
mod plain;
#[cfg(feature = "process")]
mod process;
mod service;
mod session;
mod settings;
mod shards;
mod slot;
mod snapshot;
mod table;
mod target_info;
mod telemetry;
#[cfg(feature = "tokio")]
mod tokio_runtime;
mod total;

pub use prometheus;
pub use traceprop_core::opentelemetry;

pub use self::body::MetricsBody;
pub use self::counter::ExemplarCounter;
pub use self::counter_vec::ExemplarCounterVec;
pub use self::encoder::OpenMetricsEncoder;
pub use self::guard::{Limits, OverflowCounter};
pub use self::histogram::ExemplarHistogram;
pub use self::histogram_vec::ExemplarHistogramVec;
#[cfg(feature = "otel")]
pub use self::meter::OtelRecorder;
pub use self::meter::{HttpMeter, MessagingMeter, MeterError, PrometheusRecorder, RpcMeter};
#[cfg(feature = "process")]
pub use self::process::ProcessCollector;
pub use self::service::MetricsService;
pub use self::settings::{EncoderBuilder, LeStyle, SettingError};
pub use self::target_info::TargetInfo;
pub use self::telemetry::TelemetryCollector;
#[cfg(feature = "tokio")]
pub use self::tokio_runtime::TokioCollector;

/// Runs the README's example with the tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
