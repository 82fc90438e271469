//! The middleware.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

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

/// In the extensions of a request, which its attempts share: it was sent before. Without a size, since
/// most requests are sent once.
#[derive(Clone, Copy)]
struct Sent;

/// How often it was sent again.
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

impl Middleware for TraceMiddleware {
    // As `async_trait` has it, but written out: the request is not moved into a future of our own and
    // from there to the next one, and a request that is not traced needs none.
    fn handle<'this, 'extensions, 'next, 'sending>(
        &'this self,
        mut request: Request,
        extensions: &'extensions mut Extensions,
        next: Next<'next>,
    ) -> Sending<'sending>
    where
        Self: 'sending,
        'this: 'sending,
        'extensions: 'sending,
        'next: 'sending,
    {
        let Self { options, settings } = self;
        let resends = resends(extensions);
        let started = service::start(options, settings, &mut request, extensions, resends);
        // After all else was looked for in them: most requests have none.
        extensions.insert(Sent);
        let is_head = request.method() == reqwest::Method::HEAD;
        match started {
            None => next.run(request, extensions),
            Some(call) => Box::pin(Traced {
                inner: InCall::new(next.run(request, extensions), call),
                settings,
                is_head,
            }),
        }
    }
}

type Sending<'a> = Pin<Box<dyn Future<Output = reqwest_middleware::Result<Response>> + Send + 'a>>;

/// The next middleware's future, in its call.
struct Traced<'a> {
    inner: InCall<Sending<'a>>,
    settings: &'a Settings,
    is_head: bool,
}

impl Future for Traced<'_> {
    type Output = reqwest_middleware::Result<Response>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut inner = Pin::new(&mut self.inner);
        let result = ready!(inner.as_mut().poll(cx));
        let call = inner.take_call();
        Poll::Ready(match (result, call) {
            (Ok(response), Some(call)) => Ok(response::respond(
                response,
                call,
                self.settings,
                self.is_head,
            )),
            (Err(error), Some(call)) => {
                attributes::fail(call, self.settings, &error);
                Err(error)
            }
            (result, None) => result,
        })
    }
}

/// How often this request is sent again with this attempt; counts it.
fn resends(extensions: &mut Extensions) -> u32 {
    if extensions.get::<Sent>().is_none() {
        return 0;
    }
    let Resends(resends) = extensions.get_or_insert_with(|| Resends(0));
    *resends = resends.saturating_add(1);
    *resends
}
