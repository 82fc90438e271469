//! traceprop-metrics
