//! The metrics of one recorder, whatever the backend.

use std::fmt::Debug;

use opentelemetry::trace::SpanKind;
use traceprop_core::call::{Facts, Finished, Outcome, Started, Wanted};

use super::MeterError;
use super::backend::Backend;
use super::http::HttpMetrics;
use super::http_meter::HttpMeter;
use super::messaging::{MessagingMeter, MessagingMetrics};
use super::rpc::{RpcMeter, RpcMetrics};

/// The metrics of the kinds of calls that a recorder counts.
#[derive(Debug)]
pub(super) struct Metrics<B: Backend> {
    pub(super) http: Option<HttpMetrics<B>>,
    pub(super) rpc: Option<RpcMetrics<B>>,
    pub(super) messaging: Option<MessagingMetrics<B>>,
    wanted: Wanted,
}

impl<B: Backend> Metrics<B> {
    /// Those of every kind, with the conventions' defaults.
    pub(super) fn all(backend: &B) -> Result<Self, MeterError> {
        Ok(Self {
            http: Some(HttpMetrics::new(backend, &HttpMeter::new())?),
            rpc: Some(RpcMetrics::new(backend, &RpcMeter::new())?),
            messaging: Some(MessagingMetrics::new(backend, &MessagingMeter::new())?),
            wanted: Wanted::default(),
        })
    }

    pub(super) fn of_http(backend: &B, meter: &HttpMeter) -> Result<Self, MeterError> {
        Ok(Self {
            http: Some(HttpMetrics::new(backend, meter)?),
            rpc: None,
            messaging: None,
            wanted: meter.wanted(),
        })
    }

    pub(super) fn of_rpc(backend: &B, meter: &RpcMeter) -> Result<Self, MeterError> {
        Ok(Self {
            http: None,
            rpc: Some(RpcMetrics::new(backend, meter)?),
            messaging: None,
            wanted: meter.wanted(),
        })
    }

    pub(super) fn of_messaging(backend: &B, meter: &MessagingMeter) -> Result<Self, MeterError> {
        Ok(Self {
            http: None,
            rpc: None,
            messaging: Some(MessagingMetrics::new(backend, meter)?),
            wanted: Wanted::default(),
        })
    }

    pub(super) fn started(&self, call: &Started<'_>) {
        if let (Facts::Http(facts), Some(http)) = (call.facts, &self.http) {
            http.started(call.kind, facts);
        }
    }

    pub(super) fn finished(&self, call: &Finished<'_>) {
        match call.facts {
            Facts::Http(facts) => each(&self.http, |http| http.finished(call, facts)),
            // Only HTTP counts what is in flight, out of which an ignored call must be taken.
            _ if *call.outcome == Outcome::Ignored => {}
            Facts::Rpc(facts) => each(&self.rpc, |rpc| rpc.finished(call, facts)),
            Facts::Messaging(facts) => each(&self.messaging, |it| it.finished(call, facts)),
            // The enum may grow; a family without metrics is counted nowhere.
            _ => {}
        }
    }

    pub(super) fn wanted(&self) -> Wanted {
        self.wanted
    }
}

fn each<T>(metrics: &Option<T>, count: impl FnOnce(&T)) {
    if let Some(metrics) = metrics {
        count(metrics);
    }
}

/// Which of two sides a call is on; a message's are others.
pub(super) fn side<T>(kind: &SpanKind, server: T, client: T) -> Option<T> {
    match kind {
        SpanKind::Server => Some(server),
        SpanKind::Client => Some(client),
        SpanKind::Producer | SpanKind::Consumer | SpanKind::Internal => None,
    }
}

/// A recorder over the named field, an `Arc` of [`Metrics`].
macro_rules! recorder {
    ($name:ty, $field:ident) => {
        impl traceprop_core::call::Recorder for $name {
            fn started(&self, call: &traceprop_core::call::Started<'_>) {
                self.$field.started(call);
            }

            fn finished(&self, call: &traceprop_core::call::Finished<'_>) {
                self.$field.finished(call);
            }

            fn wanted(&self) -> traceprop_core::call::Wanted {
                self.$field.wanted()
            }
        }

        /// What the adapters' `recorder` takes.
        impl From<$name> for std::sync::Arc<dyn traceprop_core::call::Recorder> {
            fn from(recorder: $name) -> Self {
                std::sync::Arc::new(recorder)
            }
        }
    };
}
pub(super) use recorder;
