//! reqwest's requests, and its client as a tower service.

use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll};

use http::{Extensions, Uri};
use reqwest::{Request, Response};
use tower_service::Service;
use traceprop_core::call::{Call, Options};

use super::future::ResponseFuture;
use crate::carrier::HeaderInjector;
use crate::client::Client;
use crate::client::attributes::Outgoing;
use crate::client::settings::Settings;
use crate::client::target::{Target, Url};
use crate::head::RequestHead;

/// Starts the call of a request, unless a filter refuses it, and gives its context to the headers.
pub(super) fn start(
    options: &Options,
    settings: &Settings,
    request: &mut Request,
    extensions: &Extensions,
    resends: u32,
) -> Option<Call> {
    // Not for nothing: it is printed and parsed again.
    static ROOT: LazyLock<Uri> = LazyLock::new(Uri::default);
    let seen = is_uri_seen(settings).then(|| uri(request));
    let uri = seen.as_ref().unwrap_or(&ROOT);
    let head = RequestHead {
        method: request.method(),
        uri,
        version: request.version(),
        headers: request.headers(),
        extensions,
    };
    if !settings.traces(&head) {
        return None;
    }
    let target = target(request);
    let body = request.body().map(http_body::Body::size_hint);
    let call = Outgoing {
        head,
        target,
        body_size: body.map_or(Some(0), |body| body.exact()),
        resends,
    }
    .start(options, settings);
    if settings.propagates_to(target.host) {
        HeaderInjector::replace(options, call.context(), request.headers_mut());
    } else {
        HeaderInjector::remove(options, request.headers_mut());
    }
    Some(call)
}

/// Whether anybody looks at the target of a [`RequestHead`].
fn is_uri_seen(settings: &Settings) -> bool {
    settings.filter.is_some() || settings.template.is_some() || settings.hooks.on_request.is_some()
}

/// The URL as a target; where it is none, reqwest refuses the request by itself.
fn uri(request: &Request) -> Uri {
    request.url().as_str().parse().unwrap_or_default()
}

fn target(request: &Request) -> Target<'_> {
    let url = request.url();
    // Nearly no URL holds an at sign, and those that do are looked at twice.
    let has_user_info =
        url.as_str().contains('@') && (!url.username().is_empty() || url.password().is_some());
    Target {
        scheme: Some(url.scheme()),
        host: url.host_str(),
        port: url.port(),
        url: match has_user_info {
            false => text(url),
            true => Url::Parts {
                has_user_info,
                path: url.path(),
                query: url.query(),
            },
        },
    }
}

/// The URL's own text, cut by the lengths that it knows.
fn text(url: &reqwest::Url) -> Url<'_> {
    let (text, query) = (url.as_str(), url.query());
    let length = |part: Option<&str>| part.map_or(0, |part| part.len() + 1);
    let rest = length(query) + length(url.fragment());
    let end = text.len().saturating_sub(rest);
    Url::Text {
        front: text.get(..end).unwrap_or_default(),
        query,
    }
}

/// A `reqwest::Client`, or a tower client over one. Retries and redirects happen inside of it.
impl<S> Service<Request> for Client<S>
where
    S: Service<Request, Response = Response>,
    S::Error: 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let layer = &self.layer;
        let started = start(
            &layer.options,
            &layer.settings,
            &mut request,
            &Extensions::new(),
            0,
        );
        let Some(mut call) = started else {
            return ResponseFuture::untraced(self.inner.call(request));
        };
        let is_head = request.method() == reqwest::Method::HEAD;
        let inner = {
            let _entered = call.enter();
            self.inner.call(request)
        };
        ResponseFuture::new(inner, call, Arc::clone(&self.layer), is_head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_url_is_cut_before_its_query() {
        #[rustfmt::skip]
        let table = [
            // URL                            front                  query
            ("http://a.example/x",            "http://a.example/x",  None),
            ("http://a.example/x?a=1",        "http://a.example/x",  Some("a=1")),
            ("http://a.example/x?a=1#f?b#c",  "http://a.example/x",  Some("a=1")),
            ("http://a.example/x#f?b=2",      "http://a.example/x",  None),
            ("http://a.example?#",            "http://a.example/",   Some("")),
        ];
        for (url, want, want_query) in table {
            let url: reqwest::Url = url.parse().unwrap();
            let Url::Text { front, query } = text(&url) else {
                panic!("{url} is no text");
            };
            assert_eq!((front, query), (want, want_query), "{url}");
        }
    }
}
