//! `/metrics`.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use ::http::header::{
    ACCEPT, ACCEPT_ENCODING, ALLOW, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName,
    HeaderValue, VARY,
};
use ::http::{Method, Request, Response, StatusCode};
use prometheus::Registry;
use tower_service::Service;

use crate::accept;
use crate::body::MetricsBody;
use crate::encoder::OpenMetricsEncoder;
use crate::gzip;

/// Answers scrapes of a [`Registry`]: a tower service, or a plain function.
///
/// The format is the one the scraper prefers: [OpenMetrics], text 0.0.4 or, with the feature `protobuf`,
/// protobuf, each as [`OpenMetricsEncoder`] has it. With the feature `gzip` it is compressed for those who
/// accept that.
///
/// The registry is gathered within the call, on the caller's thread: collectors of ours hand over pointers
/// to their series, plain ones their numbers. The body is made from that while it is sent, some 64 KiB at
/// a time, so that neither the memory nor the time between two pieces grows with the number of our series.
/// No observation waits for a scrape.
///
/// Mount it in axum with `Router::new().route_service("/metrics", MetricsService::new(registry))`, in any
/// other tower stack as it is, and elsewhere through [`respond`](Self::respond).
///
/// ```
/// use http::{HeaderMap, HeaderValue, header};
/// use prometheus::Registry;
/// use traceprop_metrics::{LeStyle, MetricsService, OpenMetricsEncoder};
///
/// let encoder = OpenMetricsEncoder::builder().le_style(LeStyle::Legacy).build()?;
/// let service = MetricsService::new(Registry::new()).encoder(encoder);
/// let mut headers = HeaderMap::new();
/// headers.insert(header::ACCEPT, HeaderValue::from_static("application/openmetrics-text; version=1.0.0"));
///
/// let response = service.respond(&headers);
/// let body: Vec<u8> = response.into_body().pieces().flatten().collect();
/// assert_eq!(body, b"# EOF\n");
/// # Ok::<(), traceprop_metrics::SettingError>(())
/// ```
///
/// [OpenMetrics]: https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md
#[derive(Clone, Debug)]
pub struct MetricsService {
    registry: Registry,
    encoder: OpenMetricsEncoder,
    gzip: bool,
}

impl MetricsService {
    /// Answers scrapes of `registry`, which is shared with its other clones.
    #[must_use]
    pub fn new(registry: Registry) -> Self {
        Self {
            registry,
            encoder: OpenMetricsEncoder::new(),
            gzip: true,
        }
    }

    /// Takes the settings of `encoder`. The format is the scraper's to choose all the same.
    #[must_use]
    pub fn encoder(mut self, encoder: OpenMetricsEncoder) -> Self {
        self.encoder = encoder;
        self
    }

    /// Whether to compress for those who accept it. Default: true; without the feature `gzip` nothing
    /// ever is.
    ///
    /// A body shrinks to less than an eighth where exemplars are few, and to a sixth with one in every bucket:
    /// ids do not repeat themselves. That costs some 10 ms of one core for each MiB.
    #[must_use]
    pub fn gzip(mut self, gzip: bool) -> Self {
        self.gzip = gzip;
        self
    }

    /// The answer to a scrape, `GET`, with these request headers. Status 200 whatever they hold.
    #[must_use]
    pub fn respond(&self, headers: &HeaderMap) -> Response<MetricsBody> {
        self.answer(headers, true)
    }

    fn answer(&self, headers: &HeaderMap, with_body: bool) -> Response<MetricsBody> {
        let protobuf = cfg!(feature = "protobuf");
        let format = list(headers, ACCEPT, |accept| {
            accept::negotiate(accept, protobuf)
        });
        let gzip =
            self.gzip && gzip::IS_THERE && list(headers, ACCEPT_ENCODING, accept::allows_gzip);
        let body = if with_body {
            let exposition = self.encoder.in_format(format).exposition(&self.registry);
            MetricsBody::new(exposition, gzip)
        } else {
            MetricsBody::empty()
        };
        let mut response = Response::new(body);
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static(format.content_type()),
        );
        headers.insert(VARY, HeaderValue::from_static("accept, accept-encoding"));
        if gzip {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        response
    }
}

impl<B> Service<Request<B>> for MetricsService {
    type Response = Response<MetricsBody>;
    type Error = Infallible;
    type Future = Ready<Result<Response<MetricsBody>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    /// `GET` is a scrape, `HEAD` gets its headers and gathers nothing, all else is 405.
    fn call(&mut self, request: Request<B>) -> Self::Future {
        ready(Ok(match *request.method() {
            Method::GET => self.respond(request.headers()),
            Method::HEAD => self.answer(request.headers(), false),
            _ => {
                let mut response = Response::new(MetricsBody::empty());
                *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
                let allow = HeaderValue::from_static("GET, HEAD");
                response.headers_mut().insert(ALLOW, allow);
                response
            }
        }))
    }
}

/// What `read` makes of a header that is a list. Several lines of one list are one list: RFC 9110,
/// section 5.3. Scrapers send one.
fn list<R>(headers: &HeaderMap, name: HeaderName, read: impl FnOnce(&str) -> R) -> R {
    let mut lines = headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let first = lines.next().unwrap_or_default();
    let rest: Vec<&str> = lines.collect();
    if rest.is_empty() {
        read(first)
    } else {
        read(&format!("{first},{}", rest.join(",")))
    }
}
