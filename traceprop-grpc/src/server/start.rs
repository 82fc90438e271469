//! What is known of a call when it starts.

use std::sync::Arc;

use http::Uri;
use opentelemetry::{Context, KeyValue};
use traceprop_core::call::{Call, RpcFacts};
use traceprop_core::semconv as key;

use super::layer::Settings;
use crate::carrier::TextOnly;
use crate::head::RequestHead;
use crate::method;
use crate::trace_bin::{self, StandIn};

pub(super) fn start(settings: &Settings, head: &RequestHead<'_>) -> Call {
    let method = settings.served.method(head.uri.path());
    let server = server_of(head.uri);
    let mut attributes = Vec::with_capacity(4);
    attributes.push(KeyValue::new(key::RPC_SYSTEM_NAME, "grpc"));
    attributes.push(KeyValue::new(key::RPC_METHOD, method.clone()));
    if let Some((host, port)) = server {
        attributes.push(KeyValue::new(key::SERVER_ADDRESS, host.to_owned()));
        if let Some(port) = port {
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
        && let Some((host, port)) = server
    {
        facts.server_address = Some(Arc::from(host));
        facts.server_port = port;
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

/// The host and port that the caller asked for, if it says so in `:authority`.
fn server_of(uri: &Uri) -> Option<(&str, Option<u16>)> {
    let authority = uri.authority()?;
    let host = authority.host();
    // An IPv6 address is an attribute without its brackets.
    let inner = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    Some((inner.unwrap_or(host), authority.port_u16()))
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
