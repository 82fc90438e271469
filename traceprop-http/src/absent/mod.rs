//! What stands in for an optional crate while its feature is off: it knows nothing.

#[cfg(not(feature = "hyper"))]
pub(crate) mod hyper;
#[cfg(not(feature = "reqwest"))]
pub(crate) mod reqwest;
