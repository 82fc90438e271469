//! The attributes of a CLIENT span: [HTTP client spans].
//!
//! [HTTP client spans]: https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client-span

use std::borrow::Cow;
use std::sync::Arc;

use http::StatusCode;
use http::header::USER_AGENT;
use opentelemetry::KeyValue;
use traceprop_core::call::{Call, Facts, HttpFacts, Options, Outcome};
use traceprop_core::semconv as key;

use super::settings::Settings;
use super::target::Target;
use crate::head::{self, RequestHead, ResponseHead};
use crate::{hyper, method};

/// A request that is about to leave.
#[derive(Debug)]
pub(crate) struct Outgoing<'a> {
    pub(crate) head: RequestHead<'a>,
    pub(crate) target: Target<'a>,
    /// Bytes of the body, where it knows.
    pub(crate) body_size: Option<u64>,
    /// How often it was sent before.
    pub(crate) resends: u32,
}

impl Outgoing<'_> {
    /// Starts the call of the request, a child of the current context.
    pub(crate) fn start(&self, options: &Options, settings: &Settings) -> Call {
        let template = settings.template_of(&self.head);
        let facts = self.facts(settings, template);
        let mut call = Call::client(name(&facts))
            .attributes(for_sampler(&facts))
            .facts(Facts::Http(facts))
            .start(options);
        if call.is_recording() {
            self.record(&call, settings);
        }
        settings.hooks.request(&mut call, &self.head);
        call
    }

    fn facts(&self, settings: &Settings, url_template: Option<Arc<str>>) -> HttpFacts {
        HttpFacts {
            method: settings.known_method(self.head.method),
            scheme: self.target.scheme(),
            server_address: self.target.host.map(|host| settings.shared(host)),
            server_port: self.target.host.map(|_| self.target.port_or_default()),
            url_template,
            request_body_size: self.body_size,
            ..HttpFacts::default()
        }
    }

    /// Sets what is worth its cost only once the span is recorded.
    fn record(&self, call: &Call, settings: &Settings) {
        let full = self.target.full(settings.recorded_query());
        call.set_attribute(KeyValue::new(key::URL_FULL, full));
        // Each of these is rare, and alone.
        if let Facts::Http(facts) = call.facts() {
            if facts.method == method::OTHER {
                let original = self.head.method.as_str().to_owned();
                call.set_attribute(KeyValue::new(key::HTTP_REQUEST_METHOD_ORIGINAL, original));
            }
            if let Some(template) = &facts.url_template {
                call.set_attribute(KeyValue::new(key::URL_TEMPLATE, Arc::clone(template)));
            }
        }
        if self.resends > 0 {
            let resends = i64::from(self.resends);
            call.set_attribute(KeyValue::new(key::HTTP_REQUEST_RESEND_COUNT, resends));
        }
        if let Some(size) = self.body_size.filter(|_| settings.body_sizes) {
            let size = i64::try_from(size).unwrap_or(i64::MAX);
            call.set_attribute(KeyValue::new(key::HTTP_REQUEST_BODY_SIZE, size));
        }
        if settings.query_and_user_agent
            && let Some(agent) = self.head.headers.get(USER_AGENT)
            && let Ok(agent) = agent.to_str()
        {
            call.set_attribute(KeyValue::new(key::USER_AGENT_ORIGINAL, agent.to_owned()));
        }
        if let Some(capture) = &settings.request_headers {
            call.set_attributes(capture.of_request(self.head.headers));
        }
    }
}

/// `{method} {template}`, or the method alone; never the path.
fn name(facts: &HttpFacts) -> Cow<'static, str> {
    let method = method::in_name(facts.method);
    match &facts.url_template {
        Some(template) => Cow::Owned([method, " ", template].concat()),
        None => Cow::Borrowed(method),
    }
}

/// What a sampler may want to see before the span starts.
fn for_sampler(facts: &HttpFacts) -> Vec<KeyValue> {
    // With room for those that follow: the span keeps this list.
    let mut attributes = Vec::with_capacity(8);
    attributes.push(KeyValue::new(key::HTTP_REQUEST_METHOD, facts.method));
    if let Some(address) = &facts.server_address {
        attributes.push(KeyValue::new(key::SERVER_ADDRESS, Arc::clone(address)));
    }
    if let Some(port) = facts.server_port {
        attributes.push(KeyValue::new(key::SERVER_PORT, i64::from(port)));
    }
    attributes
}

/// Notes what the response's head says, and gives the outcome by its status.
pub(crate) fn respond(call: &mut Call, settings: &Settings, head: &ResponseHead<'_>) -> Outcome {
    let version = head::version_name(head.version);
    if let Facts::Http(http) = call.facts_mut() {
        http.status = Some(head.status.as_u16());
        http.protocol_version = version;
    }
    if call.is_recording() {
        record(call, settings, head, version);
    }
    let outcome = outcome(head.status);
    settings.hooks.response(call, Some(head), &outcome);
    outcome
}

/// Sets what the head of a response says.
fn record(
    call: &Call,
    settings: &Settings,
    head: &ResponseHead<'_>,
    version: Option<&'static str>,
) {
    let status = i64::from(head.status.as_u16());
    let status = KeyValue::new(key::HTTP_RESPONSE_STATUS_CODE, status);
    match version {
        Some(version) => {
            let version = KeyValue::new(key::NETWORK_PROTOCOL_VERSION, version);
            call.set_attributes([status, version]);
        }
        None => call.set_attribute(status),
    }
    if let Some(peer) = hyper::peer(head.extensions) {
        call.set_attributes([
            KeyValue::new(key::NETWORK_PEER_ADDRESS, peer.ip().to_string()),
            KeyValue::new(key::NETWORK_PEER_PORT, i64::from(peer.port())),
        ]);
    }
    if let Some(capture) = &settings.response_headers {
        call.set_attributes(capture.of_response(head.headers));
    }
}

/// Ends the call that no response came for.
pub(crate) fn fail<E: 'static>(mut call: Call, settings: &Settings, error: &E) {
    let outcome = settings.failure(error);
    settings.hooks.response(&mut call, None, &outcome);
    call.finish(outcome);
}

/// On the client's side every 4xx and 5xx is a failure.
fn outcome(status: StatusCode) -> Outcome {
    if status.is_client_error() || status.is_server_error() {
        Outcome::failed(status.as_str().to_owned())
    } else {
        Outcome::Completed
    }
}
