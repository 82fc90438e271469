//! reqwest's responses.

use reqwest::{Body, Response, ResponseBuilderExt};
use traceprop_core::call::Call;

use crate::body::{ResponseBody, content_length, has_no_body};
use crate::client::settings::Settings;
use crate::client::{attributes, end};
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
    if end::is_here(
        &mut call,
        settings,
        &head,
        has_no_body(is_head, head.status),
    ) {
        call.finish(outcome);
        return response;
    }
    let length = content_length(response.headers());
    rebuild(response, |body| {
        end::hand_on(call, settings, outcome, (body, length))
    })
}

/// The same response, whose body ends the call.
fn rebuild(response: Response, wrap: impl FnOnce(Body) -> ResponseBody<Body>) -> Response {
    let url = response.url().clone();
    let (mut parts, body) = http::Response::<Body>::from(response).into_parts();
    // The URL is not among the parts, and goes back by way of the extensions.
    if let Ok(with_url) = http::Response::builder().url(url).body(()) {
        parts.extensions.extend(with_url.into_parts().0.extensions);
    }
    Response::from(http::Response::from_parts(parts, Body::wrap(wrap(body))))
}
