//! traceprop-grpc
