//! Clients: what their spans say, and what leaves with the request.

#[cfg(feature = "reqwest")]
mod attributes;
#[cfg(feature = "reqwest")]
mod body_end;
#[cfg(feature = "reqwest")]
mod failures;
#[cfg(feature = "reqwest")]
mod propagation;
#[cfg(feature = "reqwest")]
mod resends;
#[cfg(feature = "reqwest")]
mod senders;
mod service;
#[cfg(feature = "reqwest")]
mod wire;
