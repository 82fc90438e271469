//! What is known of a call when it starts.

use std::sync::Arc;

use opentelemetry::{Context, KeyValue};
use traceprop_core::call::{Call, RpcFacts};
use traceprop_core::semconv as key;

use super::authority;
use super::layer::Settings;
use crate::carrier::TextOnly;
use crate::head::RequestHead;
use crate::method;
use crate::trace_bin::{self, StandIn};

pub(super) fn start(settings: &Settings, head: &RequestHead<'_>) -> Call {
    let method = settings.served.method(head.uri.path());
    let server = head.uri.authority().map(authority::host);
    let mut attributes = Vec::with_capacity(4);
    attributes.push(KeyValue::new(key::RPC_SYSTEM_NAME, "grpc"));
    attributes.push(KeyValue::new(key::RPC_METHOD, method.clone()));
    if let Some(host) = &server {
        attributes.push(KeyValue::new(key::SERVER_ADDRESS, Arc::clone(&host.name)));
        if let Some(port) = host.port {
            attributes.push(KeyValue::new(key::SERVER_PORT, i64::from(port)));
        }
    }
    let name = method::span_name(method.clone());
    let is_other = method == method::OTHER;
    let mut facts = RpcFacts {
        system: "grpc",
        method,
        ..RpcFacts::default()
    };
    if settings.common.options.wanted().server_address
        && let Some(host) = server
    {
        facts.server_address = Some(host.name);
        facts.server_port = host.port;
    }
    let mut call = Call::server(name)
        .parent(parent(settings, head))
        .attributes(attributes)
        .facts(facts.into())
        .start(&settings.common.options);
    if is_other && call.is_recording() {
        let original = head.uri.path().trim_start_matches('/').to_owned();
        call.set_attribute(KeyValue::new(key::RPC_METHOD_ORIGINAL, original));
    }
    settings.common.started(&mut call, head);
    call
}

fn parent(settings: &Settings, head: &RequestHead<'_>) -> Context {
    let options = &settings.common.options;
    let extract = |carrier: &dyn opentelemetry::propagation::Extractor| {
        if settings.is_stranger(head) {
            options.extract_untrusted(carrier)
        } else {
            options.extract(carrier)
        }
    };
    let carrier = TextOnly::new(head.headers);
    if settings.trace_bin
        && let Some(traceparent) = trace_bin::instead(options, head.headers)
    {
        return extract(&StandIn::new(carrier, &traceparent));
    }
    extract(&carrier)
}
