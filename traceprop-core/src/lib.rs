//! Carry one trace across process boundaries, and decide what of it to keep.
#![forbid(unsafe_code)]

#[cfg(feature = "call")]
pub mod call;
#[cfg(feature = "console")]
pub mod console;
#[cfg(feature = "layer")]
mod layer;
#[cfg(feature = "logs")]
pub mod logs;
pub mod propagation;
pub mod semconv;
#[cfg(feature = "call")]
pub mod span;
#[cfg(feature = "telemetry")]
pub mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(any(feature = "console", feature = "testing"))]
pub mod tree;
mod warn;

pub use opentelemetry;

#[cfg(feature = "call")]
pub use self::call::adopting;
#[cfg(feature = "tokio")]
pub use self::call::{spawn, spawn_blocking};
#[cfg(feature = "layer")]
pub use self::layer::layer;
#[cfg(feature = "telemetry")]
pub use self::telemetry::Telemetry;
