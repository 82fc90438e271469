//! Everything a service needs to be traced, set up in one call: [`Telemetry`].
//!
//! # Where spans go
//!
//! Without a collector nothing has to be configured, and nothing is sent anywhere:
//!
//! | `OTEL_TRACES_EXPORTER` | an endpoint is set | OTLP goes to | the terminal shows |
//! |---|---|---|---|
//! | not set | no | nowhere | the waterfall, if stderr is a terminal |
//! | not set | yes | the endpoint | nothing |
//! | `otlp` | | the endpoint, else `localhost` | nothing |
//! | `console` | | nowhere | the waterfall |
//! | `otlp,console` | | the endpoint, else `localhost` | the waterfall |
//! | `none` | | nowhere | nothing |
//!
//! `TRACEPROP_CONSOLE` (`waterfall`, `tree`, `off`) has the last word on the terminal. The first row
//! is where this departs from the specification, whose default is a collector on this machine.
//!
//! OTLP goes over gRPC to port 4317 and as http/protobuf to any other, unless a variable names the
//! protocol. http/protobuf works everywhere, gRPC needs a tokio runtime. A collector that does not
//! answer disturbs no request: spans are queued, then dropped, counted ([`Telemetry::stats`]), and a
//! warning says so once a minute at most.
//!
//! # Environment
//!
//! An empty variable is not set. One that makes no sense is ignored, with a warning. What the code
//! sets wins, the service's name apart: who deploys a service may rename it.
//!
//! | variable | meaning | default |
//! |---|---|---|
//! | `OTEL_SDK_DISABLED` | `true`: no spans; contexts are still passed on | `false` |
//! | `OTEL_SERVICE_NAME` | the service's name | the code's |
//! | `OTEL_RESOURCE_ATTRIBUTES` | `key=value,...`, percent-encoded; one error discards all | none |
//! | `OTEL_TRACES_SAMPLER`, `_ARG` | `always_on`, `always_off`, `traceidratio`, `parentbased_` with any of them | `parentbased_always_on` |
//! | `OTEL_PROPAGATORS` | see [`from_env`](crate::propagation::from_env) | `tracecontext,baggage` |
//! | `OTEL_TRACES_EXPORTER` | see above | see above |
//! | `OTEL_EXPORTER_OTLP_ENDPOINT` | base URL; http/protobuf puts `/v1/traces` after it | none |
//! | `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` | URL as it is | the one above |
//! | `OTEL_EXPORTER_OTLP_[TRACES_]PROTOCOL` | `grpc`, `http/protobuf` | by the port |
//! | `OTEL_EXPORTER_OTLP_[TRACES_]TIMEOUT` | milliseconds for one batch | 10000 |
//! | `OTEL_EXPORTER_OTLP_[TRACES_]HEADERS` | `key=value,...`, never printed | none |
//! | `OTEL_BSP_MAX_QUEUE_SIZE` | spans that wait | 2048 |
//! | `OTEL_BSP_MAX_EXPORT_BATCH_SIZE`, `OTEL_BSP_SCHEDULE_DELAY` | spans in a batch, milliseconds between batches | 512, 5000 |
//! | `RUST_LOG` | which log lines are written to stderr | `info` |
//! | `TRACEPROP_SPAN_FILTER` | which `tracing` spans and events become part of traces, in the syntax of `RUST_LOG` | `info` |
//! | `TRACEPROP_CONSOLE` | see above | see above |
//!
//! `RUST_LOG` is for log lines alone: with `RUST_LOG=off` spans, events, propagation and metrics are
//! what they were. The crates that spans are sent with (`hyper`, `h2`, `tonic`, `reqwest`,
//! `opentelemetry*` and so on) are never part of traces, whatever `TRACEPROP_SPAN_FILTER` says:
//! exporting their spans would make more of them.

mod batch;
mod bounded;
mod builder;
mod endpoint;
mod env;
mod error;
mod exporter;
mod exporters;
mod filter;
mod global;
mod guard;
mod otlp;
mod processor;
mod resource;
mod sampler;
mod stats;
mod summary;

pub use self::builder::Builder;
pub use self::error::{FlushError, InitError};
pub use self::guard::Telemetry;
pub use self::stats::Stats;
