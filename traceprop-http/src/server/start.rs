//! The start of a call: its parent, its name, and what is known of it.

use std::borrow::Cow;
use std::sync::Arc;

use traceprop_core::call::{Call, HttpFacts};

use super::attributes;
use super::settings::{Function, Settings};
use crate::HeaderExtractor;
use crate::authority::{self, Address};
use crate::body::content_length;
use crate::forwarded::Origin;
use crate::head::RequestHead;
use crate::method;
use crate::recent::{self, Host};

/// A request, and what was found out about it.
pub(super) struct Arrival<'a> {
    pub(super) head: &'a RequestHead<'a>,
    /// What trusted proxies say; `None` where there are none.
    pub(super) origin: Option<&'a Origin>,
}

pub(super) fn start(settings: &Settings, head: &RequestHead<'_>) -> Call {
    let origin = settings.proxies.map(|proxies| proxies.read(head.headers));
    let origin = origin.as_ref();
    let forwarded = origin.and_then(|origin| origin.host.as_ref());
    let arrival = Arrival { head, origin };
    let host = match forwarded {
        Some(host) => Address::of_authority(host).map(Host::from),
        None => authority::host(head),
    };
    let (facts, usual) = facts(settings, &arrival, host.as_ref());
    let (name, is_users) = match users_name(settings, head, &facts) {
        Some(name) => (name, true),
        None => (usual, false),
    };
    let mut builder = Call::server(name)
        .parent(parent(settings, head))
        .attributes(attributes::for_sampler(settings, head, &facts, host));
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
        attributes::record(settings, &arrival, method, size, &call);
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

/// What is known of the request, and the usual name of its span: `{method} {route}`, or the method
/// alone; never the path.
fn facts(
    settings: &Settings,
    arrival: &Arrival<'_>,
    host: Option<&Host>,
) -> (HttpFacts, Cow<'static, str>) {
    let head = arrival.head;
    let method = settings.known_method(head.method);
    let (route, name) = settings.with_route(head, |route| name(method, route));
    let mut facts = HttpFacts {
        method,
        scheme: scheme(settings, arrival),
        route,
        protocol_version: head.protocol_version(),
        ..HttpFacts::default()
    };
    if settings.counts_bodies() {
        facts.request_body_size = content_length(head.headers);
    }
    if settings.options.wanted().server_address
        && let Some(host) = host
    {
        facts.server_address = Some(Arc::clone(&host.name));
        facts.server_port = host.port;
    }
    (facts, name)
}

fn name(method: &'static str, route: Option<&str>) -> (Option<Arc<str>>, Cow<'static, str>) {
    let method = method::in_name(method);
    let Some(route) = route else {
        return (None, Cow::Borrowed(method));
    };
    match recent::named(method, route) {
        Some(named) => (Some(named.route), Cow::Borrowed(named.name)),
        None => {
            let name = [method, " ", route].concat();
            (Some(Arc::from(route)), Cow::Owned(name))
        }
    }
}

fn scheme(settings: &Settings, arrival: &Arrival<'_>) -> &'static str {
    let forwarded = arrival.origin.and_then(|origin| origin.scheme);
    forwarded
        .or(settings.scheme)
        .unwrap_or_else(|| arrival.head.scheme())
}

/// The span's name, if a function of the user's gives one.
fn users_name(
    settings: &Settings,
    head: &RequestHead<'_>,
    facts: &HttpFacts,
) -> Option<Cow<'static, str>> {
    let Function(name) = settings.span_name.as_ref()?;
    name(head, facts.route.as_deref())
}
