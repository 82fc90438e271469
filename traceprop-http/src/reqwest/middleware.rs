//! The middleware.

use http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{Middleware, Next};
use traceprop_core::call::{InCall, Options, Scope};

use super::{response, service};
use crate::client::attributes;
use crate::client::settings::{Settings, client_setters};

/// Traces every request that a reqwest client sends, and injects the context into its headers.
///
/// Each request is a CLIENT span named `{method} {url.template}`, or `{method}` where its extensions
/// hold no [`UrlTemplate`](crate::client::UrlTemplate), child of the current context. It ends when the
/// response's headers are there, or with the error; 4xx and 5xx are failures here.
///
/// Put it after (inside of) a retry middleware: each attempt has a span of its own then, and
/// `http.request.resend_count` says which it is. Redirects happen inside of reqwest and are in one span
/// with the URL that was asked for first.
///
/// ```
/// use traceprop_http::reqwest::TraceMiddleware;
///
/// let client = reqwest_middleware::ClientBuilder::new(reqwest::Client::new())
///     .with(TraceMiddleware::new())
///     .build();
/// # let _ = client;
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct TraceMiddleware {
    options: Options,
    settings: Settings,
}

/// How often a request has been sent again; in its extensions, which its attempts share.
#[derive(Clone, Copy)]
struct Resends(u32);

impl TraceMiddleware {
    /// The defaults: every request is traced and carries the context, with no log scope and no
    /// metrics.
    pub fn new() -> Self {
        Self {
            options: Options::new("traceprop-http", Scope::Off),
            settings: Settings::default(),
        }
    }

    client_setters!();

    traceprop_core::option_setters!(options);
}

impl Default for TraceMiddleware {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait::async_trait]
impl Middleware for TraceMiddleware {
    async fn handle(
        &self,
        mut request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        let Self { options, settings } = self;
        let resends = count(extensions);
        let started = service::start(options, settings, &mut request, extensions, resends);
        let Some(call) = started else {
            return next.run(request, extensions).await;
        };
        let is_head = request.method() == reqwest::Method::HEAD;
        let mut sending = std::pin::pin!(InCall::new(next.run(request, extensions), call));
        let result = std::future::poll_fn(|cx| sending.as_mut().poll(cx)).await;
        match (result, sending.take_call()) {
            (Ok(response), Some(call)) => Ok(response::respond(response, call, settings, is_head)),
            (Err(error), Some(call)) => {
                attributes::fail(call, settings, &error);
                Err(error)
            }
            (result, None) => result,
        }
    }
}

/// How often this request was sent before; counts it.
fn count(extensions: &mut Extensions) -> u32 {
    if let Some(Resends(resends)) = extensions.get_mut() {
        *resends = resends.saturating_add(1);
        return *resends;
    }
    extensions.insert(Resends(0));
    0
}
