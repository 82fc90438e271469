//! `/metrics` over HTTP types.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use http::header::{ACCEPT, ALLOW, CONTENT_TYPE};
use http::{Method, Request, StatusCode};
use prometheus::{IntCounter, Registry};
use tower_service::Service;
use traceprop_metrics::MetricsService;

fn service() -> MetricsService {
    let registry = Registry::new();
    registry
        .register(Box::new(IntCounter::new("a_total", "A.").unwrap()))
        .unwrap();
    MetricsService::new(registry)
}

#[test]
fn the_scraper_chooses_the_format() {
    #[rustfmt::skip]
    let table: [(&[&str], &str, &str); 4] = [
        (&[],                                                              "text/plain; version=0.0.4; charset=utf-8", "# HELP a_total A.\n"),
        (&["application/openmetrics-text; version=1.0.0"],                 "application/openmetrics-text; version=1.0.0; charset=utf-8", "# TYPE a counter\n"),
        // Two lines of one header are one list.
        (&["text/plain;q=0.5", "application/openmetrics-text"],            "application/openmetrics-text; version=1.0.0; charset=utf-8", "# TYPE a counter\n"),
        (&["application/openmetrics-text; q=0.1", "text/plain;q=0.5"],     "text/plain; version=0.0.4; charset=utf-8", "# HELP a_total A.\n"),
    ];
    for (accept, content_type, start) in table {
        let mut request = Request::get("/metrics");
        for line in accept {
            request = request.header(ACCEPT, *line);
        }
        let response = service()
            .call(request.body(()).unwrap())
            .into_inner()
            .unwrap();
        assert_eq!(response.headers()[CONTENT_TYPE], content_type, "{accept:?}");
        assert!(response.body().starts_with(start), "{accept:?}");
        assert_eq!(
            response.body().ends_with("# EOF\n"),
            start.starts_with("# TYPE")
        );
    }
}

#[test]
fn only_reads_are_scrapes() {
    for (method, status) in [
        (Method::GET, StatusCode::OK),
        (Method::HEAD, StatusCode::OK),
        (Method::POST, StatusCode::METHOD_NOT_ALLOWED),
    ] {
        let request = Request::builder().method(method).body(()).unwrap();
        let response = service().call(request).into_inner().unwrap();
        assert_eq!(response.status(), status);
        let allow = response.headers().get(ALLOW).map(|value| value.as_bytes());
        assert_eq!(allow.is_some(), status != StatusCode::OK);
    }
}
