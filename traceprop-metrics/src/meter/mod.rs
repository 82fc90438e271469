//! Meters of HTTP, gRPC and Kafka calls that are ready to use: the metrics of the
//! [semantic conventions] 1.44, from what the traceprop adapters report.
//!
//! [`PrometheusRecorder::register`] makes all of them with the conventions' defaults.
//! [`HttpMeter`], [`RpcMeter`] and [`MessagingMeter`] make those of one kind of call with settings of
//! your own, for a `prometheus` registry or (feature `otel`) for an OpenTelemetry `Meter`:
//!
//! ```
//! use prometheus::Registry;
//! use traceprop_metrics::HttpMeter;
//!
//! let registry = Registry::new();
//! let recorder = HttpMeter::new()
//!     .buckets([0.01, 0.1, 1.0, 10.0])
//!     .fixed_label("region", "eu")
//!     .label("plan")
//!     .body_sizes()
//!     .register(&registry)?;
//! // Give it to `traceprop_http::ServerLayer::recorder`; in a handler,
//! // `CurrentCall::set_label("plan", "free")`.
//! # let _ = recorder;
//! # Ok::<(), traceprop_metrics::MeterError>(())
//! ```
//!
//! # The metrics
//!
//! R is a label that is always there, C one that depends on the call, O one that a setting adds. In
//! Prometheus, a label without a value is an empty one, which is the same as an absent one:
//! `{error_type=""}` finds the calls that did not fail.
//!
//! | metric | R | C | O |
//! |---|---|---|---|
//! | `http_server_request_duration_seconds` | `http_request_method`, `url_scheme` | `http_response_status_code`, `http_route`, `error_type`, `network_protocol_version` | `network_protocol_name`, `server_address`, `server_port` |
//! | `http_server_active_requests` | `http_request_method`, `url_scheme` | | `server_address`, `server_port` |
//! | `http_client_request_duration_seconds` | `http_request_method`, `server_address`, `server_port` | `http_response_status_code`, `error_type`, `network_protocol_version` | `network_protocol_name`, `url_scheme`, `url_template` |
//! | `rpc_server_call_duration_seconds` | `rpc_system_name` | `rpc_method`, `rpc_response_status_code`, `error_type` | `server_address`, `server_port` |
//! | `rpc_client_call_duration_seconds` | `rpc_system_name` | the same, and `server_address`, `server_port` | |
//! | `messaging_client_operation_duration_seconds` | `messaging_operation_name`, `messaging_system` | `messaging_operation_type`, `messaging_destination_name`, `messaging_consumer_group_name`, `error_type` | `messaging_destination_partition_id` |
//! | `messaging_process_duration_seconds` | `messaging_operation_name`, `messaging_system` | the same without `messaging_operation_type` | the same |
//! | `messaging_client_sent_messages_total` | `messaging_operation_name`, `messaging_system` | `messaging_destination_name`, `error_type` | the same |
//! | `messaging_client_consumed_messages_total` | `messaging_operation_name`, `messaging_system` | the same, and `messaging_consumer_group_name` | the same |
//!
//! With [`HttpMeter::body_sizes`] there are `http_{server,client}_{request,response}_body_size_bytes`,
//! labelled as the durations are, and with [`HttpMeter::client_active_requests`] there is
//! `http_client_active_requests`, with `http_request_method`, `server_address` and `server_port`.
//!
//! A metric appears with the first call it counts. Durations are in seconds, and those of the span.
//! Every metric but the gauges links to the call's own span, at the time the call ended; sampled or
//! not, every call is counted. The status of a remote procedure call is `rpc_response_status_code`:
//! the conventions have had `rpc.response.status_code` since 1.38, where older ones said
//! `rpc.grpc.status_code`. The conventions' `server.address` of a broker is left out: a Kafka client
//! talks to many.
//!
//! What a stranger chooses may fill no memory: [`Limits`](crate::Limits) hold for each metric, 100
//! values of a label and 2000 series by default. They are a setting of every meter.
//!
//! [semantic conventions]: https://opentelemetry.io/docs/specs/semconv/general/metrics/
//! [`PrometheusRecorder::register`]: crate::PrometheusRecorder::register

mod backend;
mod error;
mod http;
mod http_meter;
mod messaging;
mod metric;
mod metrics;
#[cfg(feature = "otel")]
mod otel;
mod prometheus;
mod rpc;
mod settings;
mod spec;
mod value;

pub use self::error::MeterError;
pub use self::http_meter::HttpMeter;
pub use self::messaging::MessagingMeter;
#[cfg(feature = "otel")]
pub use self::otel::OtelRecorder;
pub use self::prometheus::PrometheusRecorder;
pub use self::rpc::RpcMeter;
