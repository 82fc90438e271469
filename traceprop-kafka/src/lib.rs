//! traceprop-kafka
