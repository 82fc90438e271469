//! The attributes of a SERVER span: [HTTP server spans].
//!
//! [HTTP server spans]: https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server-span

use std::borrow::Cow;
use std::sync::Arc;

use http::StatusCode;
use opentelemetry::KeyValue;
use traceprop_core::call::{HttpFacts, Outcome};
use traceprop_core::semconv as key;

use crate::authority::Address;
use crate::head::RequestHead;
use crate::method;

pub(super) fn facts(head: &RequestHead<'_>, route: Option<Arc<str>>) -> HttpFacts {
    HttpFacts {
        method: method::known(head.method),
        scheme: head.scheme(),
        route,
        protocol_version: head.protocol_version(),
        ..HttpFacts::default()
    }
}

/// `{method} {route}`, or the method alone; never the path.
pub(super) fn name(facts: &HttpFacts) -> Cow<'static, str> {
    let method = method::in_name(facts.method);
    match &facts.route {
        Some(route) => Cow::Owned([method, " ", route].concat()),
        None => Cow::Borrowed(method),
    }
}

/// What a sampler may want to see before the span starts.
pub(super) fn for_sampler(head: &RequestHead<'_>, facts: &HttpFacts) -> Vec<KeyValue> {
    let mut attributes = Vec::with_capacity(6);
    attributes.push(KeyValue::new(key::HTTP_REQUEST_METHOD, facts.method));
    attributes.push(KeyValue::new(key::URL_SCHEME, facts.scheme));
    attributes.push(KeyValue::new(key::URL_PATH, head.uri.path().to_owned()));
    if let Some(route) = &facts.route {
        attributes.push(KeyValue::new(key::HTTP_ROUTE, Arc::clone(route)));
    }
    if let Some(address) = Address::of(head) {
        attributes.push(KeyValue::new(key::SERVER_ADDRESS, address.host));
        if let Some(port) = address.port {
            attributes.push(KeyValue::new(key::SERVER_PORT, i64::from(port)));
        }
    }
    attributes
}

/// What is worth its cost only once the span is recorded.
pub(super) fn for_record(head: &RequestHead<'_>) -> impl Iterator<Item = KeyValue> {
    let version = head
        .protocol_version()
        .map(|version| KeyValue::new(key::NETWORK_PROTOCOL_VERSION, version));
    let original = (method::known(head.method) == method::OTHER).then(|| {
        KeyValue::new(
            key::HTTP_REQUEST_METHOD_ORIGINAL,
            head.method.as_str().to_owned(),
        )
    });
    version.into_iter().chain(original)
}

/// 5xx is the server's failure; 4xx is the client's.
pub(super) fn outcome(status: StatusCode) -> Outcome {
    if status.is_server_error() {
        Outcome::failed(status.as_str().to_owned())
    } else {
        Outcome::Completed
    }
}
