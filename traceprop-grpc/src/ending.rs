//! How a call ends once its status is known.

use std::time::Instant;

use opentelemetry::KeyValue;
use opentelemetry::trace::TraceContextExt;
use tonic::Code;
use traceprop_core::call::{Call, Facts, Outcome};
use traceprop_core::semconv as key;

use crate::{method, status};

/// Which side's rules decide what a failure is, and when the call's time is up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ending {
    pub(crate) is_server: bool,
    pub(crate) deadline: Option<Instant>,
}

impl Ending {
    /// Ends the call with the status that was seen.
    pub(crate) fn finish(self, mut call: Call, code: Code) {
        let word = status::name(code);
        if let Facts::Rpc(rpc) = call.facts_mut() {
            rpc.status = Some(word);
        }
        call.set_attribute(KeyValue::new(key::RPC_RESPONSE_STATUS_CODE, word));
        let failed = match self.is_server {
            true => status::is_servers_fault(code),
            false => code != Code::Ok,
        };
        call.finish(if failed {
            Outcome::failed(word)
        } else {
            Outcome::Completed
        });
    }

    /// Ends a call that was dropped before its status was seen.
    pub(crate) fn dropped(self, call: Call) {
        if std::thread::panicking() {
            // The panic is the outcome, which the call sees by itself.
            return drop(call);
        }
        let late = self
            .deadline
            .is_some_and(|deadline| deadline <= Instant::now());
        self.finish(
            call,
            if late {
                Code::DeadlineExceeded
            } else {
                Code::Cancelled
            },
        );
    }
}

/// Takes the name from a call to a method that nobody serves: a stranger chose it.
pub(crate) fn forget_name(call: &mut Call) {
    if call.is_recording() {
        call.context().span().update_name("grpc");
        call.set_attribute(KeyValue::new(key::RPC_METHOD, method::OTHER));
    }
    if let Facts::Rpc(rpc) = call.facts_mut() {
        rpc.method = method::OTHER.into();
    }
}
