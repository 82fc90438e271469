//! gRPC code that is checked in, so that nobody needs protoc; `tests/codegen` writes it.

#[allow(missing_docs, unreachable_pub, unused, clippy::all, clippy::pedantic)]
#[rustfmt::skip]
pub(crate) mod payments;
