//! The attribute that holds a call's status, whose name has changed with the conventions.

use opentelemetry::KeyValue;
use tonic::Code;
use traceprop_core::call::Call;
use traceprop_core::semconv as key;

use crate::status;

/// Under which name a span has the status of its call: a setting of both layers.
///
/// The [RPC conventions] have renamed it twice. Metrics are not changed by it.
///
/// ```
/// use traceprop_grpc::{ServerLayer, StatusAttribute};
///
/// // For dashboards that ask for the number, while they are moved.
/// let layer = ServerLayer::new().status_attribute(StatusAttribute::WordAndNumber);
/// # let _ = layer;
/// ```
///
/// [RPC conventions]: https://opentelemetry.io/docs/specs/semconv/rpc/grpc/
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum StatusAttribute {
    /// `rpc.response.status_code`, a word such as `NOT_FOUND`: versions 1.40 to 1.44.
    #[default]
    Word,
    /// `rpc.status_code`, the same word: version 1.45 and later.
    ShortWord,
    /// `rpc.grpc.status_code`, an integer such as 5: before version 1.40, and what OpenTelemetry's
    /// Python and Node libraries still record.
    Number,
    /// `rpc.response.status_code` and `rpc.grpc.status_code`.
    WordAndNumber,
}

impl StatusAttribute {
    pub(crate) fn record(self, call: &Call, code: Code) {
        if !call.is_recording() {
            return;
        }
        let word = status::name(code);
        let number = i64::from(i32::from(code));
        if matches!(self, Self::Word | Self::WordAndNumber) {
            call.set_attribute(KeyValue::new(key::RPC_RESPONSE_STATUS_CODE, word));
        }
        if self == Self::ShortWord {
            call.set_attribute(KeyValue::new(key::RPC_STATUS_CODE, word));
        }
        if matches!(self, Self::Number | Self::WordAndNumber) {
            call.set_attribute(KeyValue::new(key::RPC_GRPC_STATUS_CODE, number));
        }
    }
}
