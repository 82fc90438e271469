//! The start of a call: its parent, its name, and what is known of it.

use std::borrow::Cow;
use std::sync::Arc;

use traceprop_core::call::{Call, HttpFacts};

use super::attributes;
use super::settings::{Function, Settings};
use crate::HeaderExtractor;
use crate::authority::Address;
use crate::body::content_length;
use crate::forwarded::Origin;
use crate::head::RequestHead;
use crate::method;

/// A request, and what was found out about it.
pub(super) struct Arrival<'a> {
    pub(super) head: &'a RequestHead<'a>,
    /// What trusted proxies say; `None` where there are none.
    pub(super) origin: Option<&'a Origin>,
    pub(super) address: Option<Address<'a>>,
}

pub(super) fn start(settings: &Settings, head: &RequestHead<'_>) -> Call {
    let origin = settings.proxies.map(|proxies| proxies.read(head.headers));
    let origin = origin.as_ref();
    let forwarded = origin.and_then(|origin| origin.host.as_ref());
    let arrival = Arrival {
        head,
        origin,
        address: match forwarded {
            Some(host) => Address::of_authority(host),
            None => Address::of(head),
        },
    };
    let facts = facts(settings, &arrival);
    let (name, is_users) = name(settings, head, &facts);
    let mut builder = Call::server(name)
        .parent(parent(settings, head))
        .attributes(attributes::for_sampler(settings, &arrival, &facts));
    if is_users {
        builder = builder.keeps_name();
    }
    let (method, size) = (facts.method, facts.request_body_size);
    let builder = builder.facts(facts.into());
    let mut call = match &settings.make_scope {
        None => builder.start(&settings.options),
        Some(Function(make)) => builder.start_in(&settings.options, || make(head)),
    };
    if call.is_recording() {
        call.set_attributes(attributes::for_record(settings, &arrival, method, size));
    }
    settings.hooks.request(&mut call, head);
    call
}

fn parent(settings: &Settings, head: &RequestHead<'_>) -> opentelemetry::Context {
    let carrier = HeaderExtractor::new(head.headers);
    match settings.is_stranger(head) {
        true => settings.options.extract_untrusted(&carrier),
        false => settings.options.extract(&carrier),
    }
}

fn facts(settings: &Settings, arrival: &Arrival<'_>) -> HttpFacts {
    let head = arrival.head;
    let mut facts = HttpFacts {
        method: settings.known_method(head.method),
        scheme: scheme(settings, arrival),
        route: settings.route_of(head),
        protocol_version: head.protocol_version(),
        ..HttpFacts::default()
    };
    if settings.counts_bodies() {
        facts.request_body_size = content_length(head.headers);
    }
    if settings.options.wanted().server_address
        && let Some(address) = arrival.address
    {
        facts.server_address = Some(Arc::from(address.host));
        facts.server_port = address.port;
    }
    facts
}

fn scheme(settings: &Settings, arrival: &Arrival<'_>) -> &'static str {
    let forwarded = arrival.origin.and_then(|origin| origin.scheme);
    forwarded
        .or(settings.scheme)
        .unwrap_or_else(|| arrival.head.scheme())
}

/// The span's name, and whether it is the user's own: else `{method} {route}` or the method alone, and
/// never the path.
fn name(
    settings: &Settings,
    head: &RequestHead<'_>,
    facts: &HttpFacts,
) -> (Cow<'static, str>, bool) {
    let route = facts.route.as_deref();
    if let Some(Function(name)) = &settings.span_name
        && let Some(name) = name(head, route)
    {
        return (name, true);
    }
    let method = method::in_name(facts.method);
    let name = match route {
        Some(route) => Cow::Owned([method, " ", route].concat()),
        None => Cow::Borrowed(method),
    };
    (name, false)
}
