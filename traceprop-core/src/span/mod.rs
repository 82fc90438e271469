//! Helpers for the spans that a service makes itself, between the adapters.
//!
//! * [`in_span`] and [`in_span_sync`]: an internal span around a piece of work;
//! * [`SpanExt`]: errors and links, on a [`Call`](crate::call::Call), a
//!   [`Context`](opentelemetry::Context) or, with the feature `layer`, a `tracing::Span`;
//! * [`ResultExt`]: records the error of a `Result` on the current span and passes the result on;
//! * [`DbCall`] and [`CacheCall`]: client spans for databases and caches.
//!
//! Where a span is not recording, nothing is formatted and nothing is allocated for it.
//!
//! ```
//! use opentelemetry::Context;
//! use traceprop_core::span::{DbCall, ResultExt, SpanExt, in_span_sync};
//!
//! fn orders() -> Result<u32, std::num::ParseIntError> {
//!     DbCall::new("sqlite", "SELECT")
//!         .collection("orders")
//!         .run_sync(|| "17".parse::<u32>())
//! }
//!
//! let total = in_span_sync("price", || orders().record_err().unwrap_or_default());
//! assert_eq!(total, 17);
//!
//! let caller = Context::new();
//! Context::current().link_context(&caller);
//! ```

mod bounded;
mod cache;
mod db;
mod error_type;
mod ext;
mod fail;
mod in_span;
mod report;
mod result;
mod run;
#[cfg(feature = "layer")]
mod tracing_span;

pub use self::cache::{CACHE_HIT, CACHE_KEY, CacheCall};
pub use self::db::{DbCall, record_query_text};
pub use self::error_type::{ErrorType, OTHER};
pub use self::ext::SpanExt;
pub use self::in_span::{in_span, in_span_sync};
pub use self::report::ErrorReport;
pub use self::result::ResultExt;
