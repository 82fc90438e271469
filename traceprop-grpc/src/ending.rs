//! How a call ends once its status is known.

use std::borrow::Cow;
use std::time::Instant;

use http::Response;
use opentelemetry::KeyValue;
use opentelemetry::trace::TraceContextExt;
use tonic::{Code, Status};
use traceprop_core::call::{Call, Facts, Outcome};
use traceprop_core::semconv as key;

use crate::attribute::StatusAttribute;
use crate::hooks::EndHook;
use crate::settings::Common;
use crate::{deadline, method, names, status};

/// By whose rules a call ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// The caller's: everything but OK is a failure.
    Client,
    /// The server's, which may have been told what it serves.
    Server { lists_services: bool },
}

/// What must be known of a call to end it.
#[derive(Debug)]
pub(crate) struct Ending {
    side: Side,
    status_attribute: StatusAttribute,
    deadline: Option<Instant>,
    on_end: Option<EndHook>,
    /// What the response's head told, which trailers overrule.
    told: Option<Code>,
}

impl Ending {
    pub(crate) fn new(side: Side, settings: &Common, headers: &http::HeaderMap) -> Self {
        Self {
            side,
            status_attribute: settings.status_attribute,
            deadline: deadline::of(headers),
            on_end: settings.on_end.clone(),
            told: None,
        }
    }

    /// Notes what a response's head tells.
    pub(crate) fn hear<B>(&mut self, call: &mut Call, response: &Response<B>) {
        self.told = status::in_head(response);
        if self.told == Some(Code::Unimplemented) && self.nobody_serves(response) {
            forget_name(call);
        }
    }

    /// Ends the call with the status in its trailers, if it is there.
    pub(crate) fn finish_with(self, call: Call, code: Option<Code>) {
        let code = code.or(self.told).unwrap_or(Code::Unknown);
        self.finish(call, code);
    }

    /// Ends the call with its status.
    pub(crate) fn finish(self, mut call: Call, code: Code) {
        let word = status::name(code);
        if let Facts::Rpc(rpc) = call.facts_mut() {
            rpc.status = Some(word);
            if let Cow::Owned(method) = &rpc.method
                && code != Code::Unimplemented
            {
                names::keep(method);
            }
        }
        self.status_attribute.record(&call, code);
        if let Some(hook) = &self.on_end {
            hook.run(&mut call, code);
        }
        let failed = match self.side {
            Side::Server { .. } => status::is_servers_fault(code),
            Side::Client => code != Code::Ok,
        };
        call.finish(if failed {
            Outcome::failed(word)
        } else {
            Outcome::Completed
        });
    }

    /// Ends a call that was dropped before its end was seen.
    pub(crate) fn dropped(self, call: Call) {
        if std::thread::panicking() {
            // The panic is the outcome, which the call sees by itself.
            return drop(call);
        }
        let code = match self.told {
            Some(told) => told,
            None if self.is_late() => Code::DeadlineExceeded,
            None => Code::Cancelled,
        };
        self.finish(call, code);
    }

    fn is_late(&self) -> bool {
        self.deadline
            .is_some_and(|deadline| deadline <= Instant::now())
    }

    /// Whether UNIMPLEMENTED means that no method has the name. A handler may say it, too: its status is
    /// then in the extensions, as is that of tonic's answer for services that are not there.
    fn nobody_serves<B>(&self, response: &Response<B>) -> bool {
        match self.side {
            Side::Client => false,
            Side::Server { lists_services } => {
                !lists_services || response.extensions().get::<Status>().is_none()
            }
        }
    }
}

/// Takes the name from a call to a method that nobody serves: a stranger chose it.
fn forget_name(call: &mut Call) {
    let Facts::Rpc(rpc) = call.facts_mut() else {
        return;
    };
    let original = std::mem::replace(&mut rpc.method, method::OTHER.into());
    if call.is_recording() && original != method::OTHER {
        let span = call.context().span();
        span.update_name("grpc");
        span.set_attribute(KeyValue::new(key::RPC_METHOD, method::OTHER));
        span.set_attribute(KeyValue::new(key::RPC_METHOD_ORIGINAL, original));
    }
}
