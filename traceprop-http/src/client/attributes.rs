//! The attributes of a CLIENT span: [HTTP client spans].
//!
//! [HTTP client spans]: https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client-span

use std::sync::Arc;

use http::{Method, StatusCode, Uri};
use opentelemetry::KeyValue;
use traceprop_core::call::{Call, Facts, HttpFacts, Options, Outcome};
use traceprop_core::semconv as key;

use crate::method;

/// Where a request goes, without what may hold secrets: user info and query.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target<'a> {
    pub(crate) scheme: Option<&'a str>,
    pub(crate) host: Option<&'a str>,
    pub(crate) port: Option<u16>,
    pub(crate) path: &'a str,
}

impl<'a> Target<'a> {
    pub(crate) fn of_uri(uri: &'a Uri) -> Self {
        Self {
            scheme: uri.scheme_str(),
            host: uri.host(),
            port: uri.port_u16(),
            path: uri.path(),
        }
    }

    fn is_https(&self) -> bool {
        self.scheme == Some("https")
    }

    fn port_or_default(&self) -> u16 {
        self.port.unwrap_or(if self.is_https() { 443 } else { 80 })
    }

    /// The value of `url.full`.
    fn full(&self) -> String {
        match (self.scheme, self.host, self.port) {
            (Some(scheme), Some(host), Some(port)) => {
                format!("{scheme}://{host}:{port}{}", self.path)
            }
            (Some(scheme), Some(host), None) => format!("{scheme}://{host}{}", self.path),
            _ => self.path.to_owned(),
        }
    }
}

/// Starts the call of a request, a child of the current context.
pub(crate) fn start(options: &Options, verb: &Method, target: Target<'_>) -> Call {
    let facts = HttpFacts {
        method: method::known(verb),
        scheme: if target.is_https() { "https" } else { "http" },
        server_address: target.host.map(Arc::from),
        server_port: target.host.map(|_| target.port_or_default()),
        ..HttpFacts::default()
    };
    let call = Call::client(method::in_name(facts.method))
        .attributes(for_sampler(&facts))
        .facts(Facts::Http(facts))
        .start(options);
    if call.is_recording() {
        call.set_attribute(KeyValue::new(key::URL_FULL, target.full()));
        if method::known(verb) == method::OTHER {
            let original = verb.as_str().to_owned();
            call.set_attribute(KeyValue::new(key::HTTP_REQUEST_METHOD_ORIGINAL, original));
        }
    }
    call
}

fn for_sampler(facts: &HttpFacts) -> Vec<KeyValue> {
    let mut attributes = Vec::with_capacity(3);
    attributes.push(KeyValue::new(key::HTTP_REQUEST_METHOD, facts.method));
    if let Some(address) = &facts.server_address {
        attributes.push(KeyValue::new(key::SERVER_ADDRESS, Arc::clone(address)));
    }
    if let Some(port) = facts.server_port {
        attributes.push(KeyValue::new(key::SERVER_PORT, i64::from(port)));
    }
    attributes
}

/// Notes the status, and ends the call: on the client's side every 4xx and 5xx is a failure.
pub(crate) fn respond(mut call: Call, status: StatusCode) {
    if let Facts::Http(http) = call.facts_mut() {
        http.status = Some(status.as_u16());
    }
    let code = i64::from(status.as_u16());
    call.set_attribute(KeyValue::new(key::HTTP_RESPONSE_STATUS_CODE, code));
    let failed = status.is_client_error() || status.is_server_error();
    call.finish(match failed {
        true => Outcome::failed(status.as_str().to_owned()),
        false => Outcome::Completed,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_keeps_no_secret() {
        let table = [
            (
                "http://user:pass@a.example:81/x?token=1",
                "http://a.example:81/x",
            ),
            ("https://a.example", "https://a.example/"),
            ("/only/a/path?q=1", "/only/a/path"),
        ];
        for (uri, want) in table {
            assert_eq!(Target::of_uri(&uri.parse().unwrap()).full(), want);
        }
    }
}
