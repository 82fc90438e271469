//! A middleware for [`reqwest_middleware`].

use http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{Error, Middleware, Next};
use traceprop_core::call::{Call, InCall, Options, Outcome, Scope};

use crate::carrier::HeaderInjector;
use crate::client::attributes::{self, Target};

/// Traces every request that a reqwest client sends, and injects the context into its headers.
///
/// Each request is a CLIENT span named `{method}`, child of the current context. It ends when the
/// response's headers are there, or with the error. Put it after (inside of) a retry middleware, and
/// each attempt has a span of its own; redirects happen inside of reqwest and are in one span.
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
}

impl TraceMiddleware {
    /// The defaults: every request is traced and carries the context, with no log scope and no
    /// metrics.
    pub fn new() -> Self {
        Self {
            options: Options::new("traceprop-http", Scope::Off),
        }
    }

    traceprop_core::option_setters!(options);

    fn start(&self, request: &mut Request) -> Call {
        let url = request.url();
        let target = Target {
            scheme: Some(url.scheme()),
            host: url.host_str(),
            port: url.port(),
            path: url.path(),
        };
        let call = attributes::start(&self.options, request.method(), target);
        HeaderInjector::replace(&self.options, call.context(), request.headers_mut());
        call
    }
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
        let call = self.start(&mut request);
        let mut sending = std::pin::pin!(InCall::new(next.run(request, extensions), call));
        let result = std::future::poll_fn(|cx| sending.as_mut().poll(cx)).await;
        if let Some(call) = sending.take_call() {
            match &result {
                Ok(response) => attributes::respond(call, response.status()),
                Err(error) => call.finish(Outcome::failed(error_type(error))),
            }
        }
        result
    }
}

/// The kind of an error, never its text, which holds the URL.
fn error_type(error: &Error) -> &'static str {
    match error {
        Error::Middleware(_) => "middleware",
        Error::Reqwest(error) if error.is_timeout() => "timeout",
        Error::Reqwest(error) if error.is_connect() => "connection",
        Error::Reqwest(error) if error.is_redirect() => "redirect",
        Error::Reqwest(error) if error.is_body() || error.is_decode() => "body",
        Error::Reqwest(error) if error.is_builder() => "builder",
        Error::Reqwest(_) => "request",
    }
}
