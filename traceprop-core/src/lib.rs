//! traceprop-core
#![forbid(unsafe_code)]

#[cfg(feature = "call")]
pub mod call;
