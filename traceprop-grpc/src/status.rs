//! Where a call's status is, and what it is called.

use http::{HeaderMap, HeaderName, Response, StatusCode};
use tonic::{Code, Status};

static GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");

/// The status as the conventions write it.
pub(crate) fn name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

/// `grpc-status` in headers or trailers; one that is no code is UNKNOWN.
pub(crate) fn in_headers(headers: &HeaderMap) -> Option<Code> {
    headers
        .get(&GRPC_STATUS)
        .map(|status| Code::from_bytes(status.as_bytes()))
}

/// The status that the response's head tells, or `None` where it tells none; trailers overrule it.
pub(crate) fn in_head<B>(response: &Response<B>) -> Option<Code> {
    in_headers(response.headers())
        .or_else(|| response.extensions().get::<Status>().map(Status::code))
        .or_else(|| from_http(response.status()))
}

/// [HTTP to gRPC status mapping], for responses that a proxy made.
///
/// [HTTP to gRPC status mapping]: https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md
fn from_http(status: StatusCode) -> Option<Code> {
    match status.as_u16() {
        200 => None,
        400 => Some(Code::Internal),
        401 => Some(Code::Unauthenticated),
        403 => Some(Code::PermissionDenied),
        404 => Some(Code::Unimplemented),
        429 | 502 | 503 | 504 => Some(Code::Unavailable),
        _ => Some(Code::Unknown),
    }
}

/// Whether the status is the server's own fault; the others are the caller's.
pub(crate) fn is_servers_fault(code: Code) -> bool {
    matches!(
        code,
        Code::Unknown
            | Code::DeadlineExceeded
            | Code::Unimplemented
            | Code::Internal
            | Code::Unavailable
            | Code::DataLoss
    )
}
