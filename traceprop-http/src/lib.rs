//! traceprop-http
