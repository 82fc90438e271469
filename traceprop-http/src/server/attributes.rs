//! The attributes of a SERVER span: [HTTP server spans].
//!
//! [HTTP server spans]: https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server-span

use std::net::IpAddr;
use std::sync::Arc;

use http::StatusCode;
use http::header::USER_AGENT;
use opentelemetry::KeyValue;
use traceprop_core::call::{HttpFacts, Outcome};
use traceprop_core::semconv as key;

use super::settings::Settings;
use super::start::Arrival;
use crate::head::RequestHead;
use crate::method;

/// What a sampler may want to see before the span starts.
pub(super) fn for_sampler(
    settings: &Settings,
    arrival: &Arrival<'_>,
    facts: &HttpFacts,
) -> Vec<KeyValue> {
    let head = arrival.head;
    // Those six, and as many again once the span is recorded: it grows once or never.
    let mut attributes = Vec::with_capacity(8);
    attributes.push(KeyValue::new(key::HTTP_REQUEST_METHOD, facts.method));
    attributes.push(KeyValue::new(key::URL_SCHEME, facts.scheme));
    attributes.push(KeyValue::new(key::URL_PATH, head.uri.path().to_owned()));
    if let Some(route) = &facts.route {
        attributes.push(KeyValue::new(key::HTTP_ROUTE, Arc::clone(route)));
    }
    if let Some(address) = arrival.address {
        let host = address.host.to_owned();
        attributes.push(KeyValue::new(key::SERVER_ADDRESS, host));
        if let Some(port) = address.port {
            attributes.push(KeyValue::new(key::SERVER_PORT, i64::from(port)));
        }
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
pub(super) fn for_record(
    settings: &Settings,
    arrival: &Arrival<'_>,
    method: &'static str,
    body_size: Option<u64>,
) -> impl Iterator<Item = KeyValue> {
    let head = arrival.head;
    let version = head
        .protocol_version()
        .map(|version| KeyValue::new(key::NETWORK_PROTOCOL_VERSION, version));
    let original = (method == method::OTHER).then(|| {
        let original = head.method.as_str().to_owned();
        KeyValue::new(key::HTTP_REQUEST_METHOD_ORIGINAL, original)
    });
    let size = body_size.filter(|_| settings.body_sizes).map(|size| {
        let size = i64::try_from(size).unwrap_or(i64::MAX);
        KeyValue::new(key::HTTP_REQUEST_BODY_SIZE, size)
    });
    let peer = settings.peer_of(head);
    let client = match arrival.origin {
        Some(origin) => origin.client,
        None => peer.map(|peer| peer.ip()),
    };
    let address = |key: &'static str, ip: IpAddr| KeyValue::new(key, ip.to_string());
    [
        version,
        original,
        size,
        client.map(|client| address(key::CLIENT_ADDRESS, client)),
        peer.map(|peer| address(key::NETWORK_PEER_ADDRESS, peer.ip())),
        peer.map(|peer| KeyValue::new(key::NETWORK_PEER_PORT, i64::from(peer.port()))),
    ]
    .into_iter()
    .flatten()
}

/// 5xx is the server's failure; 4xx is the client's.
pub(super) fn outcome(status: StatusCode) -> Outcome {
    if status.is_server_error() {
        Outcome::failed(status.as_str().to_owned())
    } else {
        Outcome::Completed
    }
}
