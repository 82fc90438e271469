//! reqwest's responses.

use reqwest::{Body, Response, ResponseBuilderExt};
use traceprop_core::call::Call;

use crate::client::attributes;
use crate::client::end::Responded;
use crate::client::settings::Settings;
use crate::head::ResponseHead;

/// Ends the call here, or hands it on to the body.
pub(super) fn respond(
    response: Response,
    mut call: Call,
    settings: &Settings,
    is_head: bool,
) -> Response {
    let head = ResponseHead {
        status: response.status(),
        version: response.version(),
        headers: response.headers(),
        extensions: response.extensions(),
    };
    let outcome = attributes::respond(&mut call, settings, &head);
    let responded = Responded {
        call,
        outcome,
        settings,
        is_head,
    };
    match responded.end(response.status(), response.headers(), false) {
        None => response,
        Some((responded, length)) => hand_on(response, responded, length),
    }
}

/// The same response, whose body ends the call.
fn hand_on(response: Response, responded: Responded<'_>, length: Option<u64>) -> Response {
    let url = response.url().clone();
    let (mut parts, body) = http::Response::<Body>::from(response).into_parts();
    let body = responded.hand_on(body, length);
    // The URL is not among the parts, and goes back by way of the extensions.
    if let Ok(with_url) = http::Response::builder().url(url).body(()) {
        parts.extensions.extend(with_url.into_parts().0.extensions);
    }
    Response::from(http::Response::from_parts(parts, Body::wrap(body)))
}
