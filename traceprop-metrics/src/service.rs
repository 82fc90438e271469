//! `/metrics`.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use ::http::header::{ACCEPT, ALLOW, CONTENT_TYPE, HeaderMap, HeaderValue};
use ::http::{Method, Request, Response, StatusCode};
use prometheus::Registry;
use tower_service::Service;

use crate::encoder::OpenMetricsEncoder;

/// Answers scrapes of a [`Registry`]: a tower service, or a plain function.
///
/// The format is the one the scraper prefers, as [`OpenMetricsEncoder::for_accept`] has it. The body is
/// made within the call, on the caller's thread. Mount it in axum with
/// `Router::new().route_service("/metrics", MetricsService::new(registry))`, in any other tower stack as
/// it is, and elsewhere through [`respond`](Self::respond).
///
/// ```
/// use http::{HeaderMap, HeaderValue, header};
/// use prometheus::Registry;
/// use traceprop_metrics::MetricsService;
///
/// let service = MetricsService::new(Registry::new());
/// let mut headers = HeaderMap::new();
/// headers.insert(header::ACCEPT, HeaderValue::from_static("application/openmetrics-text; version=1.0.0"));
///
/// let response = service.respond(&headers);
/// assert_eq!(response.body(), "# EOF\n");
/// ```
#[derive(Clone, Debug)]
pub struct MetricsService {
    registry: Registry,
    strict: bool,
}

impl MetricsService {
    /// Answers scrapes of `registry`, which is shared with its other clones.
    #[must_use]
    pub fn new(registry: Registry) -> Self {
        Self {
            registry,
            strict: false,
        }
    }

    /// Leaves out what OpenMetrics forbids and Prometheus accepts; see [`OpenMetricsEncoder::strict`].
    /// Default: false.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// The answer to a scrape with these request headers.
    ///
    /// Status 200, or 500 with an empty body if the registry holds what cannot be written.
    #[must_use]
    pub fn respond(&self, headers: &HeaderMap) -> Response<String> {
        let mut accept = headers
            .get_all(ACCEPT)
            .iter()
            .filter_map(|value| value.to_str().ok());
        let first = accept.next();
        // Several lines of one list are one list: RFC 9110, section 5.3. Scrapers send one.
        let rest: Vec<&str> = accept.collect();
        let joined = first
            .filter(|_| !rest.is_empty())
            .map(|first| format!("{first},{}", rest.join(",")));
        let encoder =
            OpenMetricsEncoder::for_accept(joined.as_deref().or(first)).strict(self.strict);
        match encoder.encode(&self.registry) {
            Ok(body) => {
                let mut response = Response::new(body);
                let content_type = HeaderValue::from_static(encoder.content_type());
                response.headers_mut().insert(CONTENT_TYPE, content_type);
                response
            }
            Err(_) => empty(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }
}

impl<B> Service<Request<B>> for MetricsService {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Response<String>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    /// `GET` and `HEAD` are scrapes, the body of the latter being the server's to drop; all else is 405.
    fn call(&mut self, request: Request<B>) -> Self::Future {
        ready(Ok(match *request.method() {
            Method::GET | Method::HEAD => self.respond(request.headers()),
            _ => {
                let mut response = empty(StatusCode::METHOD_NOT_ALLOWED);
                response
                    .headers_mut()
                    .insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
                response
            }
        }))
    }
}

fn empty(status: StatusCode) -> Response<String> {
    let mut response = Response::new(String::new());
    *response.status_mut() = status;
    response
}
