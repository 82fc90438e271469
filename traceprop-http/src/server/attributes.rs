//! The attributes of a SERVER span: [HTTP server spans].
//!
//! [HTTP server spans]: https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server-span

use std::net::IpAddr;
use std::sync::Arc;

use http::StatusCode;
use http::header::USER_AGENT;
use opentelemetry::KeyValue;
use traceprop_core::call::{Call, HttpFacts, Outcome};
use traceprop_core::semconv as key;

use super::settings::Settings;
use super::start::Arrival;
use crate::head::RequestHead;
use crate::method;
use crate::recent::Host;

/// What a sampler may want to see before the span starts.
pub(super) fn for_sampler(
    settings: &Settings,
    head: &RequestHead<'_>,
    facts: &HttpFacts,
    host: Option<Host>,
) -> Vec<KeyValue> {
    // These seven and the status code: for most calls it never grows.
    let mut attributes = Vec::with_capacity(8);
    attributes.push(KeyValue::new(key::HTTP_REQUEST_METHOD, facts.method));
    attributes.push(KeyValue::new(key::URL_SCHEME, facts.scheme));
    attributes.push(KeyValue::new(key::URL_PATH, head.uri.path().to_owned()));
    if let Some(route) = &facts.route {
        attributes.push(KeyValue::new(key::HTTP_ROUTE, Arc::clone(route)));
    }
    if let Some(host) = host {
        attributes.push(KeyValue::new(key::SERVER_ADDRESS, host.name));
        if let Some(port) = host.port {
            attributes.push(KeyValue::new(key::SERVER_PORT, i64::from(port)));
        }
    }
    if let Some(version) = facts.protocol_version {
        // No sampler asks for it, but it is free here, and later it would take a lock.
        attributes.push(KeyValue::new(key::NETWORK_PROTOCOL_VERSION, version));
    }
    if settings.query_and_user_agent {
        attributes.extend(query_and_user_agent(settings, head));
    }
    if let Some(capture) = &settings.request_headers {
        attributes.extend(capture.of_request(head.headers));
    }
    attributes
}

/// The two that are off by default, since they hold what users typed and who they are.
fn query_and_user_agent(
    settings: &Settings,
    head: &RequestHead<'_>,
) -> impl Iterator<Item = KeyValue> {
    let query = head.uri.query().filter(|query| !query.is_empty());
    let query = query.map(|query| {
        let redacted = settings.secret_keys.redact(query).into_owned();
        KeyValue::new(key::URL_QUERY, redacted)
    });
    let agent = head.headers.get(USER_AGENT).map(|agent| {
        let agent = String::from_utf8_lossy(agent.as_bytes()).into_owned();
        KeyValue::new(key::USER_AGENT_ORIGINAL, agent)
    });
    query.into_iter().chain(agent)
}

/// What is worth its cost only once the span is recorded.
pub(super) fn record(
    settings: &Settings,
    arrival: &Arrival<'_>,
    method: &'static str,
    body_size: Option<u64>,
    call: &Call,
) {
    let peer = settings.peer_of(arrival.head);
    let client = match arrival.origin {
        Some(origin) => origin.client,
        None => peer.map(|peer| peer.ip()),
    };
    let size = body_size.filter(|_| settings.body_sizes);
    let is_other = method == method::OTHER;
    if peer.is_none() && client.is_none() && size.is_none() && !is_other {
        return;
    }
    let original = is_other.then(|| {
        let original = arrival.head.method.as_str().to_owned();
        KeyValue::new(key::HTTP_REQUEST_METHOD_ORIGINAL, original)
    });
    let size = size.map(|size| {
        let size = i64::try_from(size).unwrap_or(i64::MAX);
        KeyValue::new(key::HTTP_REQUEST_BODY_SIZE, size)
    });
    let address = |key: &'static str, ip: IpAddr| KeyValue::new(key, ip.to_string());
    let all = [
        original,
        size,
        client.map(|client| address(key::CLIENT_ADDRESS, client)),
        peer.map(|peer| address(key::NETWORK_PEER_ADDRESS, peer.ip())),
        peer.map(|peer| KeyValue::new(key::NETWORK_PEER_PORT, i64::from(peer.port()))),
    ];
    call.set_attributes(all.into_iter().flatten());
}

/// 5xx is the server's failure; 4xx is the client's.
pub(super) fn outcome(status: StatusCode) -> Outcome {
    if status.is_server_error() {
        Outcome::failed(status.as_str().to_owned())
    } else {
        Outcome::Completed
    }
}
